"""What the receiver kept, landed: each event once, in any order; what no reader understands waits in the quarantine for a better one.

One file: all of it is about one spool."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from landing_kit import AS_OF, landed, stored
from webhook_receiver import AT, event, receiving, signed

from activations.webhooks.event import Event, Post, Unread, Vendor
from activations.webhooks.registry import VENDORS
from orchestration.collector.kept import line_of
from orchestration.landing import QUARANTINE, Landing, land_webhooks
from orchestration.landing.entries import entries, fix
from orchestration.landing.replay import replay
from orchestration.landing.result import Landed
from orchestration.sources.engagement import WEBHOOK_EVENTS

RECEIVED = datetime(2026, 6, 30, 8, tzinfo=UTC)
TABLES = {WEBHOOK_EVENTS.raw_name: WEBHOOK_EVENTS}


class World:
    """A spool that nobody writes any more, and the landing zone behind it."""

    def __init__(self, folder: Path) -> None:
        self.spool, self.landing, self._files = folder / "webhooks", Landing(folder / "landing"), 0
        self.spool.mkdir()

    def came(self, *bodies: Any, name: str = "sendgrid", kind: str = "application/json", query: str = "") -> None:
        posts = [Post(body if isinstance(body, bytes) else json.dumps(body).encode(), kind, query, RECEIVED) for body in bodies]
        self._files += 1
        (self.spool / f"{self._files:03}.jsonl").write_bytes(b"".join(line_of(name, post) for post in posts))

    def land(self, readers: Mapping[str, Vendor] = VENDORS, days: int = 0) -> Landed:
        return land_webhooks(self.spool, readers, self.landing, AS_OF + timedelta(days=days))

    def ids(self) -> list[str]:
        return sorted(one for (one,) in landed(self.landing, WEBHOOK_EVENTS, "event_id"))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_events_land_once_however_often_and_in_whatever_order_they_come(world: World) -> None:
    world.came([event(3), event(1)], [event(3)], [event(2)])
    world.came([event(1)])
    assert (world.land().rows, world.ids()) == (3, ["e1", "e2", "e3"])
    assert list(world.spool.iterdir()) == []
    world.came([event(2), event(0)])
    assert (world.land(days=1).rows, world.ids()) == (1, ["e0", "e1", "e2", "e3"])
    columns = "destination, channel, status, occurred_at, message_id, provider_ref, address, is_machine, reason"
    (row,) = landed(world.landing, WEBHOOK_EVENTS, columns, "where event_id = 'e1'")
    at = datetime.fromtimestamp(AT + 1, UTC).replace(tzinfo=None)
    assert row[:8] == ("sendgrid", "email", "bounced", at, "key1", "m1", "ann1@example.com", False)
    assert "5.1.1" in row[8] and "@" not in row[8]
    assert not world.landing.files(QUARANTINE)


def test_a_message_s_time_of_receipt_stands_for_one_that_twilio_does_not_tell(world: World) -> None:
    form = urlencode({"MessageSid": "SM" + "0" * 32, "MessageStatus": "delivered", "To": "+15005550006", "AccountSid": "AC1"}).encode()
    world.came(form, name="twilio_uk", kind="application/x-www-form-urlencoded", query="campaign=win_back&message_key=" + "a" * 32)
    assert world.land().rows == 1
    found = landed(world.landing, WEBHOOK_EVENTS, "destination, channel, status, occurred_at, message_id, address")
    assert found == [("twilio_uk", "sms", "delivered", stored("2026-06-30 08:00"), "a" * 32, "+15005550006")]


def test_what_is_not_understood_waits_alone_in_the_quarantine_and_once(world: World) -> None:
    odd = event(2, event="levitated")
    world.came([event(1), odd, event(3)])
    world.came([odd, event(4)])
    world.came(b"\xff{", b"[1]")
    result = world.land()
    assert (result.rows, dict(result.quarantined), result.failures) == (3, {"event_unreadable": 4}, [])
    world.came([odd])
    assert dict(world.land(days=1).quarantined) == {}, "the same again is held already"
    held = entries(world.landing, table=WEBHOOK_EVENTS.raw_name)
    payloads = {entry.payload for entry in held}
    assert len(held) == 3
    (own,) = [json.loads(payload) for payload in payloads if "levitated" in payload]
    assert json.loads(own["body"]) == [odd], "cut out of its body"
    details = " ".join(entry.detail for entry in held)
    assert "A webhook of sendgrid is not understood" in details and "regulars quarantine fix" in details and "@" not in details
    assert list(world.spool.iterdir()) == []


def test_one_event_is_cut_out_of_a_form_and_of_an_object_too(world: World) -> None:
    good = {"event": "hard_bounce", "_id": "m1", "ts": AT, "msg": {"_id": "m1", "email": "a@example.com", "ts": AT}}
    odd = {**good, "event": "levitated"}
    form = urlencode({"mandrill_events": json.dumps([good, odd])}).encode()
    world.came(form, name="mailchimp_transactional", kind="application/x-www-form-urlencoded")
    trap = {"event": "delivery", "timestamp": AT, "message_id": "m2", "email": "a@example.com", "event_id": "t1"}
    world.came({"events": [trap, {**trap, "event": "levitated", "event_id": "t2"}]}, name="mailtrap")
    assert world.land().rows == 2
    held = [json.loads(entry.payload)["body"] for entry in entries(world.landing)]
    assert len(held) == 2
    assert all("levitated" in body and "hard_bounce" not in body and "delivery" not in body for body in held)


class Better:
    """SendGrid's reader, which has learned a word."""

    name = "sendgrid"

    def events(self, post: Post) -> list[Event | Unread | None]:
        return VENDORS["sendgrid"].events(replace(post, body=post.body.replace(b"levitated", b"bounce")))


def test_a_better_reader_lands_what_waited_and_closes_it(world: World) -> None:
    world.came([event(1, event="levitated"), event(2)], [5])
    world.land()
    assert world.ids() == ["e2"]
    result = world.land({**VENDORS, "sendgrid": Better()}, days=1)
    assert (result.rows, world.ids()) == (1, ["e1", "e2"])
    assert [entry.state for entry in entries(world.landing, state="")].count("replayed") == 1
    assert world.land({**VENDORS, "sendgrid": Better()}, days=2).rows == 0
    assert len(entries(world.landing)) == 1, "what is still not understood stays open"


def test_a_person_may_say_what_it_means_and_nothing_else_of_it_lands(world: World) -> None:
    world.came([event(1, event="levitated")])
    world.land()
    (entry,) = entries(world.landing)
    outcome = replay(world.landing, TABLES, [entry], AS_OF, "ann")
    assert not outcome.landed and "update the reader" in outcome.impossible[entry.quarantine_id]
    said = {"channel": "email", "status": "bounced", "occurred_at": "2026-06-29T10:00:00", "address": "ann1@example.com"}
    fixed = fix(world.landing, entry, WEBHOOK_EVENTS, said)
    assert replay(world.landing, TABLES, [fixed], AS_OF, "ann").landed == [entry.quarantine_id]
    found = landed(world.landing, WEBHOOK_EVENTS)
    assert len(found) == 1 and not any("levitated" in str(value) for value in found[0])
    assert world.land(days=1).rows == 0


def test_a_reader_that_fails_and_a_provider_without_one_stop_nobody_else(world: World) -> None:
    class Broken:
        name = "sendgrid"

        def events(self, _: Post) -> list[Event | Unread | None]:
            raise ZeroDivisionError("ann@example.com")

    world.came([event(1), event(4)])
    world.came([event(2)], name="pigeons")
    world.came([event(3)], name="sendgrid_uk")
    assert world.land({"sendgrid": Broken()}).rows == 0
    details = [entry.detail for entry in entries(world.landing)]
    assert len(details) == 3 and sum("the reader failed (ZeroDivisionError)" in one for one in details) == 2 and "ann@" not in str(details)
    assert world.land(days=1).rows == 3
    assert world.ids() == ["e1", "e3", "e4"], "all of a body is kept that its reader failed on"


def test_a_torn_last_line_is_passed_over_and_a_broken_file_stays(world: World) -> None:
    world.came([event(1)])
    with (world.spool / "001.jsonl").open("ab") as file:
        file.write(b'{"received_at": "2026')
    (world.spool / "002.jsonl").write_bytes(b"no json\n")
    result = world.land()
    assert (result.rows, len(result.failures)) == (1, 1)
    assert [path.name for path in world.spool.iterdir()] == ["002.jsonl"]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Any]:
    with receiving(tmp_path / "collected") as receiver:
        yield receiver


def test_a_file_that_is_still_written_lands_too_and_stays(running: Any, tmp_path: Path) -> None:
    landing = Landing(tmp_path / "landing")
    assert running.sendgrid(event(1)).status_code == 200
    assert land_webhooks(running.spool, VENDORS, landing, AS_OF).rows == 1
    assert len(running.kept()) == 1
    assert running.post("sendgrid", *signed([event(2), event(1)])).status_code == 200
    assert land_webhooks(running.spool, VENDORS, landing, AS_OF).rows == 1
    assert sorted(landed(landing, WEBHOOK_EVENTS, "event_id")) == [("e1",), ("e2",)]
