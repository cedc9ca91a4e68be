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
