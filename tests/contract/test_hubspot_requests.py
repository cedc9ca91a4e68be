"""HubSpot: contacts, lists and custom events, held against what its documentation allows. One file: all are sessions with one server."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from api_kit import Reply, Served, serving
from hubspot_crm_server import TOKEN, Portal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activations.destination import Request, Suppression, Work
from activations.destinations import HubSpot
from activations.destinations.hubspot_rows import internal_name
from activations.model import Accepted, Message, Refused, Rejected, Throttled, Unknown, Unreachable
from activations.transport.http import NoAnswer

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
COLUMNS = pa.schema(
    [("profile_id", pa.string()), ("email", pa.string()), ("row_hash", pa.string()), ("revenue_amount", pa.decimal128(18, 4)),
     ("orders_count", pa.int64()), ("next_order_on", pa.date32()), ("seen_at", pa.timestamp("us")), ("is_vip", pa.bool_()),
     ("buy_again", pa.list_(pa.string())), ("hs_email_optout", pa.bool_()), ("Änn", pa.string())]
)  # fmt: skip


@pytest.fixture
def portal() -> Portal:
    return Portal()


@pytest.fixture
def server(portal: Portal) -> Iterator[Served]:
    with serving(portal.answer) as server:
        yield server


def made(server: Served) -> HubSpot:
    return HubSpot(TOKEN, base_url=server.url)


def person(number: int, **more: Any) -> dict[str, Any]:
    email = f"Ann{number}@example.com"
    return {"profile_id": f"p{number}", "email": email, "phone": None, "first_name": "Ann", "last_name": None, "row_hash": "x", **more}


def rows(destination: HubSpot, work: Work, *people: dict[str, Any] | Message) -> list[bytes]:
    return [destination.encode(work, one) for one in people]


def test_contacts_get_the_properties_they_need_and_join_and_leave_a_list(portal: Portal, server: Served) -> None:
    destination = made(server)
    assert destination.find("champions/1") is None and not portal.lists, "who looks for a list makes none"
    target = destination.prepare("champions/1", COLUMNS)
    assert destination.find("champions/1") == target
    asked = len(server.asked)
    assert made(server).prepare("champions/1", COLUMNS) == target
    assert {one.method for one in server.asked[asked:]} == {"GET"}, "what is there is not made again"
    values = {"revenue_amount": Decimal("99.50"), "orders_count": 3, "next_order_on": date(2026, 7, 6), "seen_at": NOW, "is_vip": True}
    values |= {"buy_again": ["a", "b"], "hs_email_optout": False, "Änn": None}
    people = [person(1, **values), person(2, email="bad@example.com"), person(3)]
    outcomes = destination.send(Request(Work.UPSERT, rows(destination, Work.UPSERT, *people), target))
    assert outcomes == [Accepted("100"), Rejected("invalid", "VALIDATION_ERROR: Property [] of b***@example.com"), Accepted("101")]
    assert portal.on[target] == {"100", "101"}
    assert portal.contacts["100"] == {
        "email": "ann1@example.com", "firstname": "Ann", "regulars_profile_id": "p1", "regulars_revenue_amount": "99.50",
        "regulars_orders_count": "3", "regulars_next_order_on": "2026-07-06", "regulars_seen_at": "2026-06-30T09:00:00.000Z",
        "regulars_is_vip": "true", "regulars_buy_again": "a;b", "regulars_hs_email_optout": "false", internal_name("Änn"): "",
    }  # fmt: skip
    destination.send(Request(Work.UPSERT, rows(destination, Work.UPSERT, *map(person, (4, 5, 6))), target))
    found, cursor = destination.members(target, None)
    while cursor:
        page, cursor = destination.members(target, cursor)
        found += page
    assert {(one.profile_id, one.address) for one in found} == {(f"p{number}", f"ann{number}@example.com") for number in (1, 3, 4, 5, 6)}
    gone = [person(1, provider_ref="100"), person(4), person(9), person(5, email=None)]
    assert destination.send(Request(Work.REMOVE, rows(destination, Work.REMOVE, *gone), target)) == [Accepted()] * 4
    assert portal.on[target] == {"101", "103", "104"}


@pytest.mark.parametrize(
    ("version", "families"),
    [
        ("v3", r"/(crm/v3/(objects|properties)/contacts|crm/v3/lists|events/v3/(send|event-definitions))(/.*)?"),
        ("2026-09", r"/(crm/(objects|properties)/2026-09/contacts|crm/lists/2026-09|events/2026-09/(send|event-definitions))(/.*)?"),
    ],
)
def test_all_requests_are_of_one_version(version: str, families: str, portal: Portal, server: Served) -> None:
    portal.definitions = [{"name": "win_back", "fullyQualifiedName": "pe123_win_back", "properties": []}]
    destination = HubSpot(TOKEN, version=version, base_url=server.url)
    target = destination.prepare("champions", COLUMNS)
    (row,) = rows(destination, Work.UPSERT, person(1))
    assert destination.send(Request(Work.UPSERT, [row], target)) == [Accepted("100")]
    destination.send(Request(Work.MESSAGE, rows(destination, Work.MESSAGE, message(1))))
    assert len(destination.members(target, None)[0]) == 1 and not list(destination.suppressed(None)) and len(portal.occurrences) == 1
    assert all(re.fullmatch(families, one.path) for one in server.asked), {one.path for one in server.asked}
    with pytest.raises(ValueError, match="v3, or a month"):
        HubSpot(TOKEN, version="3")


def test_an_address_twice_holds_nobody_up_and_a_record_of_a_moment_ago_is_waited_for(portal: Portal, server: Served) -> None:
    destination = made(server)
    target = destination.prepare("champions", pa.schema([]))
    portal.not_yet = {"101"}
    people = [person(1), person(1, email="ANN1@example.com", profile_id="p9"), person(2)]
    outcomes = destination.send(Request(Work.UPSERT, rows(destination, Work.UPSERT, *people), target))
    assert outcomes == [Accepted("100"), Refused("address_twice", one_by_one=True), Throttled()]
    assert destination.send(Request(Work.UPSERT, rows(destination, Work.UPSERT, person(2)), target)) == [Accepted("101")]


def test_a_list_with_rules_of_its_own_is_left_alone(portal: Portal, server: Served) -> None:
    portal.lists["7"] = {"listId": "7", "name": "champions", "processingType": "DYNAMIC"}
    with pytest.raises(NoAnswer, match="rules of its own"):
        made(server).prepare("champions", pa.schema([]))
    with pytest.raises(NoAnswer, match="rules of its own"):
        made(server).find("champions")


def test_who_opted_out_or_bounced_is_read_back_page_by_page(portal: Portal, server: Served) -> None:
    changed = {"lastmodifieddate": str(int(NOW.timestamp() * 1000))}
    portal.contacts = {str(number): {"email": f"a{number}@x.de", "hs_email_optout": "true"} for number in range(1, 451)}
    portal.contacts["900"] = {"email": "b@x.de", "hs_email_hard_bounce_reason_enum": "UNKNOWN_USER", **changed}
    portal.contacts["901"] = {"email": "c@x.de", "hs_email_optout": "false", **changed}
    destination = made(server)
    assert [one.address for one in destination.suppressed(None)] == [f"a{number}@x.de" for number in range(1, 451)] + ["b@x.de"]
    assert list(destination.suppressed(NOW)) == [Suppression("b@x.de", "email", "bounced", None)]


def message(number: int, **more: Any) -> Message:
    fields = {"message_id": f"m{number}", "campaign": "win_back", "profile_id": f"p{number}", "channel": "email", "destination": "hubspot"}
    fields |= {"address": "ann@example.com", "message": "win_back", "purpose": "marketing", "subject": "Hi", "body": "x" * 3_000}
    return Message(**fields | {"first_name": "Änn", "occurred_at": NOW, "occasion": "1"} | more)  # type: ignore[arg-type]


def test_occurrences_of_defined_events_are_taken_once(portal: Portal, server: Served) -> None:
    portal.definitions = [
        {"name": "win_back", "fullyQualifiedName": "pe123_win_back", "properties": [{"name": "subject"}, {"name": "message_id"}]},
        {"name": "order_placed", "fullyQualifiedName": "pe123_order_placed", "properties": [{"name": "value"}]},
    ]
    destination = made(server)
    texts = rows(destination, Work.MESSAGE, message(1), message(2))
    assert destination.send(Request(Work.MESSAGE, texts)) == [Accepted()] * 2
    assert [one["properties"] for one in portal.occurrences.values()] == [
        {"subject": "Hi", "message_id": f"m{number}"} for number in (1, 2)
    ]
    repeated = texts + rows(destination, Work.MESSAGE, message(3))
    assert destination.send(Request(Work.MESSAGE, repeated)) == [Refused("repeated", one_by_one=True)] * 3
    assert [destination.send(Request(Work.MESSAGE, [row]))[0] for row in repeated] == [Accepted()] * 3
    assert len(portal.occurrences) == 3
    happened = {"row_id": "r1", "event": "order_placed", "occurred_at": NOW, "value": 9.5, "colour": "red"}
    (row,) = rows(destination, Work.APPEND, person(1) | happened)
    assert destination.send(Request(Work.APPEND, [row])) == [Accepted()]
    assert list(portal.occurrences.values())[-1]["properties"] == {"value": "9.5"}
    (undefined,) = rows(destination, Work.APPEND, person(1) | happened | {"event": "other"})
    (outcome,) = destination.send(Request(Work.APPEND, [undefined]))
    assert isinstance(outcome, Unreachable) and "no custom event named other" in outcome.detail
    for wrong, code in [
        (person(1, email=None) | happened, "email_missing"),
        (person(1) | happened | {"value": "x" * 257}, "value_too_long"),
    ]:
        (outcome,) = destination.send(Request(Work.APPEND, rows(destination, Work.APPEND, wrong)))
        assert isinstance(outcome, Rejected) and outcome.code == code
    (outcome,) = destination.send(
        Request(Work.MESSAGE, rows(destination, Work.MESSAGE, message(4, channel="sms", address="+491701234567")))
    )
    assert outcome == Rejected("channel_not_supported", field="channel")


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (
            Reply({"status": "error", "message": "of ann@x.de", "category": "VALIDATION_ERROR"}, 400),
            Refused("invalid", "VALIDATION_ERROR: of a***@x.de"),
        ),
        (Reply({"message": "locked"}, 423), Throttled(2.0)),
        (Reply({"message": "moving"}, 477, {"Retry-After": "30"}), Throttled(30.0)),
        (Reply({"message": "no"}, 404), Unreachable("HubSpot answered 404: no")),
        (Reply({"results": [], "errors": [{"message": "?"}]}, 207), Refused("not_in_the_answer")),
        (Reply([]), Unknown("HubSpot answered with something that is no batch")),
    ],
)
def test_what_an_answer_means_for_each_row(server: Served, reply: Reply, expected: object) -> None:
    destination = made(server)
    server.faults.append(reply)
    assert destination.send(Request(Work.UPSERT, rows(destination, Work.UPSERT, person(1), person(2)), "1")) == [expected] * 2
    assert TOKEN not in repr(vars(destination)) + repr(destination._http.session.auth)


VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes() | st.dates() | st.decimals() | st.lists(st.text())
)
NAMES = [
    "status",
    "subscribed",
    "hs_email_optout",
    "hs_email_optout_123",
    "hs_legal_basis",
    "unsubscribed",
    "hs_marketable_status",
    "Email",
]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    columns=st.dictionaries(st.sampled_from(NAMES) | st.text(), VALUES | st.just("x" * 70_000), max_size=6),
    email=st.text() | st.just("a@b.de"),
)
def test_whatever_a_row_holds_only_properties_of_our_own_are_written(columns: dict[str, Any], email: str) -> None:
    portal = Portal()
    portal.definitions = [
        {"name": "seen", "fullyQualifiedName": "pe1_seen", "properties": [{"name": internal_name(one, "", 50)} for one in columns]}
    ]
    with serving(portal.answer) as server:
        destination = made(server)
        ours = {name: value for name, value in columns.items() if name not in person(1)}
        target = destination.prepare("all", pa.schema([(name.encode("utf-8", "replace").decode(), pa.string()) for name in ours]))
        row = {**ours, **person(1, email=email)}
        (outcome,) = destination.send(Request(Work.UPSERT, rows(destination, Work.UPSERT, row), target))
        assert isinstance(outcome, Accepted | Rejected)
        for contact in portal.contacts.values():
            assert all(name in ("email", "firstname") or name.startswith("regulars_") for name in contact)
        happened = row | {"event": "seen", "row_id": "r1", "occurred_at": NOW}
        (outcome,) = destination.send(Request(Work.APPEND, rows(destination, Work.APPEND, happened)))
        assert isinstance(outcome, Accepted | Rejected)
