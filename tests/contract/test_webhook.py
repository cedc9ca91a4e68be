"""Signed webhooks to a real server: signed as the standard has it, the same when they come again, in doubt only where they are."""

import base64
import hashlib
import hmac
from typing import Any

import pytest
from any_rows import NOTHING_ABOUT_CONSENT, any_message, any_person
from api_kit import Asked, Reply, Served, serving
from delivery_kit import NOW, clock, message
from hypothesis import given, settings

from activations.destination import Request, Work
from activations.destinations import Webhook
from activations.ledger import Ledger
from activations.messages.engine import deliver
from activations.model import Accepted, Deferred, Refused, Rejected, Throttled, Unknown, Unreachable

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdefghijklmn").decode()


def receiver(asked: Asked) -> Reply:
    """Checks as a receiver would."""
    headers = {name.lower(): value for name, value in asked.headers.items()}
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + asked.raw
    signed = base64.b64encode(hmac.new(b"0123456789abcdefghijklmn", content, hashlib.sha256).digest()).decode()
    if headers["webhook-signature"] != f"v1,{signed}" or int(headers["webhook-timestamp"]) != int(NOW.timestamp()):
        return Reply({"error": "bad signature"}, 401)
    errors = [
        {"id": row["id"], "code": "unknown_person", "detail": f"{row.get('email')} is nobody"}
        for row in asked.body["rows"]
        if row["id"] == "bad"
    ]
    return Reply({"errors": errors}) if errors else Reply(b"Accepted", headers={"Content-Type": "text/plain"})


def webhook(served: Served, **changes: Any) -> Webhook:
    return Webhook(f"{served.url}/hooks/catch/secret-path?zone=1", SECRET, clock=clock, **changes)


def send(destination: Webhook, work: Work, *rows: Any, **more: Any) -> list[Any]:
    return destination.send(Request(work, [destination.encode(work, row) for row in rows], **more))


def test_what_arrives() -> None:
    person = {"profile_id": "p1", "email": "ann@example.com", "phone": None, "first_name": "Änn", "last_name": None, "status": "subscribed"}
    happened = {"row_id": "e1", "event": "bought", "occurred_at": NOW, "profile_id": "p1", "email": None, "phone": None, "value": 9.5}
    with serving(receiver) as served:
        destination = webhook(served)
        target = destination.prepare("champions", None)  # type: ignore[arg-type]
        assert send(destination, Work.UPSERT, person, target=target, is_first_load=True) == [Accepted()]
        assert send(destination, Work.APPEND, happened) == [Accepted()]
        assert send(destination, Work.REMOVE, person, person | {"profile_id": "bad"}, target=target) == [
            Accepted(),
            Rejected("unknown_person", "a***@example.com is nobody"),
        ]
        report = deliver([message(1, "webhook")], {"webhook": destination}, Ledger("sqlite://"), clock)
    assert report.accepted == 1
    upsert, append, _, sent = (asked.body for asked in served.asked)
    assert (upsert["type"], upsert["audience"], upsert["is_first_load"]) == ("upsert", "champions", True)
    assert upsert["rows"][0]["properties"] == {"status": "subscribed"} and "status" not in upsert["rows"][0]
    del happened["value"]
    assert append["rows"] == [happened | {"id": "e1", "occurred_at": NOW.isoformat(), "properties": {"value": 9.5}}]
    assert (sent["type"], sent["rows"][0]["id"], sent["rows"][0]["body"]) == ("message", "webhook-0001", "Hello 1")
    assert served.asked[0].path == "/hooks/catch/secret-path" and served.asked[0].params == {"zone": "1"}


def test_the_same_rows_have_the_same_id_and_an_answer_may_be_lost() -> None:
    with serving(receiver) as served:
        destination = webhook(served)
        served.faults += ["drop", None, 429, Reply({"error": "no"}, 410), Reply({"error": "no"}, 422)]
        outcomes = [send(destination, Work.MESSAGE, message(1))[0] for _ in range(5)]
    assert [type(outcome) for outcome in outcomes] == [Unknown, Accepted, Throttled, Unreachable, Refused]
    assert len({asked.headers["webhook-id"] for asked in served.asked}) == 1
    assert not webhook(served).abilities[Work.MESSAGE].is_repeatable and webhook(served).abilities[Work.UPSERT].is_repeatable
    assert webhook(served, is_repeatable=True).abilities[Work.APPEND].is_repeatable


def test_a_full_queue_costs_no_message() -> None:
    """Make says so by 400 and plain text; of several rows each is tried alone, and none is given up."""
    with serving(receiver) as served:
        destination = webhook(served)
        served.faults += [Reply(b"Queue is full.", 400)] * 3
        several = send(destination, Work.MESSAGE, message(1), message(2))
        alone = [send(destination, Work.MESSAGE, message(number))[0] for number in (1, 2)]
        assert send(destination, Work.MESSAGE, message(1), message(2)) == [Accepted()] * 2
    assert several == [Refused("400")] * 2 and alone == [Deferred("the receiver answered 400 and did not say why")] * 2


def test_neither_secret_nor_address_is_shown() -> None:
    with serving(receiver) as served:
        destination = Webhook(f"{served.url}/hooks/secret-path", "another secret of ours", clock=clock)
        (outcome,) = send(destination, Work.MESSAGE, message(1))
        shown = repr(destination) + repr(vars(destination)) + repr(outcome)
    assert isinstance(outcome, Unreachable) and "secret-path" not in shown and "another" not in shown
    for url, secret in (("https://host", "short"), ("host/path", SECRET), ("https://host", "whsec_not base 64 at all")):
        with pytest.raises(ValueError, match=r"secret|address"):
            Webhook(url, secret, clock=clock)


@settings(max_examples=40, deadline=None)
@given(text=any_message(), person=any_person())
def test_any_row_arrives_and_no_column_passes_for_a_consent(text: dict[str, Any], person: dict[str, Any]) -> None:
    with serving(receiver) as served:
        destination = webhook(served)
        for work, row in ((Work.MESSAGE, message(1, **text)), (Work.UPSERT, person), (Work.REMOVE, person)):
            assert destination.encode(work, row) == destination.encode(work, row)
            assert send(destination, work, row) == [Accepted()]
    for asked in served.asked:
        assert not NOTHING_ABOUT_CONSENT & set(asked.body["rows"][0])
