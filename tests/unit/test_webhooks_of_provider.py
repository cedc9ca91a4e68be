"""The pretend provider as the sender: its signed calls, twice and in disorder, come in once each and land."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import requests
from landing_kit import landed
from provider_kit import Klaviyo, SendGrid, bulk, send_sms, set_clock
from webhook_receiver import receiving

from activations.webhooks.registry import VENDORS
from demo.provider.options import Options
from demo.provider.server import running
from orchestration.landing import QUARANTINE, Landing, land_webhooks
from orchestration.resources import moment
from orchestration.sources.engagement import WEBHOOK_EVENTS


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)


def test_what_a_provider_tells_twice_and_in_disorder_lands_once(tmp_path: Path) -> None:
    world = tmp_path / "world"
    world.mkdir()
    set_clock(world)
    with running(world) as provider:
        key = SendGrid(provider.url)("GET", "user/webhooks/event/settings/signed").json()["public_key"]
    with receiving(tmp_path / "collected", {"sendgrid": key}, tokens={"twilio": "token"}) as receiver:
        options = Options(settle_seconds=0, twilio_token="token", sendgrid_webhook=f"{receiver.url}/webhooks/sendgrid")
        with running(world, options=options) as provider:
            for match, kind in (("CALLBACK /sendgrid", "callback_twice"), ("CALLBACK /twilio", "callback_late")):
                fault = {"match": match, "kind": kind, "times": 3}
                assert requests.post(provider.url + "/_faults", json=fault, timeout=30).status_code == 201
            SendGrid(provider.url).mail("ann@example.com", "bob@example.com")
            send_sms(provider.url, StatusCallback=f"{receiver.url}/webhooks/twilio?campaign=win_back&message_key={'b' * 32}")
            for message in provider.state.messages():
                if message.provider == "sendgrid":
                    provider.state.react(message.message_id, "complained", message.accepted_at)
            until(lambda: requests.get(provider.url + "/_stats", timeout=30).json()["callbacks"]["told"] >= 8)
            stats = requests.get(provider.url + "/_stats", timeout=30).json()["callbacks"]
        assert "failed" not in stats and stats["given up"] == 0
        assert stats["repeated"] >= 1, stats
        told = receiver.told("sendgrid") | {"twilio": receiver.told("twilio")["kept"]}
        assert told["repeated"] >= 1 and "forged" not in told
    landing = Landing(tmp_path / "landing")
    land_webhooks(receiver.spool, VENDORS, landing, moment("2026-07-01T09:00:00"))
    assert not landing.files(QUARANTINE)
    found = landed(landing, WEBHOOK_EVENTS, "channel, status, message_id", "order by all")
    keys = [f"key-{name}@example.com" for name in ("ann", "bob")]
    mail = [("email", status, key) for status in ("complained", "delivered", "queued") for key in keys]
    assert found == [*mail, ("sms", "delivered", "b" * 32), ("sms", "sent", "b" * 32)]


def test_klaviyo_tells_by_webhook_what_listing_its_events_tells_with_the_same_ids(tmp_path: Path) -> None:
    world, secret = tmp_path / "world", "klaviyo-secret-of-ours"
    set_clock(world)
    with receiving(tmp_path / "collected", {"klaviyo": secret}) as receiver:
        options = Options(settle_seconds=0, klaviyo_webhook=f"{receiver.url}/webhooks/klaviyo", klaviyo_webhook_secret=secret)
        with running(world, options=options) as provider:
            client = Klaviyo(provider.url)
            assert client.post("/api/event-bulk-create-jobs", bulk([("ann@example.com", "a"), ("bob@example.com", "b")])).status_code == 202
            ann, bob = provider.state.messages()
            at = ann.accepted_at + timedelta(minutes=1)
            provider.state.react(ann.message_id, "opened", at, True)
            provider.state.react(ann.message_id, "unsubscribed", at)
            provider.state.react(bob.message_id, "bounced", at)
            until(lambda: requests.get(provider.url + "/_stats", timeout=30).json()["callbacks"]["told"] >= 4)
            listed = {one["id"] for one in client.get("/api/events").json()["data"]}
    landing = Landing(tmp_path / "landing")
    land_webhooks(receiver.spool, VENDORS, landing, moment("2026-07-01T09:00:00"))
    assert not landing.files(QUARANTINE)
    found = landed(landing, WEBHOOK_EVENTS, "status, message_id, address, is_machine", "order by all")
    assert found == [
        ("bounced", "b", "bob@example.com", False),
        ("delivered", "a", "ann@example.com", False),
        ("opened", "a", "ann@example.com", True),
        ("unsubscribed", "a", "ann@example.com", False),
    ]
    assert {one[0] for one in landed(landing, WEBHOOK_EVENTS, "event_id", "order by all")} <= listed
