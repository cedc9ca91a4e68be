"""Bodies as the vendors send them, and one documented sample and more of each."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from activations.webhooks.event import Event, Post, Unread
from activations.webhooks.registry import VENDORS

NOW = datetime(2026, 6, 30, 9, 0, tzinfo=UTC)
OURS = "5f0e7c1a2b3d4e5f60718293a4b5c6d7"
FORMS = {"twilio", "mailchimp", "mailchimp_transactional"}
AT = 1_767_225_600  # 2026-01-01T00:00:00Z


def post(vendor: str, payload: Any, query: str = "") -> Post:
    """The payload in the vendor's form: fields of a form where it sends one, else JSON."""
    if vendor == "mailchimp_transactional":
        payload = {"mandrill_events": json.dumps(payload)}
    if vendor in FORMS:
        return Post(urlencode(payload).encode(), "application/x-www-form-urlencoded; charset=utf-8", query, NOW)
    return Post(json.dumps(payload).encode(), "application/json", query, NOW)


def read(vendor: str, payload: Any, query: str = "") -> list[Event | Unread | None]:
    return VENDORS[vendor].events(post(vendor, payload, query))


def envelope(event: Any) -> dict[str, Any]:
    """An event of SES as SNS hands it on."""
    told = {"Type": "Notification", "MessageId": "8f6dee70", "TopicArn": "arn:aws:sns:us-east-1:1:feedback"}
    return told | {"Timestamp": "2016-10-14T17:38:15.211Z", "Message": json.dumps(event)}


def klaviyo(topic: str, **properties: Any) -> dict[str, Any]:
    """A system webhook with one event."""
    attributes = {"datetime": "2026-01-01 00:00:00+00:00", "timestamp": AT, "event_properties": properties}
    event = {"type": "event", "id": "4vRpBT", "attributes": attributes}
    person = {"type": "profile", "id": "01GD", "attributes": {"email": "ann@example.com", "phone_number": "+4915112345678"}}
    payload = {"data": event, "included": [person]}
    return {"data": [{"external_id": "4vRpBT", "topic": f"event:klaviyo.{topic}", "payload": payload}], "meta": {"version": "2026-07-15"}}


def customer_io(object_type: str, metric: str, **data: Any) -> dict[str, Any]:
    known = {"customer_id": "p1", "delivery_id": "RPIL", "trigger_event_id": "01BX5ZZKBKACTAV9WEVGEMMVRZ", "recipient": "ann@example.com"}
    head = {"event_id": "01E4C4CT6YDC7Y5M7FE1GWWPQJ", "object_type": object_type, "metric": metric, "timestamp": AT}
    return head | {"data": known | data}


def mailgun(event: str, **more: Any) -> dict[str, Any]:
    known = {"event": event, "id": "CPgfbmQMTCKtHW6uIWtuVe", "timestamp": AT + 0.25, "recipient": "ann@example.com"}
    known |= {"message": {"headers": {"message-id": f"{OURS}@shop.example"}}, "user-variables": {"message_key": "m-1"}}
    return {"signature": {"token": "t", "timestamp": str(AT), "signature": "s"}, "event-data": known | more}


def hubspot(name: str, value: Any) -> list[dict[str, Any]]:
    change = {"eventId": 100, "subscriptionId": 1, "portalId": 62515, "appId": 54321, "occurredAt": AT * 1000, "attemptNumber": 0}
    return [change | {"subscriptionType": "contact.propertyChange", "objectId": 123, "propertyName": name, "propertyValue": value}]


SAMPLES: dict[str, Any] = {
    "amazon_ses": envelope({"eventType": "Open", "mail": {"messageId": "7c19", "destination": ["ann@example.com"]}, "open": {}}),
    "brevo": {"event": "click", "email": "ann@example.com", "ts_epoch": AT * 1000, "message-id": "<1@x>", "link": "https://x.example/a?b"},
    "customer_io": customer_io("email", "clicked", href="https://x.example/a?who=ann"),
    "hubspot": hubspot("hs_email_optout", "true"),
    "klaviyo": klaviyo("clicked_email", message_key=OURS, URL="https://x.example/a?who=ann"),
    "mailchimp": {"type": "cleaned", "fired_at": "2026-01-01 00:00:00", "data[reason]": "hard", "data[email]": "ann@example.com"},
    "mailchimp_transactional": [
        {"event": "open", "_id": "abc", "ts": AT, "msg": {"email": "ann@example.com", "metadata": {"message_key": "m"}}}
    ],
    "mailersend": {
        "type": "activity.opened",
        "created_at": "2026-01-01T00:00:00Z",
        "data": {"id": "a", "recipient": "ann@example.com", "meta": []},
    },
    "mailgun": mailgun("failed", severity="permanent", reason="bounce", **{"delivery-status": {"code": 550, "message": "no such user"}}),
    "mailjet": [{"event": "bounce", "time": AT, "MessageID": 1, "email": "ann@example.com", "hard_bounce": True, "Payload": "{}"}],
    "mailtrap": {"events": [{"event": "bounce", "timestamp": AT, "message_id": "m", "email": "ann@example.com", "event_id": "e"}]},
    "postal": {
        "event": "MessageSent",
        "timestamp": AT,
        "uuid": "u",
        "payload": {"message": {"message_id": f"{OURS}@x", "to": "ann@example.com"}},
    },
    "postmark": {
        "RecordType": "Bounce",
        "ID": 4,
        "Type": "HardBounce",
        "MessageID": "m",
        "Email": "ann@example.com",
        "BouncedAt": "2026-01-01T00:00:00Z",
    },
    "resend": {
        "type": "email.bounced",
        "created_at": "2026-01-01T00:00:00Z",
        "data": {"email_id": "e", "to": ["ann@example.com"], "bounce": {"type": "Permanent"}},
    },
    "sendgrid": [
        {
            "event": "bounce",
            "type": "blocked",
            "email": "ann@example.com",
            "timestamp": AT,
            "sg_event_id": "e",
            "sg_message_id": "x.filter1",
            "message_key": OURS,
        }
    ],
    "sparkpost": [
        {
            "msys": {
                "message_event": {
                    "type": "bounce",
                    "bounce_class": "10",
                    "event_id": "9",
                    "rcpt_to": "ann@example.com",
                    "timestamp": str(AT),
                }
            }
        }
    ],
    "twilio": {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30005", "To": "+4915112345678", "From": "+1"},
    "unisender_go": {
        "events_by_user": [
            {
                "events": [
                    {
                        "event_name": "transactional_email_status",
                        "event_data": {"status": "opened", "email": "ann@example.com", "event_time": "2026-01-01 00:00:00"},
                    }
                ]
            }
        ]
    },
}
"""One of each vendor, by its documentation."""
