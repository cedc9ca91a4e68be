"""What the review of a quarter is made of beside the page of the campaigns: each frame with its query, for the time from $start to $end.

Counts alone, as in orchestration/assets/report_frames.py. What was decided is read from the log, people under the id of that time.
"""

from __future__ import annotations

from orchestration.assets.campaign_frames import CAMPAIGN_FRAMES, results_between
from orchestration.assets.report_frames import Asked

_DECIDED = "decided_at >= $start and decided_at < $end"
_HISTORY = "campaign outcome profile_id decided_at kind"

REVIEW_FRAMES: dict[str, Asked] = {
    "effects": Asked(
        # as it was found right after the quarter; of a quarter before anything was found, what was found first
        CAMPAIGN_FRAMES["effects"].query.replace(
            "(select max(as_of) from proof.effects where as_of <= $as_of)",
            "(select coalesce(max(as_of) filter (where as_of < $end + interval '7' day), min(as_of)) from proof.effects)",
        ),
        CAMPAIGN_FRAMES["effects"].needs,
    ),
    **{name: CAMPAIGN_FRAMES[name] for name in ("campaigns", "claims", "experiments", "alerts")},
    "results": results_between("$start", "$end"),
    "reached": Asked(
        f"""
        select campaign, count(distinct profile_id) as asked_people,
            count(distinct profile_id) filter (outcome = 'allowed') as sent_people,
            count(distinct profile_id) filter (outcome = 'holdout') as held_out_people
        from decisions.decision_history where {_DECIDED} group by campaign
        """,
        {"decisions.decision_history": _HISTORY},
    ),
    "reasons": Asked(
        f"""
        select campaign, outcome, count(distinct profile_id) as people_count
        from decisions.decision_history where {_DECIDED} and outcome not in ('allowed', 'expired') group by campaign, outcome
        """,
        {"decisions.decision_history": _HISTORY},
    ),
    "overlaps": Asked(
        f"""
        with reached as materialized (
            select distinct campaign, profile_id from decisions.decision_history
            where {_DECIDED} and outcome = 'allowed' and kind = 'message'
        )
        select one.campaign, other.campaign as other, count(*) as people_count
        from reached as one inner join reached as other on one.profile_id = other.profile_id and one.campaign <> other.campaign
        group by one.campaign, other.campaign
        qualify row_number() over (partition by one.campaign order by count(*) desc, other.campaign) <= 3
        """,
        {"decisions.decision_history": _HISTORY},
    ),
    # of those who were written to, who is tired by now
    "tired": Asked(
        f"""
        with reached as (
            select distinct campaign, profile_id from decisions.decision_history
            where {_DECIDED} and outcome = 'allowed' and kind = 'message'
        )
        select reached.campaign, count(*) as tired_people,
            count(*) filter (fatigue.because like '%in a row unanswered') as silent_people
        from reached inner join decisions.fatigue as fatigue on reached.profile_id = fatigue.profile_id
        group by reached.campaign
        """,
        {"decisions.decision_history": _HISTORY, "decisions.fatigue": "profile_id because"},
    ),
    "changes": Asked(
        """
        with versions as (
            select campaign, rule_version, min(decided_at) as first_at, max(decided_at) as last_at
            from decisions.decision_history where rule_version is not null and decided_at < $end group by campaign, rule_version
        )
        select campaign, arg_max(first_at, last_at) as changed_at, count(*) as versions_count from versions group by campaign
        """,
        {"decisions.decision_history": "campaign rule_version decided_at"},
    ),
}
