"""A message that waited for the morning goes only if its reason is still there then; else it expires, and the history says so."""

from datetime import datetime, timedelta

import pytest
from warehouse_kit import Warehouse, moment

NIGHT, MORNING = moment(2026, 6, 29, 21, 30), moment(2026, 6, 30, 7, 0)  # half past eleven and nine o'clock in Berlin
CART = moment(2026, 6, 29, 20, 30)
PEOPLE = ("sleeps", "buys", "buys_on_the_site")
EMPTY = {
    "scores.served_versions": "model varchar, model_version varchar, scored_at timestamp",
    "marts.orders": "profile_id varchar, ordered_at timestamp, status varchar",
    "profiles.suppressions": "profile_id varchar, channel varchar, reason varchar, since_at timestamp",
    "profiles.golden_records": "profile_id varchar, preferred_channel varchar",
    "profiles.profile_engagements": "profile_id varchar, channel varchar, status varchar, message_id varchar, is_machine boolean, "
    "occurred_at timestamp",
    "marts.customer_engagement": "profile_id varchar, channel varchar, sent_90d bigint, clicked_90d bigint",
    "scores.drift": "model varchar, is_alarmed boolean",
    "scores.predictions": "profile_id varchar, send_hour bigint",
    "staging.stg_all__products": "product_id varchar, stock_quantity bigint",
    "staging.stg_feedback__engagements": "message_id varchar, status varchar, occurred_at timestamp",
    "staging.stg_feedback__deliveries": "message_id varchar, profile_id varchar, campaign varchar, channel varchar, status varchar, "
    "claimed_at timestamp, finished_at timestamp",
    "staging.stg_experiments__verdicts": "experiment varchar, phase varchar, decision varchar, winner varchar, next_phase varchar, "
    "retired varchar, decided_at timestamp",
    "staging.stg_reactive__decisions": "message_id varchar, kind varchar, campaign varchar, profile_id varchar, occasion varchar, "
    "channel varchar, outcome varchar, decided_at timestamp, because varchar, rule_version varchar, experiment varchar, variant varchar",
    "staging.stg_operator__approvals": "approval_id varchar, campaign varchar, approved_count bigint, approved_at timestamp, "
    "expires_at timestamp",
}
PROFILE = (
    "profile_id varchar, email varchar, phone varchar, time_zone varchar, is_email_suppressed boolean, is_sms_suppressed boolean, "
    "is_email_reachable boolean, is_sms_reachable boolean, holdout_bucket double, has_open_complaint boolean, open_tickets_count bigint"
)


def put_day(warehouse: Warehouse, ordered: dict[str, datetime], seen: dict[str, datetime]) -> None:
    """What is known of orders, and of purchases on the site."""
    rows = [(person, True, at, None) for person, at in ordered.items()]
    warehouse.put("profiles.profile_orders", "profile_id varchar, is_paid boolean, ordered_at timestamp, refunded_at timestamp", rows)
    carts = "profile_id varchar, last_cart_at timestamp, last_item_id varchar, last_item_name varchar, items_count bigint, "
    warehouse.put("marts.carts", carts + "last_purchase_event_at timestamp", [(one, CART, "i1", "Tea", 1, seen.get(one)) for one in PEOPLE])


def outcomes(warehouse: Warehouse) -> dict[str, list[str]]:
    """Of each person what became of the message, run by run."""
    found: dict[str, list[str]] = {}
    for row in warehouse.rows("from decisions.decision_history order by decided_at"):
        found.setdefault(str(row["profile_id"]), []).append(str(row["outcome"]))
    return found


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A shop with one trigger, no audience and three people who left a cart in the evening; decided at night and in the morning."""
    policy = {
        "triggers": [{"cart_abandoned": "cart"}],
        "audiences": [],
        "yields_to": {},
        "holdout_global_pct": 0,
        "holdout_campaign_pct": 0,
    }
    made = Warehouse(tmp_path_factory.mktemp("deferred"), **policy)
    for table, columns in EMPTY.items():
        made.put(table, columns, [])
    made.put("identity.profile_ids", "profile_id varchar, current_profile_id varchar", [(one, one) for one in PEOPLE])
    reached = [(one, f"{one}@example.com", None, "Europe/Berlin", False, False, True, False, 50, False, 0) for one in PEOPLE]
    made.put("profiles.profiles", PROFILE, reached)
    made.put(
        "profiles.consents",
        "profile_id varchar, channel varchar, purpose varchar, is_granted boolean, stated_at timestamp",
        [(one, "email", "marketing", True, CART) for one in PEOPLE],
    )
    bought = NIGHT + timedelta(hours=4)
    for now, ordered, seen in ((NIGHT, {}, {}), (MORNING, {"buys": bought}, {"buys_on_the_site": bought})):
        put_day(made, ordered, seen)
        made.build(now, "cart_abandoned", "decisions.decision_history", "+decisions.decisions,regulars.decisions", only="run")
    return made


def test_a_cart_that_waited_for_the_morning_goes_to_who_still_has_it(warehouse):
    assert outcomes(warehouse)["sleeps"] == ["quiet_hours", "allowed"]


def test_a_cart_that_waited_and_was_bought_in_the_night_is_held_back_or_gone(warehouse):
    found = outcomes(warehouse)
    assert found["buys"] == ["quiet_hours", "ordered_since"]
    assert found["buys_on_the_site"] == ["quiet_hours", "expired"]


def test_what_is_cold_in_the_end_has_expired_and_says_so_once(warehouse):
    for days in (3, 4):
        warehouse.build(
            MORNING + timedelta(days=days),
            "cart_abandoned",
            "decisions.decision_history",
            "+decisions.decisions,regulars.decisions",
            only="run",
        )
    found = outcomes(warehouse)
    assert found["buys"] == ["quiet_hours", "ordered_since", "expired"]
    assert found["sleeps"] == ["quiet_hours", "allowed"]
