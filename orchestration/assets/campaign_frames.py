"""What the page of the campaigns is made of: each frame with its query, and the tables and columns of the warehouse that it needs.

Counts alone, as in orchestration/assets/report_frames.py: a frame whose table is not there, or lacks a column, is empty, and is named.
"""

from __future__ import annotations

from orchestration.assets.report_frames import Asked

_EFFECTS = (
    "as_of experiment phase segment_type segment metric arm control_arm people_count control_people_count value control_value effect"
    " effect_low effect_high lift lift_low lift_high always_low always_high is_primary look looks information is_look_due"
    " minimum_effect needed_count is_ratio_alarm"
)
_CLAIMS = "campaign last_click_people_count last_click_revenue_amount last_touch_people_count last_touch_revenue_amount"
_EXPERIMENTS = (
    "experiment kind campaign phase status arm is_control share metric outcome_days plan looks minimum_effect hypothesis varies owner"
)
_STEPS = (
    "scenario step campaign next_campaign people_count sent_count ordered_count left_count gone_on_count waiting_count median_days_to_next"
)
_VERDICTS = "experiment look decided_at decision winner reason decided_by"
_CAMPAIGNS = "campaign kind priority scenario owner purpose hypothesis metric review_on"
_COUNTS = (
    "sent_count delivered_count opened_count machine_opened_count clicked_count last_click_converted_count unsubscribed_count"
    " complained_count bounced_count last_click_revenue_amount cost_amount"
)


def results_between(first: str, last: str) -> Asked:
    """What became of the messages that were sent from one instant to before the other (SQL), by campaign, variant and channel."""
    sums = ", ".join(f"cast(sum({name}) as double) as {name}" for name in _COUNTS.split())
    return Asked(
        f"""
        select campaign, variant, channel, {sums} from proof.campaign_days
        where sent_date >= {first} and sent_date < {last} group by campaign, variant, channel
        """,
        {"proof.campaign_days": f"campaign variant channel sent_date {_COUNTS}"},
    )


def _columns(names: str) -> str:
    return ", ".join(names.split())


CAMPAIGN_FRAMES: dict[str, Asked] = {
    "effects": Asked(
        f"select {_columns(_EFFECTS)} from proof.effects where as_of = (select max(as_of) from proof.effects where as_of <= $as_of)",
        {"proof.effects": _EFFECTS},
    ),
    "verdicts": Asked(
        f"select {_columns(_VERDICTS)} from staging.stg_experiments__verdicts where decided_at <= $as_of",
        {"staging.stg_experiments__verdicts": _VERDICTS},
    ),
    "results": results_between("cast($as_of as date) - 90", "$as_of"),
    "campaigns": Asked(f"select {_columns(_CAMPAIGNS)} from decisions.campaigns", {"decisions.campaigns": _CAMPAIGNS}),
    # of the people whose days are over, beside what attribution would claim of the same
    "claims": Asked(
        """
        select 'last_click' as model, last_click_people_count as people_count,
            cast(last_click_revenue_amount as double) as revenue_amount
        from proof.campaign_results where campaign = 'all'
        union all
        select 'last_touch', last_touch_people_count, cast(last_touch_revenue_amount as double)
        from proof.campaign_results where campaign = 'all'
        """,
        {"proof.campaign_results": _CLAIMS},
    ),
    "campaign_results": Asked(
        f"select {_columns(_CLAIMS)} from proof.campaign_results where campaign <> 'all'", {"proof.campaign_results": _CLAIMS}
    ),
    "experiments": Asked(f"select {_columns(_EXPERIMENTS)} from decisions.experiments", {"decisions.experiments": _EXPERIMENTS}),
    "arms": Asked(
        """
        select experiment, phase, arm, max(assigned_count) as assigned_count, max(people_count) as people_count,
            max(contaminated_count) as contaminated_count, date_diff('hour', min(first_assigned_at), $as_of) / 24.0 as days_open
        from proof.arms where segment_type = 'all' group by experiment, phase, arm
        """,
        {"proof.arms": "experiment phase arm assigned_count people_count contaminated_count first_assigned_at segment_type"},
    ),
    "contamination": Asked(
        """
        select experiment, contaminated_because as because, count(*) as people_count
        from proof.subjects where is_contaminated group by experiment, contaminated_because
        """,
        {"proof.subjects": "experiment contaminated_because is_contaminated"},
    ),
    "steps": Asked(f"select {_columns(_STEPS)} from proof.scenario_steps", {"proof.scenario_steps": _STEPS}),
    "alerts": Asked(
        """
        select case when dimension = 'campaign' then name end as campaign, opened_at, step, severity, cause, what_next, sentence
        from proof.alerts where opened_at <= $as_of and (closed_at is null or closed_at > $as_of)
        """,
        {"proof.alerts": "dimension name opened_at closed_at step severity cause what_next sentence"},
    ),
    # the last word on each message, whatever was said of it before
    "held_back": Asked(
        """
        with latest as (
            select message_id, any_value(campaign) as campaign, arg_max(outcome, decided_at) as outcome,
                arg_max(profile_id, decided_at) as profile_id, max(decided_at) as decided_at
            from decisions.decision_history
            where kind = 'message' and decided_at > $as_of - interval '90' day and decided_at <= $as_of
            group by message_id
        )
        select campaign, outcome, count(*) as messages_90, count(distinct profile_id) as people_90,
            count(*) filter (decided_at > $as_of - interval '30' day) as messages_30
        from latest group by campaign, outcome
        """,
        {"decisions.decision_history": "message_id campaign outcome profile_id decided_at kind"},
    ),
}
