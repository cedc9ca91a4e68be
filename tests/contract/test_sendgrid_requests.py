"""Every request to SendGrid, sent for real to a server that answers as it does, is one that its specification allows; and no row makes
one that lifts a suppression. One file, for all of it is asked of one server.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
import requests
from any_rows import any_message, any_person
from api_kit import Served, serving
from delivery_kit import Waits, clock, message
from hypothesis import given, settings
from recorded import judge, recorded
from sendgrid_server import KEY, Account

from activations.destination import ReadsSuppressions, Request, Suppression, Work
from activations.destinations import SendGrid
from activations.ledger import Ledger
from activations.messages.engine import deliver
from activations.model import Accepted, Rejected, Unknown, Unreachable
from activations.transport.conversation import Conversation
from activations.transport.pacing import Pacer

SLICES = {"/v3/mail/send": "sendgrid_mail", "/v3/marketing/contacts": "sendgrid_contacts", "/v3/marketing/lists": "sendgrid_lists"}
SLICES |= {"/v3/suppression/unsubscribes": "sendgrid_supp"}
COLUMNS = pa.schema([("profile_id", pa.string()), ("email", pa.string()), ("orders_count", pa.int64()), ("since", pa.date32())])


@pytest.fixture
def account() -> Iterator[tuple[Account, Served]]:
    account = Account(bad={"bad@example.com"})
    with serving(account.answer) as served:
        account.host = served.url
        yield account, served


def sendgrid(url: str, **settings: Any) -> SendGrid:
    return SendGrid(KEY, sender="Shop <shop@example.com>", base_url=url, **settings)


def check(requests_made: list[requests.PreparedRequest]) -> set[str]:
    """Judges all that the slices of the specification know, and returns which endpoints they were for."""
    for request in requests_made:
        path = request.path_url.partition("?")[0]
        assert request.headers["Authorization"] == f"Bearer {KEY}"
        if found := next((slice_ for start, slice_ in SLICES.items() if path.startswith(start)), None):
            judge(found, "https://api.sendgrid.com", request)
    return {f"{request.method} {request.path_url.partition('?')[0]}" for request in requests_made}


def upsert(destination: SendGrid, target: str, rows: list[dict[str, Any]], work: Work = Work.UPSERT) -> list[Any]:
    encoded = [destination.encode(work, row) for row in rows]
    talk = Conversation(lambda some: destination.send(Request(work, some, target)), True, Waits().patience(), destination.poll)
    return talk.settle(encoded)


@pytest.mark.parametrize("errors_file", ["csv", "json", "nothing"])
def test_an_audience(account: tuple[Account, Served], errors_file: str) -> None:
    held, destination = account[0], sendgrid(account[1].url, pacer=Pacer())
    held.errors_file = errors_file
    held.lists += [{"id": f"00000000-0000-0000-0000-00000000000{number}", "name": f"other {number}"} for number in range(3)]
    rows: list[dict[str, Any]] = [
        {"profile_id": "p1", "email": "Ann@example.com", "first_name": "Ä" * 80, "orders_count": 3, "since": date(2026, 1, 2)},
        {"profile_id": "p2", "email": "bad@example.com", "orders_count": 1, "since": None},
        {"profile_id": "p3", "email": None, "phone": "+491701234567", "orders_count": None, "since": None},
        {"profile_id": "p4", "email": "no address", "phone": "+491701234567", "orders_count": None, "since": None},
    ]
    with recorded(destination._http) as sent:
        target = destination.prepare("champions", COLUMNS)
        assert destination.prepare("champions", COLUMNS) == target
        first, second, third, fourth = upsert(destination, target, rows)
        assert (first, third, fourth) == (Accepted(), Accepted(), Rejected("invalid_address"))
        assert isinstance(second, Rejected) and "bad@" not in second.detail
        assert upsert(destination, target, [rows[0], {"email": "nobody@example.com"}], Work.REMOVE) == [Accepted()] * 2
        assert upsert(destination, target, [{"email": "nobody@example.com"}], Work.REMOVE) == [Accepted()]
    endpoints = check(sent)
    assert f"DELETE /v3/marketing/lists/{target}/contacts" in endpoints and "PUT /v3/marketing/contacts" in endpoints
    assert [entry["name"] for entry in held.fields] == ["Orders_Count", "since"], "names differ by more than their case"
    contact = held.contacts["ann@example.com"]
    assert (contact["custom_fields"], len(contact["first_name"])) == ({"e9_N": 3, "e1_D": "2026-01-02T00:00:00Z"}, 50)
    assert contact["list_ids"] == [] and held.contacts["+491701234567"]["list_ids"] == [target]


def test_messages(account: tuple[Account, Served]) -> None:
    held, destination = account[0], sendgrid(account[1].url, unsubscribe_group=7)
    messages = [message(1, "sendgrid", html_body="<p>Hi</p>", subject="Dein\nKorb – noch da"), message(2, "sendgrid", subject=None)]
    messages += [message(3, "sendgrid", address="bad@example.com"), message(4, "sendgrid", purpose="service")]
    ledger = Ledger("sqlite://")
    with recorded(destination._http) as sent:
        report = deliver(messages, {"sendgrid": destination}, ledger, clock, patience=Waits().patience())
    assert check(sent) == {"POST /v3/mail/send"}
    assert (report.accepted, dict(report.destinations["sendgrid"].rejected)) == (2, {"subject_missing": 1, "invalid_address": 1})
    mail = next(mail for mail in held.mails if mail["personalizations"][0]["custom_args"]["message_key"] == "sendgrid-0001")
    assert (mail["subject"], mail["asm"], [part["type"] for part in mail["content"]]) == (
        "Dein Korb – noch da",
        {"group_id": 7},
        ["text/plain", "text/html"],
    )
    assert destination.send(Request(Work.MESSAGE, [destination.encode(Work.MESSAGE, message(9))])) == [Accepted("mid-3")]


def test_a_message_whose_answer_is_lost_is_not_repeated(account: tuple[Account, Served]) -> None:
    served, destination = account[1], sendgrid(account[1].url)
    served.faults += ["drop", 429, None]
    encoded = [destination.encode(Work.MESSAGE, message(1))]
    assert not destination.abilities[Work.MESSAGE].is_repeatable
    assert isinstance(destination.send(Request(Work.MESSAGE, encoded))[0], Unknown)
    talk = Conversation(lambda rows: destination.send(Request(Work.MESSAGE, rows)), False, Waits().patience())
    assert talk.settle(encoded) == [Accepted("mid-2")], "429 was surely not applied"
    assert len(account[0].mails) == 2, "the first was taken, and only its answer lost"


def test_whom_it_must_not_write_to(account: tuple[Account, Served]) -> None:
    held, destination = account[0], sendgrid(account[1].url, unsubscribe_group=7)
    held.suppressions["unsubscribes"] = [{"email": f"u{number}@example.com", "created": 1_000 + number} for number in range(700)]
    held.suppressions["spam_reports"] = [{"email": "spam@example.com", "created": 2_000}]
    assert isinstance(destination, ReadsSuppressions)
    with recorded(destination._http) as sent:
        found = list(destination.suppressed(None))
        recent = list(destination.suppressed(datetime.fromtimestamp(1_699, UTC)))
    check(sent)
    assert len(found) == 702 and found[-1] == Suppression("group@example.com", "email", "unsubscribed", None)
    assert [(entry.address, entry.reason) for entry in recent[:2]] == [
        ("u699@example.com", "unsubscribed"),
        ("spam@example.com", "complained"),
    ]


def test_a_wrong_key_or_sender_is_no_rows_fault_and_is_not_shown(account: tuple[Account, Served]) -> None:
    destination = SendGrid("SG.wrong_secret", base_url=account[1].url)
    encoded = [destination.encode(Work.MESSAGE, message(1))]
    (outcome,) = destination.send(Request(Work.MESSAGE, encoded))
    assert isinstance(outcome, Unreachable) and "sender" in outcome.detail
    with pytest.raises(Exception, match="check the credentials"):
        destination.prepare("champions", COLUMNS)
    assert "wrong_secret" not in repr(destination) + repr(vars(destination)) + repr(outcome)
    assert set(SendGrid("k", base_url="https://api.eu.sendgrid.com").abilities) == {Work.MESSAGE}


@settings(max_examples=25, deadline=None)
@given(person=any_person(), text=any_message())
def test_any_row_is_a_valid_request_or_a_rejection(person: dict[str, Any], text: dict[str, Any]) -> None:
    account = Account()
    with serving(account.answer) as served:
        destination = sendgrid(served.url, unsubscribe_group=7)
        columns = pa.schema([(name, pa.string()) for name in person])
        with recorded(destination._http) as sent:
            target = destination.prepare("everyone", columns)
            outcomes = upsert(destination, target, [person]) + upsert(destination, target, [person], Work.REMOVE)
            mail = destination.encode(Work.MESSAGE, message(1, **text))
            outcomes += Conversation(lambda rows: destination.send(Request(Work.MESSAGE, rows)), False, Waits().patience()).settle([mail])
    assert mail == destination.encode(Work.MESSAGE, message(1, **text))
    assert all(isinstance(outcome, Accepted | Rejected) for outcome in outcomes), outcomes
    for endpoint in check(sent):
        assert endpoint.split()[0] != "DELETE" or endpoint.endswith("/contacts"), "suppressions are lifted by DELETE"
        assert not endpoint.startswith("POST /v3/asm")
    for request in sent:
        body = json.loads(request.body or b"{}")
        parts = {"list_ids", "contacts", "emails", "phone_number_id", "name", "field_type"}  # nothing to pass a suppression by
        assert set(body) <= parts | {"personalizations", "from", "subject", "content", "categories", "asm"}
        for contact in body.get("contacts", []):
            assert set(contact) <= {"email", "phone_number_id", "first_name", "last_name", "custom_fields"}
