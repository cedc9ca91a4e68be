"""Customer.io: people, segments and events, held against what its documentation allows. One file: all are sessions with one server."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from api_kit import Reply, Served, serving
from customer_io_server import APP_KEY, KEY, SITE, Workspace
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activations.destination import Request, Suppression, Work
from activations.destinations import CustomerIo
from activations.destinations.customer_io_answers import refused
from activations.model import Accepted, Message, Refused, Rejected, Unknown, Unreachable
from activations.transport.http import Answer

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)


@pytest.fixture
def workspace() -> Workspace:
    return Workspace()


@pytest.fixture
def server(workspace: Workspace) -> Iterator[Served]:
    with serving(workspace.answer) as server:
        yield server


def made(server: Served) -> CustomerIo:
    return CustomerIo(SITE, KEY, app_key=APP_KEY, track_url=server.url, app_url=server.url)


def person(number: int, **more: Any) -> dict[str, Any]:
    return {"profile_id": f"p{number}", "email": f"ann{number}@example.com", "phone": None, "first_name": "Ann", "row_hash": "x", **more}


def message(number: int, **more: Any) -> Message:
    fields = {
        "message_id": f"m{number}",
        "campaign": "win_back",
        "profile_id": f"p{number}",
        "channel": "email",
        "destination": "customer_io",
    }
    fields |= {
        "address": "ann@example.com",
        "message": "win_back",
        "purpose": "marketing",
        "subject": "Hi",
        "body": "Hi Änn",
        "first_name": "A",
    }
    return Message(**fields | {"occurred_at": NOW, "occasion": "1"} | more)  # type: ignore[arg-type]


def test_people_join_and_leave_a_segment(workspace: Workspace, server: Served) -> None:
    destination = made(server)
    assert destination.find("champions") is None, "who looks for a list makes none"
    target = destination.prepare("champions", pa.schema([]))
    assert target == destination.prepare("champions", pa.schema([])) == destination.find("champions") == "1"
    rows = [person(0, churn=Decimal("0.15"), last_on=date(2026, 6, 1), tags=["a"], gone=None), person(1, email="no address"), person(2)]
    rows += [person(3, profile_id=None), person(4, note="x" * 1_001)]
    encoded = [destination.encode(Work.UPSERT, row) for row in rows]
    mixed = destination.send(Request(Work.UPSERT, encoded, target))
    assert mixed[3:] == [Rejected("profile_id_missing", field="profile_id"), Rejected("value_too_long", field="note")]
    assert all(isinstance(outcome, Refused) for outcome in mixed[:3]) and not workspace.people
    outcomes = destination.send(Request(Work.UPSERT, encoded[:3], target))
    assert outcomes == [Accepted(), Rejected("invalid", "no address is no address", "email"), Accepted()]
    assert workspace.on[1] == {"p0", "p2"}, "whoever was refused does not join"
    assert workspace.people["p0"] == {
        "email": "ann0@example.com", "first_name": "Ann", "churn": 0.15, "last_on": 1780272000, "tags": ["a"], "gone": None,
    }  # fmt: skip
    destination.send(Request(Work.UPSERT, [destination.encode(Work.UPSERT, person(number)) for number in (5, 6, 7)], target))
    found, cursor = destination.members(target, None)
    while cursor:
        page, cursor = destination.members(target, cursor)
        found += page
    assert {member.profile_id for member in found} == {"p0", "p2", "p5", "p6", "p7"}
    gone = [person(0), person(5, profile_id=None), person(9, profile_id=None, email=None)]
    assert destination.send(Request(Work.REMOVE, [destination.encode(Work.REMOVE, row) for row in gone], target)) == [Accepted()] * 3
    assert workspace.on[1] == {"p2", "p6", "p7"}


def test_an_event_is_kept_once_and_goes_to_the_address_that_was_decided_on(workspace: Workspace, server: Served) -> None:
    destination = made(server)
    happened = {"row_id": "r1", "event": "Order placed", "occurred_at": NOW, **person(1), "value": 9.5, "recipient": "eve@example.com"}
    rows = [destination.encode(Work.APPEND, happened), destination.encode(Work.APPEND, happened | {"row_id": "r2"})]
    for _ in range(2):
        assert destination.send(Request(Work.APPEND, rows)) == [Accepted()] * 2
    assert [event["attributes"] for event in workspace.events.values()] == [{"value": 9.5}] * 2
    texts = [message(1), message(2, channel="sms", address="+491701234567", subject=None)]
    rows = [destination.encode(Work.MESSAGE, one) for one in texts]
    # the event's id: reports of what became of the message name it
    assert destination.send(Request(Work.MESSAGE, rows)) == [Accepted(json.loads(row)["id"]) for row in rows]
    mail, sms = list(workspace.events.values())[2:]
    assert (mail["name"], mail["timestamp"], mail["attributes"]["recipient"]) == ("win_back", 1782810000, "ann@example.com")
    assert (sms["attributes"]["phone"], sms["identifiers"]) == ("+491701234567", {"id": "p2"})
    assert "recipient" not in sms["attributes"]


@pytest.mark.parametrize("is_active", [True, False])
def test_a_first_load_starts_no_campaign(workspace: Workspace, server: Served, is_active: bool) -> None:
    destination = made(server)
    target = destination.prepare("champions", pa.schema([]))
    workspace.campaigns[7] = is_active
    (outcome,) = destination.send(Request(Work.UPSERT, [destination.encode(Work.UPSERT, person(1))], target, is_first_load=True))
    assert isinstance(outcome, Unreachable) == is_active and bool(workspace.on[1]) != is_active


def test_suppressed_addresses_since_a_time(workspace: Workspace, server: Served) -> None:
    at = int(NOW.timestamp())
    workspace.suppressions["bounces"] = [{"email": f"a{number}@x.de", "created": at - number} for number in range(1_500)]
    workspace.suppressions["spam_reports"] = [{"email": "c@x.de", "created": at}]
    destination = made(server)
    assert len(list(destination.suppressed(None))) == 1_501
    assert list(destination.suppressed(NOW)) == [
        Suppression("a0@x.de", "email", "bounced", NOW),
        Suppression("c@x.de", "email", "complained", NOW),
    ]


def test_who_unsubscribed_is_suppressed_without_a_webhook(workspace: Workspace, server: Served) -> None:
    workspace.people = {
        f"p{number}": {"email": f"a{number}@x.de", "unsubscribed": (True, "true", False)[number % 3]} for number in range(3_000)
    }
    workspace.people |= {"q1": {"email": None, "unsubscribed": True}, "q2": {"email": "b@x.de"}}
    found = list(made(server).suppressed(NOW))
    assert {one.address for one in found} == {f"a{number}@x.de" for number in range(3_000) if number % 3 < 2}
    assert {(one.channel, one.reason, one.at) for one in found} == {("email", "unsubscribed", None)}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply({"errors": [{"reason": "parse", "field": "batch", "message": "of ann@x.de"}]}, 400), [Refused("parse", "of a***@x.de")] * 2),
        (Reply({"errors": [{"reason": "invalid"}]}, 207), [Unknown("Customer.io refused an entry and did not say which")] * 2),
        (
            Reply({"errors": [{"batch_index": 1, "reason": "required", "field": "name"}]}, 207),
            [Accepted(json.loads(CustomerIo("s", "k").encode(Work.MESSAGE, message(1)))["id"]), Rejected("required", "", "name")],
        ),
    ],
)
def test_what_an_answer_means_for_each_row(server: Served, reply: Reply, expected: list[Any]) -> None:
    destination = made(server)
    server.faults.append(reply)
    assert destination.send(Request(Work.MESSAGE, [destination.encode(Work.MESSAGE, message(number)) for number in (1, 2)])) == expected


def test_regions_have_hosts_of_their_own_and_keys_are_not_shown(server: Served) -> None:
    assert CustomerIo(SITE, KEY, region="eu")._track.base_url == "https://track-eu.customer.io"
    destination = CustomerIo(SITE, KEY, app_key=APP_KEY)
    assert (destination._track.base_url, destination._app.http and destination._app.http.base_url) == (
        "https://track.customer.io",
        "https://api.customer.io",
    )
    shown = (
        repr(vars(destination)) + repr(destination._track.session.auth) + repr(destination._app.http and destination._app.http.session.auth)
    )
    assert KEY not in shown and APP_KEY not in shown
    with pytest.raises(ValueError, match="us and eu"):
        CustomerIo(SITE, KEY, region="ap")
    (outcome,) = CustomerIo(SITE, KEY, track_url=server.url).send(Request(Work.UPSERT, [b"{}"], "1", is_first_load=True))
    assert isinstance(outcome, Unreachable) and "App API key" in outcome.detail
    assert list(CustomerIo(SITE, KEY, track_url=server.url).suppressed(None)) == [], "messages do not wait for what nobody can tell"


VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes() | st.dates() | st.decimals() | st.lists(st.text())
)
NAMES = [
    "status",
    "subscribed",
    "consent",
    "unsubscribed",
    "Unsubscribed ",
    "cio_subscription_preferences",
    "_update",
    "recipient",
    "id",
    "cio_id",
]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    columns=st.dictionaries(st.sampled_from(NAMES) | st.text(), VALUES | st.text(min_size=990, max_size=1_100), max_size=6),
    email=st.text() | st.none(),
    key=st.text(max_size=200) | st.sampled_from(["ä" * 75, "ä" * 76, "x" * 151]),
    name=st.none() | st.text() | st.sampled_from(["x" * 1_000, "x" * 1_001, "ä" * 501]),
)
def test_whatever_a_row_holds_it_is_within_the_limits_and_lets_nobody_in(
    columns: dict[str, Any], email: str | None, key: str, name: str | None
) -> None:
    workspace = Workspace(on={1: set()})
    with serving(workspace.answer) as server:
        destination = made(server)
        row = {"event": "Seen", "row_id": "r1", "occurred_at": NOW, **columns, **person(1, email=email, profile_id=key, first_name=name)}
        for work in (Work.UPSERT, Work.APPEND):
            encoded = destination.encode(work, row)
            (outcome,) = destination.send(Request(work, [encoded], "1"))
            assert isinstance(outcome, Accepted | Rejected)
        for event in workspace.events.values():
            assert not {"recipient", "from_address", "reply_to"} & set(event["attributes"])


def test_a_refused_change_of_a_segment_is_told_in_its_own_words() -> None:
    """Segments answer as the rest of version 1 of the API does: sentences below `meta`, and no documents."""
    answer = Answer(400, {"meta": {"errors": ["the segment of ann@example.com is not manual"]}})
    first, second = refused(answer, 2)
    assert isinstance(first, Refused) and first == second
    assert first.code == "400" and "is not manual" in first.detail and "ann@" not in first.detail
