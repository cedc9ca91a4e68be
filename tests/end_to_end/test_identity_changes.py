"""Two people turn out to be one, and then not: who keeps which id, what is told about it, and what follows for all under an old id."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from warehouse_kit import Warehouse, dated, moment, order, share

from orchestration.sources import crm, ledger, shop

DAYS = [moment(2026, 3, day, 18) for day in range(1, 7)]
MODELS = ("+changes", "+profiles", "+int_messages_counted")
Seen = dict[str, Any]


def contact(key: str, email: str, at: datetime, **changes: object) -> dict[str, object]:
    born = {"created_at": DAYS[0] - timedelta(days=9), "updated_at": at}
    return {"contact_id": key, "first_name": "Ann", "last_name": "Meyer", "email": email, "country_code": "DE", **born, **changes}


def sent(message: str, profile: str, at: datetime) -> dict[str, object]:
    named = {"message_id": message, "campaign": "welcome", "profile_id": profile, "channel": "email", "destination": "csv_file"}
    return {**named, "status": "accepted", "claimed_at": at, "finished_at": at, "updated_at": at}


def seen(warehouse: Warehouse) -> Seen:
    """What a day says of the two contacts and of all ids."""
    who = {str(row["identifier_value"]): str(row["profile_id"]) for row in warehouse.rows("from identity.identifiers")}
    return {
        "x": who["x"],
        "y": who["y"],
        "changes": warehouse.rows("from identity.changes order by run_number, profile_id"),
        "current": {row["profile_id"]: row["current_profile_id"] for row in warehouse.rows("from identity.profile_ids")},
        "founders": {row["profile_id"] for row in warehouse.rows("from identity.founders")},
        "profiles": {row["profile_id"]: row for row in warehouse.rows("from profiles.profiles")},
        "consents": {(row["profile_id"], row["channel"]): row["is_granted"] for row in warehouse.rows("from profiles.consents")},
        "sent": {row["profile_id"]: row["sent_all_7d"] for row in warehouse.rows("from decisions.int_messages_counted")},
        "orders": {row["order_id"]: row["profile_id"] for row in warehouse.rows("from profiles.profile_orders")},
    }


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """x and y apart; y's address becomes x's; it is y's own again; a look back at the second day; the third day once more; a rebuild."""
    warehouse, told = Warehouse(tmp_path_factory.mktemp("changes")), {}
    said = [
        {"consent_id": f"{key}.1", "contact_id": key, "channel": "email", "purpose": "marketing", "status": status}
        for key, status in (("x", "granted"), ("y", "withdrawn"))
    ]
    warehouse.land(crm.CONTACTS, [contact("x", "x@some.org", DAYS[0]), contact("y", "y@some.org", DAYS[0])], DAYS[0])
    warehouse.land(crm.CONSENTS, [{**row, "recorded_at": DAYS[0], "updated_at": DAYS[0]} for row in said], DAYS[0])
    warehouse.land(shop.CUSTOMERS, dated([{"customer_id": "other", "email": "other@some.org"}], DAYS[0]), DAYS[0])
    names = {"first_name": "Ann", "last_name": "Meyer"}
    warehouse.land(shop.ORDERS, [order(key, DAYS[0], email=f"{key}@some.org", **names) for key in ("x", "y")], DAYS[0])
    warehouse.build(DAYS[0], *MODELS)  # the seeds too
    told["apart"] = seen(warehouse)

    messages = [sent(key, told["apart"][key], DAYS[0] + timedelta(hours=1)) for key in ("x", "y")]
    warehouse.land(ledger.DELIVERIES, messages, DAYS[1])
    warehouse.land(crm.CONTACTS, [contact("y", "y@some.org", DAYS[1], shop_customer_id=None, phone=None)], DAYS[1])
    warehouse.land(crm.CONTACTS, [contact("y", "x@some.org", DAYS[1] + timedelta(seconds=1))], DAYS[1] + timedelta(minutes=1))
    warehouse.build(DAYS[1] + timedelta(minutes=2), *MODELS, only="run")
    told["one"] = seen(warehouse)

    warehouse.land(crm.CONTACTS, [contact("y", "new@some.org", DAYS[2])], DAYS[2])
    warehouse.build(DAYS[2], *MODELS, only="run")
    told["parted"] = seen(warehouse)

    warehouse.build(DAYS[1] + timedelta(minutes=2), *MODELS, only="run")
    told["looked back"] = seen(warehouse)
    warehouse.build(DAYS[2], *MODELS, only="run")
    told["again"] = seen(warehouse)
    warehouse.build(DAYS[2], *MODELS, only="run", full_refresh=True)
    told["rebuilt"] = seen(warehouse)
    return told


def test_the_elder_id_stands_for_both_and_each_has_its_own_again(days: dict[str, Seen]) -> None:
    apart, one, parted = days["apart"], days["one"], days["parted"]
    assert apart["x"] != apart["y"]
    assert one["x"] == one["y"] == min(apart["x"], apart["y"]) == one["current"][apart["x"]] == one["current"][apart["y"]]
    assert (parted["x"], parted["y"]) == (apart["x"], apart["y"])


def test_the_changes_say_what_when_and_why(days: dict[str, Seen]) -> None:
    apart, one, parted = days["apart"], days["one"], days["parted"]
    elder, younger = sorted([apart["x"], apart["y"]])
    assert {(row["profile_id"], row["what"]) for row in apart["changes"]} == {(profile, "created") for profile in apart["founders"]}
    merged = [row for row in one["changes"] if row not in apart["changes"]]
    about = {row["profile_id"]: row for row in merged}[younger]
    assert (about["what"], about["other_profile_id"], about["reason"]) == ("merged_into", elder, "joined_by_email")
    assert {about["left_value"], about["right_value"]} <= {"x", "y", *apart["orders"]} | {about["left_value"], about["right_value"]}
    assert about["as_of"] == DAYS[1] + timedelta(minutes=2) and about["via_type"] == "email"
    split = [row for row in parted["changes"] if row not in one["changes"]]
    back = {row["profile_id"]: row for row in split}[younger]
    assert (back["what"], back["other_profile_id"], back["reason"]) == ("split_from", elder, "no_longer_said")
    assert back["as_of"] == DAYS[2]


def test_what_was_written_under_either_id_counts_for_the_one_person(days: dict[str, Seen]) -> None:
    apart, one, parted = days["apart"], days["one"], days["parted"]
    elder, younger = sorted([apart["x"], apart["y"]])
    assert one["sent"] == {elder: 2}
    assert parted["sent"] == {elder: 1, younger: 1}


def test_the_most_restrictive_consent_and_the_smallest_bucket_win(days: dict[str, Seen]) -> None:
    apart, one, parted = days["apart"], days["one"], days["parted"]
    elder = min(apart["x"], apart["y"])
    assert apart["consents"] == {(apart["x"], "email"): True, (apart["y"], "email"): False} == parted["consents"]
    assert one["consents"] == {(elder, "email"): False}
    assert one["profiles"][elder]["holdout_bucket"] == min(share(f"global:{profile}") for profile in (apart["x"], apart["y"]))
    assert parted["profiles"][parted["y"]]["holdout_bucket"] == share(f"global:{parted['y']}")


def test_orders_follow_the_person(days: dict[str, Seen]) -> None:
    for day in ("apart", "one", "parted"):
        assert days[day]["orders"]["x"] == days[day]["x"]


def test_a_look_back_makes_no_elders_and_no_changes_and_is_undone_by_the_next_run(days: dict[str, Seen]) -> None:
    one, parted, back, again = days["one"], days["parted"], days["looked back"], days["again"]
    assert (back["x"], back["y"], back["consents"]) == (one["x"], one["y"], one["consents"])
    assert back["changes"] == parted["changes"] == again["changes"]
    assert back["founders"] == parted["founders"]
    assert again == parted == days["rebuilt"]
