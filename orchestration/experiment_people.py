"""People to try the statistics on: whom a campaign reached, the warehouse's customers, and the real orders of a public data set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from experiments import planner
from experiments.cases import HOLDOUT, cases
from experiments.guarded import Guard, guard_of
from experiments.simulation import ON_OFFER, Row, redrawn, simulate
from orchestration.warehouse import Warehouse

#: Most false positives that are borne, and how far power may be from what was promised.
MOST, OFF = 0.06, 0.03
WINDOWS = (30, 60, 90)

REACHED = """
with told as (
    select profile_id, min(decided_at) as decided_at
    from decisions.decision_history
    where campaign = ? and kind = 'message' and outcome in ('allowed', 'holdout')
    group by all
), spent as (
    select told.profile_id, told.decided_at, coalesce(sum(orders.net_amount), 0)::double as amount, count(orders.order_id) > 0 as ordered
    from told left join marts.orders on orders.profile_id = told.profile_id and orders.is_paid
        and orders.ordered_at >= told.decided_at - to_days(?::int) and orders.ordered_at < told.decided_at
    group by all
)
select count(*), avg(ordered::int), avg(amount), stddev_samp(amount),
    count(*) filter (where decided_at > (select max(decided_at) from spent) - interval 28 day) / 28.0
from spent
"""
GUARDED = """
select metric, sum(people_count), sum(value_sum), sum(value_squares)
from proof.arms
where experiment = 'holdout:' || ? and segment_type = 'all' and not is_control and metric in ('unsubscribed', 'complained')
group by metric order by metric desc
"""
SPENT = """
with instants as (select max(ordered_at) - to_days(?::int) as cut from marts.orders),
known as (select distinct profile_id from marts.orders, instants where profile_id is not null and ordered_at < cut)
select
    count(orders.order_id) filter (where ordered_at >= cut) > 0 as ordered,
    count(orders.order_id) filter (where ordered_at < cut) > 0 as ordered_before,
    coalesce(sum(net_amount) filter (where ordered_at >= cut), 0)::double as revenue,
    coalesce(sum(net_amount) filter (where ordered_at < cut), 0)::double as revenue_before
from known cross join instants
left join marts.orders on orders.profile_id = known.profile_id and is_paid and abs(date_diff('day', cut, ordered_at)) < ?::int
group by known.profile_id
order by all
"""


def reached(data: Path, campaign: str, metric: str, days: int) -> tuple[planner.Metric, float]:
    """The metric over so many days before a person was first reached by the campaign, or held back from it, and how many new people came a
    day in its last four weeks. Before: what it did to them is no part of it.
    LookupError: it reached nobody, or nobody of them had ordered."""
    with Warehouse(data=str(data)).open() as connection:
        ((count, share, mean, sd, daily),) = connection.execute(REACHED, [campaign, days]).fetchall()
    base = share if metric == "ordered" else mean
    if not count or not base:
        raise LookupError(f"{campaign} has reached nobody yet whose {metric} could be counted: give a --base")
    told = planner.Metric(float(base)) if metric == "ordered" else planner.Metric(float(base), float(sd or 0.0), buyers=float(share))
    return told, float(daily)


def guarded(data: Path, campaign: str) -> list[Guard]:
    """Who unsubscribed and who complained of those whom the campaign was to reach, as its guardrails; of nobody's, a guess."""
    with Warehouse(data=str(data)).open() as connection:
        counted = {metric: sums for metric, *sums in connection.execute(GUARDED, [campaign]).fetchall()}
    sums = {metric: counted.get(metric, (0.0, 0.0, 0.0)) for metric in ("unsubscribed", "complained")}
    return [guard_of(metric, *map(float, counts), is_share=True) for metric, counts in sums.items()]


def aa_lines(data: Path, runs: int, seed: int) -> Iterator[str]:
    """False positives among the warehouse's customers, by metric, window, shares and plan."""
    yield f"{'people':>8} {'window':>8}  {'metric':8} {'shares':8} " + " ".join(f"{plan.name:>15}" for plan in ON_OFFER)
    worst = 0.0
    for days in WINDOWS:
        with Warehouse(data=str(data)).open() as connection:
            people = connection.execute(SPENT, [days, days]).df()
        if len(people) < 100:
            raise LookupError("fewer than a hundred customers in the warehouse: nothing can be drawn from them")
        for metric, kind in (("ordered", "proportion"), ("revenue", "mean")):
            values = people[[metric, f"{metric}_before"]].to_numpy(dtype=float)
            for shares in ((50.0, 50.0), HOLDOUT, (1.0, 1.0, 1.0)):
                found = redrawn(values, kind, shares, runs=runs, seed=seed)
                worst = max(worst, *found)
                yield f"{len(people):>8,} {days:>6} d  {metric:8} {_shares(shares):8} " + " ".join(f"{rate:>15.1%}" for rate in found)
    yield f"at most {worst:.1%} false positives; {runs:,} runs each"


def table(retail: Path, runs: int, seed: int) -> Iterator[str]:
    """The table of every default case under every plan, and what was worst."""
    yield f"{'world':24} {'people':>8} {'shares':8} {'covariate':9} {'plan':15} false positives   effect promised   power"
    columns = ["InvoiceNo", "InvoiceDate", "CustomerID", "Quantity", "UnitPrice"]
    lines = pd.read_parquet(retail, columns=columns) if retail.exists() else None
    found = []
    for row in simulate(cases(lines), runs=runs, seed=seed):
        found.append(row)
        yield _line(row)
    for plan in ON_OFFER:
        mine = [row for row in found if row.plan == plan]
        wrong = [row.false_positives for row in mine]
        off = [abs(row.power - row.promised) for row in mine if row.power is not None and row.promised is not None]
        yield (
            f"{plan.name}: {sum(wrong) / len(wrong):.1%} false positives on average, {max(wrong):.1%} at most; "
            f"power within {max(off) * 100:.1f} points of the promise"
        )


def _line(row: Row) -> str:
    case = row.case
    start = f"{case.world.name:24} {case.people:>8,} {_shares(case.shares):8} {'used' if case.adjust else '':9} {row.plan.name:15} "
    found = f"{row.false_positives:>14.1%}{'!' if row.false_positives > MOST else ' '}"
    if row.lift is None or row.promised is None or row.power is None:
        return f"{start}{found}     no promise: too few conversions"
    return f"{start}{found}{row.lift:>+7.1%} {row.promised:>8.1%} {row.power:>7.1%}{'!' if abs(row.power - row.promised) > OFF else ''}"


def _shares(shares: tuple[float, ...]) -> str:
    return "/".join(f"{share / sum(shares):.0%}" for share in shares).replace("%", "")
