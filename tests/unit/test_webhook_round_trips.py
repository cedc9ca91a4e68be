"""What a destination writes into a message to know it by is what its vendor's webhook is read by; and nothing of it names a person."""

import json
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from activations.destination import Work
from activations.destinations import Brevo, CustomerIo, Klaviyo, SendGrid, Twilio
from activations.destinations.mailchimp_transactional import MailchimpTransactional
from activations.destinations.smtp_answers import queue_id
from activations.destinations.smtp_message import written
from activations.model import Message
from activations.webhooks.event import Event
from tests.unit.webhook_words_kit import AT, OURS, SAMPLES, customer_io, klaviyo, read


def message(**more: str) -> Message:
    texts: dict[str, Any] = {"campaign": "spring", "profile_id": "p1", "channel": "email", "destination": "x", "address": "ann@example.com"}
    texts |= {"message": "spring", "purpose": "marketing", "subject": "Hi", "body": "Hi Ann", "first_name": "Ann", "occasion": "1"}
    return Message(message_id=OURS, occurred_at=datetime(2026, 1, 1, tzinfo=UTC), **texts | more)


def one(vendor: str, payload: Any, query: str = "") -> Event:
    (event,) = read(vendor, payload, query)
    assert isinstance(event, Event)
    return event


def test_ids_that_are_put_into_messages_come_back() -> None:
    mail = json.loads(SendGrid("k", sender="shop@example.com").encode(Work.MESSAGE, message()))
    args = mail["personalizations"][0]["custom_args"]
    assert one("sendgrid", [{"event": "open", "timestamp": AT, "email": "ann@example.com", **args}]).message_id == OURS
    body = json.loads(MailchimpTransactional("k", sender="shop@example.com").encode(Work.MESSAGE, message()))
    assert one("mailchimp_transactional", [{"event": "open", "ts": AT, "msg": body["message"]}]).message_id == OURS
    brevo = Brevo("k", sender="shop@example.com", sms_sender="Shop")
    body = json.loads(brevo.encode(Work.MESSAGE, message()))
    told = {"event": "opened", "ts_epoch": AT, "email": "ann@example.com"}
    assert one("brevo", told | {"tags": body["tags"]}).message_id == OURS
    assert one("brevo", told | {"X-Mailin-custom": body["headers"]["X-Mailin-custom"]}).message_id == OURS
    body = json.loads(brevo.encode(Work.MESSAGE, message(channel="sms", address="+4915112345678")))
    assert one("brevo", {"msg_status": "sent", "to": "4915112345678", "tag": body["tag"]}).message_id == OURS
    (event,) = json.loads(Klaviyo("k").encode(Work.MESSAGE, message()))["attributes"]["events"]["data"]
    assert one("klaviyo", klaviyo("opened_email", **event["attributes"]["properties"])).message_id == OURS
    row = json.loads(CustomerIo("s", "k").encode(Work.MESSAGE, message()))
    assert one("customer_io", customer_io("email", "opened", trigger_event_id=row["id"])).provider_ref == row["id"]
    twilio = Twilio("AC1", "t", from_number="+1500", status_callback="https://shop.example/webhooks/twilio")
    form = parse_qs(twilio.encode(Work.MESSAGE, message(channel="sms", address="+4915112345678")).decode())
    assert one("twilio", SAMPLES["twilio"], urlsplit(form["StatusCallback"][0]).query).message_id == OURS


@pytest.mark.parametrize(
    ("host", "vendor", "header", "told"),
    [
        (
            "smtp.postmarkapp.com",
            "postmark",
            "X-PM-Metadata-message_key",
            lambda value: SAMPLES["postmark"] | {"Metadata": {"message_key": value}},
        ),
        ("smtp.sparkpostmail.com", "sparkpost", "X-MSYS-API", lambda value: _sparkpost(json.loads(value)["metadata"])),
        ("in-v3.mailjet.com", "mailjet", "X-MJ-CustomID", lambda value: SAMPLES["mailjet"][0] | {"CustomID": value}),
        ("live.smtp.mailtrap.io", "mailtrap", "X-MT-Custom-Variables", lambda value: _mailtrap(json.loads(value))),
        ("smtp.sendgrid.net", "sendgrid", "X-SMTPAPI", lambda value: [SAMPLES["sendgrid"][0] | json.loads(value)["unique_args"]]),
        ("smtp.mailgun.org", "mailgun", "X-Mailgun-Variables", lambda value: _mailgun(json.loads(value))),
        ("smtp-relay.brevo.com", "brevo", "X-Mailin-custom", lambda value: SAMPLES["brevo"] | {"X-Mailin-custom": value}),
        ("email-smtp.eu-west-1.amazonaws.com", "amazon_ses", "X-SES-MESSAGE-TAGS", lambda value: _ses(*value.split("="))),
    ],
)
def test_a_mail_by_smtp_is_known_again(host: str, vendor: str, header: str, told: Any) -> None:
    address, _, text = written(message(), "shop@example.com", "", False, host).partition(b"\n")
    mail = message_from_bytes(text)
    assert one(vendor, told(mail[header])).message_id == OURS
    assert b"ann@example.com" in address and mail[header].count("ann") == 0


def test_another_server_is_told_nothing_beside_the_message_id() -> None:
    strange = written(message(), "shop@example.com", "", False, "mail.postmarkapp.com.example").partition(b"\n")[2]
    assert not [name for name, _ in message_from_bytes(strange).items() if name.startswith("X-")]
    mail = message_from_bytes(written(message(), "shop@example.com", "", False, "mail.example.com").partition(b"\n")[2])
    event = one(
        "postal", {"event": "MessageSent", "timestamp": AT, "uuid": "u", "payload": {"message": {"message_id": mail["Message-ID"]}}}
    )
    assert event.message_id == OURS


def test_what_a_server_calls_a_mail() -> None:
    assert (
        queue_id(b"Ok 0100018d2c3b4a5f-5f1c2d3e-1111-2222-3333-444455556666-000000")
        == "0100018d2c3b4a5f-5f1c2d3e-1111-2222-3333-444455556666-000000"
    )
    assert queue_id(b"2.0.0 Ok: queued as ABC123") == "ABC123"
    assert queue_id(b"Ok accepted for delivery") is None


def _sparkpost(metadata: Any) -> Any:
    (record,) = SAMPLES["sparkpost"]
    return [{"msys": {"message_event": record["msys"]["message_event"] | {"rcpt_meta": metadata}}}]


def _mailtrap(variables: Any) -> Any:
    return {"events": [SAMPLES["mailtrap"]["events"][0] | {"custom_variables": variables}]}


def _mailgun(variables: Any) -> Any:
    return {"event-data": SAMPLES["mailgun"]["event-data"] | {"user-variables": variables, "message": {}}}


def _ses(name: str, value: str) -> Any:
    mail = {"messageId": "7c19", "destination": ["ann@example.com"], "tags": {name: [value]}, "timestamp": "2026-01-01T00:00:00Z"}
    return {"eventType": "Open", "mail": mail, "open": {}}
