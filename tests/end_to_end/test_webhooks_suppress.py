"""A bounce, a complaint, an unsubscribe and a STOP come in over HTTP: with the next landing and build nobody writes to these people.
What is forged, and what may pass, suppresses nobody."""

import json
import time
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import webhook_kit
from warehouse_kit import Warehouse, md5, moment
from webhook_kit import SENDGRID_KEY, public_text
from webhook_receiver import event, receiving

from activations.webhooks.registry import VENDORS
from orchestration.landing import land_webhooks
from orchestration.sources import crm, ledger
from orchestration.sources.engagement import WEBHOOK_EVENTS

pytestmark = pytest.mark.slow
NOW = moment(2026, 6, 30, 9)
LONG_AGO = NOW - timedelta(days=90)
SID = "SM" + "0" * 32


def person(number: int) -> str:
    return "p_" + md5(f"crm_id:c{number}")[:20]


def a_shop(warehouse: Warehouse) -> None:
    """Eight people who agreed to everything; number 3 and 7 were sent a message."""
    people = range(8)
    warehouse.land(
        crm.CONTACTS,
        [
            {
                "contact_id": f"c{n}",
                "email": f"ann{n}@example.com",
                "phone": f"+4915100000{n:03}",
                "created_at": LONG_AGO,
                "updated_at": LONG_AGO,
            }
            for n in people
        ],
        LONG_AGO,
    )
    said: dict[str, Any] = {"purpose": "marketing", "status": "granted", "recorded_at": LONG_AGO, "updated_at": LONG_AGO}
    consents = [{"consent_id": f"{n}{c}", "contact_id": f"c{n}", "channel": c, **said} for n in people for c in ("email", "sms")]
    warehouse.land(crm.CONSENTS, consents, LONG_AGO)
    sent = {"campaign": "welcome", "status": "accepted", "attempts": 1, "claimed_at": NOW - timedelta(hours=3), "updated_at": NOW}
    mail = {**sent, "message_id": "m3", "profile_id": person(3), "channel": "email", "destination": "sendgrid", "provider_ref": "ref3"}
    text = {
        **sent,
        "message_id": "m7",
        "profile_id": person(7),
        "channel": "sms",
        "destination": "twilio",
        "provider_ref": SID,
    }
    warehouse.land(ledger.DELIVERIES, [mail, text], NOW)


def test_what_providers_tell_keeps_from_writing_with_the_next_build(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "warehouse")
    a_shop(warehouse)
    at = int((NOW - timedelta(hours=1) - moment(1970, 1, 1)).total_seconds())
    told = [
        event(0, timestamp=at),
        event(1, timestamp=at, event="spamreport", message_key=None),
        event(2, timestamp=at, event="unsubscribe", message_key=None, email=" ANN2@Example.com"),
        event(3, timestamp=at, event="bounce", message_key=None, sg_message_id="ref3.recvd-0", email="relay@example.net"),
        event(4, timestamp=at, type="blocked"),
        event(4, timestamp=at, event="deferred", sg_event_id="e40"),
    ]
    with receiving(tmp_path / "collected", {"sendgrid": public_text(SENDGRID_KEY)}, tokens={"twilio": "token"}) as receiver:
        for _ in range(2):
            assert receiver.sendgrid(*reversed(told)).status_code == 200
        forged, headers = webhook_kit.sendgrid("", time.time(), "", json.dumps([event(5, event="unsubscribe", timestamp=at)]).encode())
        assert receiver.post("sendgrid", forged + b" ", headers).status_code == 401
        assert receiver.sendgrid(event(6, event="unsubscribe", timestamp=at), seconds=-3_600).status_code == 401
        form = {
            "MessageSid": SID,
            "SmsSid": SID,
            "MessageStatus": "undelivered",
            "ErrorCode": "21610",
            "To": "+4915100000007",
            "AccountSid": "AC1",
        }
        url = f"{receiver.url}/webhooks/twilio"
        body, headers = webhook_kit.twilio("token", 0, url, urlencode(form).encode())
        assert receiver.post("twilio", body, headers).status_code == 200
    landed = land_webhooks(receiver.spool, VENDORS, warehouse.landing, NOW.replace(tzinfo=UTC))
    assert (landed.rows, dict(landed.quarantined)) == (7, {})
    warehouse.build(NOW, "*", only="seed")
    warehouse.build(NOW, "+profiles", only="run")
    rows = {row["profile_id"]: row for row in warehouse.rows("from profiles.profiles")}
    email = [rows[person(number)]["is_email_suppressed"] for number in range(8)]
    assert email == [True, True, True, True, False, False, False, False]
    assert [rows[person(number)]["is_email_reachable"] for number in range(8)] == [not one for one in email]
    assert [rows[person(number)]["is_sms_suppressed"] for number in range(8)] == [False] * 7 + [True]
    assert warehouse.landing.count(WEBHOOK_EVENTS) == 7
