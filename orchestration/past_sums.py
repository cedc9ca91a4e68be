"""What came of the people in imported experiments whose files say so, summed as the rules take it: by arm, metric and segment."""

from __future__ import annotations

from experiments.trial import EVERYBODY, Tally
from orchestration.landing import Landing
from orchestration.landing.zone import connect, quoted
from orchestration.sources.experiments import OUTCOMES, UNITS


def tallies(landing: Landing, experiment: str = "") -> list[Tally]:
    """The sums of all such experiments, or of one. Everybody's time is over; who has no value for a metric did nothing."""
    landing.declare(UNITS, OUTCOMES)
    only = f"where experiment = {quoted(experiment)}" if experiment else ""
    query = f"""
        with units as (from {landing.scan(UNITS)} {only}),
        outcomes as (from {landing.scan(OUTCOMES)} {only}),
        parts as (
            select experiment, unit_id, arm, is_control, assigned_at, {quoted(EVERYBODY)} as segment_type, {quoted(EVERYBODY)} as segment
            from units
            union all
            select experiment, unit_id, arm, is_control, assigned_at, part.key, part.value
            from (
                select *, unnest(map_entries(cast(cast(segment as json) as map(varchar, varchar)))) as part
                from units where json_valid(segment) and experiment in (select experiment from outcomes)
            )
            where part.value is not null
        )
        select experiment, 'test', segment_type, segment, arm, is_control, metrics.metric, count(*), count(*),
            coalesce(sum(value), 0), coalesce(sum(value * value), 0), coalesce(sum(covariate), 0), coalesce(sum(covariate * covariate), 0),
            coalesce(sum(value * covariate), 0), min(assigned_at)
        from parts
        inner join (select distinct experiment, metric from outcomes) as metrics using (experiment)
        left join outcomes using (experiment, unit_id, metric)
        group by all order by all
    """
    with connect() as connection:
        return [Tally(*row) for row in connection.execute(query).fetchall()]
