"""Messages through Mailchimp Transactional: 200 is no success, errors have names, and the key is in the body alone."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from any_rows import any_message
from api_kit import Asked, Reply, Served, serving
from delivery_kit import Waits, clock, message
from hypothesis import given, settings

from activations.destination import ReadsSuppressions, Request, Work
from activations.destinations import MailchimpTransactional
from activations.ledger import Ledger
from activations.messages.engine import deliver
from activations.model import Accepted, Rejected, Throttled, Unknown, Unreachable

KEY = "md-very_secret"
#: The fields of a message by mailchimp.com/developer/transactional/api/messages/send-new-message that are used here.
FIELDS = {"to", "subject", "text", "html", "from_email", "from_name", "subaccount", "metadata", "tags"}


def answer(asked: Asked) -> Reply:
    if asked.body["key"] != KEY:
        return Reply({"status": "error", "code": -1, "name": "Invalid_Key", "message": "Invalid API key"}, 500)
    if asked.path.endswith("/rejects/list"):
        listed = [("gone@example.com", "unsub", "2026-06-01 10:00:00"), ("bad@example.com", "hard-bounce", "2026-06-20 10:00:00")]
        return Reply([{"email": email, "reason": reason, "created_at": at, "expired": False} for email, reason, at in listed])
    to = asked.body["message"]["to"][0]["email"]
    status, _, reason = to.partition("@")[0].partition("+")
    known = status in ("rejected", "invalid", "queued", "odd")
    return Reply([{"email": to, "status": status if known else "sent", "reject_reason": reason or None, "_id": "id-1"}])


def send(served: Served, *addresses: str, key: str = KEY) -> list[Any]:
    destination = MailchimpTransactional(key, sender="Shop <shop@example.com>", base_url=f"{served.url}/api/1.0")
    rows = [destination.encode(Work.MESSAGE, message(number, address=address)) for number, address in enumerate(addresses)]
    return [outcome for row in rows for outcome in destination.send(Request(Work.MESSAGE, [row]))]


def test_a_success_says_what_became_of_the_recipient() -> None:
    with serving(answer) as served:
        sent, queued, left, bounced, invalid, unsigned, odd = send(
            served,
            "ann@example.com",
            "queued@example.com",
            "rejected+unsub@example.com",
            "rejected+hard-bounce@example.com",
            "invalid@example.com",
            "rejected+unsigned@example.com",
            "odd@example.com",
        )
    assert (sent, queued) == (Accepted("id-1"), Accepted("id-1"))
    assert (left, bounced) == (Rejected("opted_out", "rejected unsub"), Rejected("bounced", "rejected hard-bounce"))
    assert invalid == Rejected("invalid_address", "invalid") and isinstance(unsigned, Unreachable) and isinstance(odd, Unknown)
    body = served.asked[0].body
    assert served.asked[0].path == "/api/1.0/messages/send" and set(body) == {"key", "message", "async"}
    assert body["message"]["metadata"] == {"message_key": "mail-0000", "campaign": "cart_abandoned"}
    assert body["message"]["to"] == [{"email": "ann@example.com", "type": "to"}]


@pytest.mark.parametrize(
    ("status", "name", "kind"),
    [
        (500, "Invalid_Key", Unreachable),
        (500, "PaymentRequired", Unreachable),
        (500, "Unknown_Subaccount", Unreachable),
        (500, "ServiceUnavailable", Throttled),
        (500, "GeneralError", Unknown),
        (500, "ValidationError", Rejected),
        (422, "ValidationError", Rejected),
        (401, "Invalid_Key", Unreachable),
    ],
)
def test_errors_have_names(status: int, name: str, kind: type) -> None:
    with serving(answer) as served:
        served.faults += [Reply({"status": "error", "code": -1, "name": name, "message": "to ann@example.com"}, status)]
        (outcome,) = send(served, "ann@example.com")
    assert isinstance(outcome, kind) and "ann@" not in str(outcome)


def test_a_lost_answer_is_held_and_the_key_is_not_shown() -> None:
    with serving(answer) as served:
        served.faults += ["drop"]
        destination = MailchimpTransactional(KEY, sender="shop@example.com", base_url=served.url)
        ledger = Ledger("sqlite://")
        messages = [message(number, "mailchimp_transactional") for number in range(3)]
        report = deliver(messages, {"mailchimp_transactional": destination}, ledger, clock, patience=Waits().patience())
        assert (report.accepted, report.unknown) == (2, 1)
        wrong = send(served, "ann@example.com", key="md-wrong_secret")
    assert len(served.asked) == 4 and isinstance(wrong[0], Unreachable)
    assert "secret" not in repr(destination) + repr(vars(destination)) + repr(wrong)


def test_whom_it_must_not_write_to() -> None:
    with serving(answer) as served:
        destination = MailchimpTransactional(KEY, sender="shop@example.com", base_url=served.url)
        assert isinstance(destination, ReadsSuppressions)
        found = [(entry.address, entry.reason) for entry in destination.suppressed(datetime(2026, 6, 10, tzinfo=UTC))]
    assert found == [("bad@example.com", "bounced")]


@settings(max_examples=60, deadline=None)
@given(any_message())
def test_any_message_is_for_one_recipient_or_rejected(text: dict[str, Any]) -> None:
    destination = MailchimpTransactional(KEY, sender="shop@example.com")
    encoded = destination.encode(Work.MESSAGE, message(1, **text))
    assert encoded == destination.encode(Work.MESSAGE, message(1, **text)) and KEY.encode() not in encoded
    if encoded.startswith(b"!"):
        assert destination.send(Request(Work.MESSAGE, [encoded])) == [Rejected(encoded[1:].decode())]
        return
    sent = json.loads(encoded)["message"]
    assert set(sent) <= FIELDS and len(sent["to"]) == 1 and sent["subject"] and "\n" not in sent["subject"]
    assert len(sent["tags"][0]) <= 50
