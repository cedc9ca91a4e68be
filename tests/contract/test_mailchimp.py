"""Mailchimp's audience through a real server that answers as it does: nobody is subscribed who left, part of a batch may fail, a first
load starts nothing. One file, for all of it is asked of one server."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
import requests
from any_rows import NOTHING_ABOUT_CONSENT, any_person
from api_kit import Served, serving
from delivery_kit import NOW, Waits
from hypothesis import given, settings
from mailchimp_server import KEY, LIST, Account, digest
from recorded import basic, recorded

from activations.destination import ReadsMembers, ReadsSuppressions, Request, Work
from activations.destinations import Mailchimp
from activations.destinations.mailchimp_rows import tag_of
from activations.model import Accepted, Rejected, Unknown, Unreachable
from activations.transport.conversation import Conversation
from activations.transport.pacing import Pacer

COLUMNS = pa.schema([("profile_id", pa.string()), ("email", pa.string()), ("orders_count", pa.int64()), ("city", pa.string())])
PUT_FIELDS = {"email_address", "status_if_new", "merge_fields"}


@pytest.fixture
def place() -> Iterator[tuple[Account, Served]]:
    account = Account()
    with serving(account.answer) as served:
        account.host = served.url
        yield account, served


def mailchimp(url: str, **changes: Any) -> Mailchimp:
    return Mailchimp(KEY, LIST, base_url=f"{url}/3.0", **changes)


def person(number: int, **changes: Any) -> dict[str, Any]:
    return {"profile_id": f"p{number}", "email": f"ann{number}@example.com", "orders_count": number, "city": "Köln"} | changes


def talk(destination: Mailchimp, work: Work, target: str, rows: list[dict[str, Any]], **more: Any) -> list[Any]:
    ability = destination.abilities[work]
    send = Conversation(
        lambda some: destination.send(Request(work, some, target, **more)), ability.is_repeatable, Waits().patience(), destination.poll
    )
    return send.settle([destination.encode(work, row) for row in rows])


def bodies(sent: list[requests.PreparedRequest]) -> list[dict[str, Any]]:
    """What was asked of contacts, directly and in batches."""
    found = []
    for request in sent:
        assert basic(request).endswith(f":{KEY}")
        body = json.loads(request.body or b"{}")
        found += [json.loads(each["body"]) for each in body["operations"]] if "operations" in body else [body]
    return found


@pytest.mark.parametrize("size", [4, 30])
@pytest.mark.parametrize("is_first_load", [True, False])
def test_an_audience(place: tuple[Account, Served], size: int, is_first_load: bool) -> None:
    account, destination = place[0], mailchimp(place[1].url, pacer=Pacer())
    account.hold("ann0@example.com", "unsubscribed")
    account.hold("ann1@example.com", "subscribed")
    rows = [person(number) for number in range(size)] + [
        person(90, email="fake@example.com"),
        person(91, email=None, phone="+491701234567"),
    ]
    with recorded(destination._http) as sent:
        assert destination.find("champions") is None and not account.segments, "who looks for a list makes none"
        target = destination.prepare("champions", COLUMNS)
        assert destination.prepare("champions", COLUMNS) == destination.find("champions") == target
        outcomes = talk(destination, Work.UPSERT, target, rows, is_first_load=is_first_load)
    assert outcomes[:size] == [Accepted()] * size and outcomes[-1] == Rejected("email_missing")
    assert isinstance(outcomes[size], Rejected) and (outcomes[size].code, outcomes[size].field) == ("invalid_address", "email_address")
    assert "fake@" not in outcomes[size].detail
    statuses = {contact["email_address"]: contact["status"] for contact in account.contacts.values()}
    assert (statuses["ann0@example.com"], statuses["ann1@example.com"], statuses["ann2@example.com"]) == (
        "unsubscribed",
        "subscribed",
        "transactional",
    )
    assert account.contacts[digest("ann3@example.com")]["merge_fields"] == {tag_of("orders_count"): 3, "CITY": "Köln"}
    assert len(account.segments[0]["members"]) == size and bool(account.batches) == (size > 10)
    assert bool(account.started) != is_first_load, "a first load starts no automation"
    assert all("status" not in body for body in bodies(sent)), "no request changes anybody's subscription"
    assert [entry["name"] for entry in account.fields] == ["First Name", "orders_count", "city"]
    assert isinstance(destination, ReadsMembers)
    members, following = destination.members(target, None)
    assert {member.address for member in members} == {row["email"] for row in rows[:size]} and following is None
    assert talk(destination, Work.REMOVE, target, [*rows[:3], person(77)]) == [Accepted()] * 4
    assert len(account.segments[0]["members"]) == size - 3 and len(account.contacts) == size, "off the segment, not out of the audience"


def test_a_segment_that_takes_only_some(place: tuple[Account, Served]) -> None:
    destination = mailchimp(place[1].url)
    target = destination.prepare("champions", COLUMNS)
    first, second = talk(destination, Work.UPSERT, target, [person(1), person(2, email="odd@example.com")])
    assert first == Accepted() and second == Rejected("not_in_the_audience", "o***@example.com could not be added")


@pytest.mark.parametrize("size", [2, 30])
def test_who_is_archived_stays_so(place: tuple[Account, Served], size: int) -> None:
    """A PUT without a status leaves an archived contact archived, and a segment passes over them without a word."""
    account, destination = place[0], mailchimp(place[1].url)
    account.hold("ann1@example.com", "archived")
    target = destination.prepare("champions", COLUMNS)
    outcomes = talk(destination, Work.UPSERT, target, [person(number) for number in range(size)])
    assert [type(outcome) for outcome in outcomes] == [Accepted, Rejected, *([Accepted] * (size - 2))] and outcomes[1].code == "archived"
    assert account.contacts[digest("ann1@example.com")]["status"] == "archived" and len(account.segments[0]["members"]) == size - 1


def test_lost_answers_are_asked_for_again(place: tuple[Account, Served]) -> None:
    (account, served), destination = place, mailchimp(place[1].url)
    target = destination.prepare("champions", COLUMNS)
    account.rounds = 3
    served.faults += ["drop", 429, None, 500, None, None, None, None, "cut"]
    assert talk(destination, Work.UPSERT, target, [person(number) for number in range(40)]) == [Accepted()] * 40
    assert len(account.contacts) == 40 and len(account.segments[0]["members"]) == 40


def test_events(place: tuple[Account, Served]) -> None:
    (account, served), destination = place, mailchimp(place[1].url)
    account.hold("ann1@example.com", "subscribed")
    happened = {
        "row_id": "e1",
        "event": "cart abandoned",
        "occurred_at": NOW,
        "profile_id": "p1",
        "email": "ann1@example.com",
        "phone": None,
    }
    assert talk(destination, Work.APPEND, "", [happened | {"value": Decimal("9.5")}], is_first_load=True) == [Accepted()]
    told = {"name": "cart_abandoned", "is_syncing": True, "occurred_at": NOW.isoformat(), "properties": {"value": "9.5", "row_id": "e1"}}
    assert account.events == [told]
    assert destination.prepare("abandoned", pa.schema([(name, pa.string()) for name in happened])) == "" and len(account.fields) == 1
    (outcome,) = talk(destination, Work.APPEND, "", [happened | {"email": "ann2@example.com"}])
    assert isinstance(outcome, Rejected) and outcome.code == "not_in_the_audience"
    served.faults += ["drop"]
    assert isinstance(talk(destination, Work.APPEND, "", [happened])[0], Unknown), "an event knows no repeats"


def test_whom_it_must_not_write_to(place: tuple[Account, Served]) -> None:
    (account, _), destination = place, mailchimp(place[1].url)
    for number in range(1_200):
        account.hold(f"gone{number}@example.com", "unsubscribed")
    account.hold("bounced@example.com", "cleaned", last_changed="2026-06-25T00:00:00+00:00")
    account.hold("ann@example.com", "subscribed")
    assert isinstance(destination, ReadsSuppressions)
    assert len(list(destination.suppressed(None))) == 1_202
    recent = [(entry.address, entry.reason) for entry in destination.suppressed(datetime(2026, 6, 15, tzinfo=UTC))]
    assert recent == [("bounced@example.com", "bounced"), ("angry@example.com", "complained")]


def test_the_key_says_where_and_is_not_shown() -> None:
    destination = Mailchimp(KEY, LIST)
    assert destination._http.base_url == "https://us6.api.mailchimp.com/3.0"
    assert "abcdef" not in repr(destination) + repr(vars(destination)) + repr(destination._http.session.auth)
    with pytest.raises(ValueError, match="data centre"):
        Mailchimp("key", LIST)
    with serving(Account().answer) as served:
        wrong = Mailchimp(KEY, "other", base_url=served.url)
        wrong._http.session.auth = None
        (outcome,) = talk(wrong, Work.REMOVE, "7", [person(1)])
    assert isinstance(outcome, Unreachable)


@settings(max_examples=25, deadline=None)
@given(anyone=any_person())
def test_any_row_is_a_contact_whose_subscription_stays_or_a_rejection(anyone: dict[str, Any]) -> None:
    account = Account()
    account.hold("ann@example.com", "unsubscribed")
    with serving(account.answer) as served:
        destination = mailchimp(served.url, status_if_new="subscribed")
        assert destination.encode(Work.UPSERT, anyone) == destination.encode(Work.UPSERT, anyone)
        with recorded(destination._http) as sent:
            target = destination.prepare("everyone", pa.schema([(name, pa.string()) for name in anyone]))
            outcomes = talk(destination, Work.UPSERT, target, [anyone]) + talk(destination, Work.REMOVE, target, [anyone])
            outcomes += talk(destination, Work.APPEND, "", [anyone | {"row_id": "e1", "event": "bought", "occurred_at": NOW}])
    assert all(isinstance(outcome, Accepted | Rejected) for outcome in outcomes), outcomes
    assert account.contacts[digest("ann@example.com")]["status"] == "unsubscribed"
    for body in bodies(sent):
        assert not (NOTHING_ABOUT_CONSENT - {"status_if_new"}) & set(body)
        assert "email_address" not in body or set(body) == PUT_FIELDS
    assert all(len(entry["tag"]) <= 10 and 0 < len(entry["name"]) <= 50 for entry in account.fields)
