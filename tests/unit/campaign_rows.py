"""Made-up rows of the page of the campaigns: many campaigns, all verdicts, long names. Counts alone. Long, for its rows in one file."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd

NAMES = (
    *("order_confirmed", "order_delivered", "cart_abandoned", "cart_abandoned_again", "ticket_closed", "back_in_stock", "price_dropped"),
    *("welcome", "vip_reached", "loyalty_reached", "birthday", "costly_item_viewed", "browse_abandoned", "first_purchase_anniversary"),
    *("onboarding_guide", "replenishment_due", "review_requested", "accessory_suggested", "next_purchase_offered", "cross_sell"),
    *("onboarding_invitation", "second_purchase_invited", "churn_risk_rescued", "win_back", "reengaged", "sunset_announced"),
)
AS_OF = datetime(2026, 6, 30, 9, tzinfo=UTC)
#: Not yet, and passed.
REVIEW_ON = (datetime(2027, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))
HELD = ("allowed", "holdout", "cooling_down", "no_consent", "outranked", "quiet_hours", "over_cap", "suppressed", "expired", "send_time")


def effect(experiment: str, metric: str = "ordered", arm: str = "treated", **changes: Any) -> dict[str, Any]:
    """A row of proof.effects: +10 % on 20 %, 9,000 people against 1,000, without a verdict."""
    base = {
        "experiment": experiment,
        "phase": "test",
        "segment_type": "all",
        "segment": "all",
        "metric": metric,
        "arm": arm,
        "control_arm": "control",
        "people_count": 9000,
        "control_people_count": 1000,
        "value": 0.22,
        "control_value": 0.2,
        "effect": 0.02,
        "effect_low": -0.006,
        "effect_high": 0.046,
        "lift": 0.1,
        "lift_low": -0.03,
        "lift_high": 0.23,
        "always_low": -0.02,
        "always_high": 0.06,
        "is_primary": True,
        "plan": "obrien_fleming",
        "look": 0,
        "looks": 4,
        "information": 0.3,
        "is_look_due": False,
        "minimum_effect": 0.16,
        "needed_count": 4000,
        "ratio_p_value": 0.4,
        "is_ratio_alarm": False,
        "is_adjusted": False,
        "state": "no verdict yet",
    }
    return base | changes


def lifted(experiment: str, lift: float, half: float, **changes: Any) -> dict[str, Any]:
    """The same with this lift, and an interval of so much at both sides."""
    control = float(changes.get("control_value", 0.2))
    low, high = (lift - half) * control, (lift + half) * control
    return effect(
        experiment,
        **({"value": control * (1 + lift), "effect": control * lift, "always_low": low, "always_high": high, "lift": lift} | changes),
    )


def effects(count: int = len(NAMES)) -> list[dict[str, Any]]:
    """The programme's and each campaign's: the first helps, the second harms, the third is empty, the fourth's groups are broken."""
    rows = [
        effect("holdout", "ordered", people_count=43210, control_people_count=4801),
        effect(
            "holdout",
            "orders",
            is_primary=False,
            people_count=43210,
            control_people_count=4801,
            effect=0.031,
            always_low=0.004,
            always_high=0.058,
        ),
        effect(
            "holdout",
            "revenue",
            is_primary=False,
            people_count=43210,
            control_people_count=4801,
            value=14.2,
            control_value=12.9,
            effect=1.3,
            always_low=-0.4,
            always_high=3.0,
            lift=0.1008,
            minimum_effect=0.14,
        ),
    ]
    for place, name in enumerate(NAMES[:count]):
        match place:
            case 0:
                rows.append(lifted(f"holdout:{name}", 0.31, 0.12, people_count=52000))
            case 1:
                rows.append(lifted(f"holdout:{name}", -0.18, 0.1))
            case 2:
                nothing = dict.fromkeys(("value", "control_value", "effect", "always_low", "always_high", "lift", "minimum_effect"))
                rows.append(effect(f"holdout:{name}", people_count=0, control_people_count=0, **nothing))
            case 3:
                rows.append(lifted(f"holdout:{name}", 0.4, 0.1, is_ratio_alarm=True, ratio_p_value=1e-9))
            case 4:
                rows.append(lifted(f"holdout:{name}", 0.5, 4.2, people_count=41, control_people_count=5, minimum_effect=3.1))
            case _:
                rows.append(lifted(f"holdout:{name}", 0.005 * (place - 12), 0.06 + 0.01 * place, minimum_effect=0.05 + 0.01 * place))
        rows.append(lifted(f"holdout:{name}", 0.12, 0.2, segment_type="rfm_segment", segment="at_risk", is_primary=False, people_count=400))
        rows.append(lifted(f"holdout:{name}", 0.12, 0.2, segment_type="rfm_segment", segment="champions", is_primary=False, people_count=3))
    rows += [
        lifted(
            "cart_abandoned:subject",
            0.14,
            0.05,
            arm="short",
            control_arm="usual",
            metric="clicked",
            look=2,
            is_look_due=True,
            information=0.5,
            effect_low=0.012,
            effect_high=0.044,
            lift_low=0.06,
            lift_high=0.22,
        ),
        lifted("welcome:hour_of_the_day_and_a_very_long_name_of_it", 0.02, 0.09, arm="nine", control_arm="usual", metric="ordered", look=1),
        lifted(
            "welcome:hour_of_the_day_and_a_very_long_name_of_it", -0.01, 0.09, arm="noon", control_arm="usual", metric="ordered", look=1
        ),
        lifted("win_back:offer", 0.01, 0.04, arm="ten", control_arm="usual", metric="revenue", phase="watch", look=4),
        lifted("past:hillstrom", 0.6, 0.12, arm="mens_email", metric="visit"),
        lifted("past:hillstrom", 0.42, 0.12, arm="womens_email", metric="visit"),
    ]
    return rows


def framed(columns: str, rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
    """Rows of these columns."""
    return pd.DataFrame([dict(zip(columns.split(), row, strict=True)) for row in rows])


def frames(count: int = len(NAMES)) -> dict[str, pd.DataFrame]:
    """Every frame of the page."""
    names = NAMES[:count]
    kinds = (("email", None, 12000), ("email", "short", 4000), ("sms", None, 900))
    hour = "welcome:hour_of_the_day_and_a_very_long_name_of_it"
    hypothesis = "A shorter subject is read on a phone, so more people click it, and what they find is what they looked for."
    declared = (
        ("cart_abandoned:subject", "test", "running", "clicked", (("usual", 0.5), ("short", 0.5))),
        (hour, "test", "running", "ordered", (("usual", 0.34), ("nine", 0.33), ("noon", 0.33))),
        ("win_back:offer", "watch", "watching", "revenue", (("usual", 0.1), ("ten", 0.9))),
        ("birthday:channel", "watch", "backed_out", "ordered", (("usual", 0.5), ("sms", 0.5))),
    )
    return {
        "effects": pd.DataFrame(effects(count)),
        "claims": framed("model people_count revenue_amount", [("last_click", 2310, 181234.5), ("last_touch", 3904, 312345.0)]),
        "campaigns": framed(
            "campaign kind priority scenario owner purpose hypothesis metric review_on",
            [
                (
                    name,
                    "message",
                    place,
                    "cart" if "cart" in name else name,
                    "crm team",
                    "Bring back a basket.",
                    hypothesis,
                    "orders",
                    REVIEW_ON[place == 5],
                )
                for place, name in enumerate(names)
            ],
        ),
        "results": framed(
            "campaign variant channel sent_count delivered_count opened_count machine_opened_count clicked_count last_click_converted_count"
            " unsubscribed_count complained_count bounced_count last_click_revenue_amount cost_amount",
            [
                (
                    *(name, variant, channel, sent, int(sent * 0.98), *((sent // 5, sent // 3) if channel == "email" else (0, 0))),
                    *(int(sent * (0.02 + place / 400)), int(sent * 0.011), sent // 500, sent // 5000, sent // 50),
                    *(sent * 0.42, sent * (0.001 if channel == "email" else 0.07)),
                )
                for place, name in enumerate(names)
                for channel, variant, most in kinds
                for sent in [most // (place + 1)]
            ],
        ),
        "held_back": framed(
            "campaign outcome messages_30 messages_90 people_90",
            [
                (name, outcome, *(size // (place + 1) // (row + 1) for size in (700, 2000, 1900)))
                for place, name in enumerate(names)
                for row, outcome in enumerate(HELD)
            ],
        ),
        "contamination": framed(
            "experiment because people_count",
            [("holdout", "merged_arms", 31), ("cart_abandoned:subject", "got_it_anyway", 7), ("holdout:welcome", "shared_address", 2)],
        ),
        "experiments": framed(
            "experiment kind campaign phase status arm is_control share metric outcome_days plan looks minimum_effect"
            " hypothesis varies owner",
            [
                (
                    *(
                        name,
                        "variants",
                        name.partition(":")[0],
                        phase,
                        status,
                        arm,
                        arm == "usual",
                        share,
                        metric,
                        7,
                        "obrien_fleming",
                        4,
                        0.1,
                    ),
                    *(hypothesis, "content", "crm team"),
                )
                for name, phase, status, metric, arms in declared
                for arm, share in arms
            ],
        ),
        "arms": framed(
            "experiment phase arm assigned_count people_count contaminated_count days_open",
            [
                ("holdout", "test", "treated", 50000, 43210, 20, 90.0),
                ("holdout", "test", "control", 5500, 4801, 11, 90.0),
                ("cart_abandoned:subject", "test", "usual", 2040, 1500, 3, 21.0),
                ("cart_abandoned:subject", "test", "short", 1980, 1450, 4, 21.0),
                (hour, "test", "usual", 210, 100, 0, 21.0),
                (hour, "test", "nine", 190, 90, 0, 21.0),
            ],
        ),
        "verdicts": framed(
            "experiment look decided_at decision winner reason decided_by",
            [
                (
                    "win_back:offer",
                    3,
                    _day(2),
                    "promote",
                    "ten",
                    "At look 3 of 4 it lies above zero, and no guardrail is worse.",
                    "rules",
                ),
                ("birthday:channel", 4, _day(9), "promote", "sms", "At look 4 of 4 the interval lies above zero.", "rules"),
                ("birthday:channel", 1, _day(28), "back_out", "usual", "The effect vanished: between −9 % and +1 %.", "rules"),
                ("cart_abandoned:subject", 1, _day(29), "continue", None, "No border was crossed at look 1 of 4.", "rules"),
            ],
        ),
        "steps": framed(
            "scenario step campaign next_campaign people_count sent_count ordered_count left_count gone_on_count waiting_count"
            " median_days_to_next",
            [
                ("cart", 1, "cart_abandoned", "cart_abandoned_again", 1800, 1900, 210, 9, 950, 60, 2.0),
                ("cart", 2, "cart_abandoned_again", None, 900, 950, 64, 4, None, None, None),
                ("onboarding", 1, "welcome", "onboarding_guide", 700, 700, 64, 2, 400, 100, 3.5),
                ("onboarding", 2, "onboarding_guide", "onboarding_invitation", 400, 400, 6, 1, 12, 300, 14.0),
                ("onboarding", 3, "onboarding_invitation", None, 12, 12, 0, 0, None, None, None),
            ],
        ),
        "alerts": framed(
            "campaign opened_at step severity cause what_next sentence",
            [
                (
                    "welcome",
                    _day(29),
                    "clicked",
                    "error",
                    "link",
                    "Mend the link.",
                    "Clicks of welcome fell to 3 on 29 June, usually 41 on a Monday.",
                ),
                (None, _day(28), "converted", "info", "unknown", "Nothing.", "More orders than usual."),
            ],
        ),
        "campaign_results": framed(
            "campaign last_click_people_count last_click_revenue_amount last_touch_people_count last_touch_revenue_amount",
            [(name, 210 + place, 9100.5, 340 + place, 14100.0) for place, name in enumerate(names)],
        ),
    }


def _day(day: int) -> datetime:
    """Of May, as the warehouse has it."""
    return AS_OF.replace(month=5, day=day, tzinfo=None)
