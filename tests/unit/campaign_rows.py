"""Made-up rows of what the page of the campaigns and the review are made of: many campaigns, all verdicts, long names. Counts alone."""

from datetime import datetime
from typing import Any

import pandas as pd

NAMES = (
    *("order_confirmed", "order_delivered", "cart_abandoned", "cart_abandoned_again", "ticket_closed", "back_in_stock", "price_dropped"),
    *("welcome", "vip_reached", "loyalty_reached", "birthday", "costly_item_viewed", "browse_abandoned", "first_purchase_anniversary"),
    *("onboarding_guide", "replenishment_due", "review_requested", "accessory_suggested", "next_purchase_offered", "cross_sell"),
    *("onboarding_invitation", "second_purchase_invited", "churn_risk_rescued", "win_back", "reengaged", "sunset_announced"),
)
AS_OF = datetime(2026, 6, 30, 9)


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
    """The programme's, and each campaign's: the first helps, the second harms, the third was never closed, the fourth's groups are broken."""
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


def frames(count: int = len(NAMES)) -> dict[str, pd.DataFrame]:
    """Every frame of the page."""
    names = NAMES[:count]
    held = (
        "holdout",
        "cooling_down",
        "no_consent",
        "outranked",
        "quiet_hours",
        "over_cap",
        "suppressed",
        "expired",
        "ordered_since",
        "send_time",
    )
    found = {
        "effects": effects(count),
        "claims": [
            {"model": "last_click", "orders_count": 2310, "revenue_amount": 181234.5},
            {"model": "last_touch", "orders_count": 3904, "revenue_amount": 312345.0},
        ],
        "campaigns": [
            {
                "campaign": name,
                "kind": "message",
                "priority": place,
                "scenario": "cart" if "cart" in name else name,
                "owner": "crm team",
                "purpose": "Bring back a basket that was left behind.",
                "hypothesis": "A reminder within the hour brings orders.",
                "metric": "orders within 3 days",
                "review_on": datetime(2026, 3, 1) if place == 5 else datetime(2027, 3, 1),
            }
            for place, name in enumerate(names)
        ],
        "results": [
            {
                "campaign": name,
                "variant": variant,
                "channel": channel,
                "sent_count": sends,
                "delivered_count": int(sends * 0.98),
                "opened_count": int(sends * 0.2) if channel == "email" else 0,
                "machine_opened_count": int(sends * 0.3) if channel == "email" else 0,
                "clicked_count": int(sends * (0.02 + place / 400)),
                "last_click_converted_count": int(sends * 0.011),
                "unsubscribed_count": int(sends * 0.0021),
                "complained_count": int(sends * 0.0002),
                "bounced_count": int(sends * 0.02),
                "last_click_revenue_amount": sends * 0.42,
                "cost_amount": sends * (0.001 if channel == "email" else 0.07),
            }
            for place, name in enumerate(names)
            for channel, variant, sends in (
                ("email", None, 12000 // (place + 1)),
                ("email", "short", 4000 // (place + 1)),
                ("sms", None, 900 // (place + 1)),
            )
        ],
        "held_back": [
            {
                "campaign": name,
                "outcome": outcome,
                "messages_30": 700 // (place + 1) // (row + 1),
                "messages_90": 2000 // (place + 1) // (row + 1),
                "people_90": 1900 // (place + 1) // (row + 1),
            }
            for place, name in enumerate(names)
            for row, outcome in enumerate(("allowed", *held))
        ],
        "contamination": [
            {"experiment": "holdout", "because": "merged_arms", "people_count": 31},
            {"experiment": "cart_abandoned:subject", "because": "got_it_anyway", "people_count": 7},
            {"experiment": "holdout:welcome", "because": "shared_address", "people_count": 2},
        ],
        "experiments": [
            {
                "experiment": name,
                "kind": "variants",
                "campaign": name.partition(":")[0],
                "phase": phase,
                "status": status,
                "arm": arm,
                "is_control": arm == "usual",
                "share": share,
                "metric": metric,
                "outcome_days": 7,
                "plan": "obrien_fleming",
                "looks": 4,
                "minimum_effect": 0.1,
                "hypothesis": "A shorter subject is read on a phone, so more people click it, and what they find is what they looked for.",
                "varies": "content",
                "guardrails": "unsubscribed,complained",
                "owner": "crm team",
                "starts_on": datetime(2026, 6, 1),
            }
            for name, phase, status, metric, arms in (
                ("cart_abandoned:subject", "test", "running", "clicked", (("usual", 0.5), ("short", 0.5))),
                (
                    "welcome:hour_of_the_day_and_a_very_long_name_of_it",
                    "test",
                    "running",
                    "ordered",
                    (("usual", 0.34), ("nine", 0.33), ("noon", 0.33)),
                ),
                ("win_back:offer", "watch", "watching", "revenue", (("usual", 0.1), ("ten", 0.9))),
                ("birthday:channel", "watch", "backed_out", "ordered", (("usual", 0.5), ("sms", 0.5))),
            )
            for arm, share in arms
        ],
        "arms": [
            {
                "experiment": name,
                "phase": phase,
                "arm": arm,
                "assigned_count": assigned,
                "people_count": closed,
                "contaminated_count": 1,
                "days_open": 21.0,
            }
            for name, phase, arm, assigned, closed in (
                ("holdout", "test", "treated", 50000, 43210),
                ("holdout", "test", "control", 5500, 4801),
                ("cart_abandoned:subject", "test", "usual", 2040, 1500),
                ("cart_abandoned:subject", "test", "short", 1980, 1450),
                ("welcome:hour_of_the_day_and_a_very_long_name_of_it", "test", "usual", 210, 100),
                ("welcome:hour_of_the_day_and_a_very_long_name_of_it", "test", "nine", 190, 90),
            )
        ],
        "verdicts": [
            {
                "experiment": name,
                "phase": "test",
                "look": look,
                "decided_at": datetime(2026, 5, day),
                "decision": decision,
                "winner": winner,
                "next_phase": "watch",
                "reason": reason,
                "decided_by": by,
            }
            for day, name, look, decision, winner, reason, by in (
                (
                    2,
                    "win_back:offer",
                    3,
                    "promote",
                    "ten",
                    "At look 3 of 4 the interval lies above zero (between +2 % and +11 %), guardrails are not worse, 21 days, 140 conversions in each arm.",
                    "rules",
                ),
                (9, "birthday:channel", 4, "promote", "sms", "At look 4 of 4 the interval lies above zero.", "rules"),
                (28, "birthday:channel", 1, "back_out", "usual", "After promotion the effect vanished: between −9 % and +1 %.", "rules"),
                (29, "cart_abandoned:subject", 1, "continue", None, "No border was crossed at look 1 of 4.", "rules"),
            )
        ],
        "steps": [
            {"scenario": "cart", "step": 1, "campaign": "cart_abandoned", "people_count": 1800, "ordered_count": 210},
            {"scenario": "cart", "step": 2, "campaign": "cart_abandoned_again", "people_count": 900, "ordered_count": 64},
            {"scenario": "onboarding", "step": 1, "campaign": "welcome", "people_count": 700, "ordered_count": 64},
            {"scenario": "onboarding", "step": 2, "campaign": "onboarding_guide", "people_count": 400, "ordered_count": 6},
            {"scenario": "onboarding", "step": 3, "campaign": "onboarding_invitation", "people_count": 12, "ordered_count": 0},
        ],
        "alerts": [
            {
                "campaign": "welcome",
                "metric": "clicks",
                "sentence": "Clicks of welcome fell to 3 on 29 June, usually 41 on a Monday: its link leads nowhere since the template was changed on 28 June.",
            }
        ],
    }
    return {name: pd.DataFrame(rows) for name, rows in found.items()}
