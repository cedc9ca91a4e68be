"""Destinations beside each other, rows that no provider would take, outboxes that do not fit into memory, workers that sleep too long."""

import threading
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from delivery_kit import NOW, Shelf, Waits, clock, message

from activations.destination import Ability, Request, Work
from activations.ledger import Ledger
from activations.ledger.rows import Holds
from activations.messages.engine import deliver
from activations.model import Message, Outcome


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    yield ledger
    ledger.close()


def test_a_slow_destination_holds_up_no_other(ledger: Ledger) -> None:
    """The slow one answers its first request only once the quick one has everything, though its messages come first in the outbox."""
    all_there = threading.Event()

    class Slow(Shelf):
        def send(self, request: Request) -> list[Outcome]:
            assert all_there.wait(60), "the quick one waits for the slow one"
            return super().send(request)

    class Quick(Shelf):
        def send(self, request: Request) -> list[Outcome]:
            outcomes = super().send(request)
            if len(self.inbox) == 1500:
                all_there.set()
            return outcomes

    slow, quick = Slow("slow", rows=500), Quick("quick", rows=500)
    messages = (message(number, name) for name in ("slow", "quick") for number in range(1500))
    report = deliver(messages, {"slow": slow, "quick": quick}, ledger, clock)
    assert {name: tally.accepted for name, tally in report.destinations.items()} == {"slow": 1500, "quick": 1500}
    assert slow.inbox == [f"slow-{number:04d}" for number in range(1500)], "each in the order of the outbox"


def test_what_no_provider_takes_is_rejected_here_with_the_reason(ledger: Ledger) -> None:
    class Strict(Shelf):
        def encode(self, work: Work, message: Message) -> bytes:
            return message.message_id.encode() if message.message_id != "mail-0002" else message.body.encode()

    shelf = Strict(rows=3)
    ability = shelf.abilities[Work.MESSAGE]
    shelf.abilities = {Work.MESSAGE: Ability(replace(ability.limits, row_bytes=9), is_repeatable=True)}
    outbox = [message(1), message(2, body="half a character: \ud83d"), message(3, message_id="mail-0003-and-more"), message(4)]
    report = deliver(outbox, {"mail": shelf}, ledger, clock)
    assert dict(report.destinations["mail"].rejected) == {"not_encodable": 1, "row_too_large": 1}
    assert shelf.requests == [["mail-0001", "mail-0004"]]
    assert deliver(outbox, {"mail": shelf}, ledger, clock).destinations["mail"].already == {"accepted": 2, "rejected": 2}


def test_what_is_not_in_the_outbox_any_more_is_not_sent(ledger: Ledger) -> None:
    """A worker died with claims that it had not sent; then the shop changed its mind about one of them."""
    with ledger.delivering():
        ledger.claim([message(1), message(2)], NOW)
    shelf = Shelf()
    assert deliver([message(2)], {"mail": shelf}, ledger, clock).accepted == 1
    assert shelf.inbox == ["mail-0002"] and ledger.statuses(["mail-0001"]) == {}


def test_memory_does_not_grow_with_the_outbox(ledger: Ledger) -> None:
    class Forgetful(Shelf):
        def send(self, request: Request) -> list[Outcome]:
            self.inbox.clear()
            return self.take(request.rows)

    def peak(numbers: range) -> int:
        tracemalloc.start()
        report = deliver((message(number, body="x" * 2_000) for number in numbers), {"mail": Forgetful(rows=500)}, ledger, clock)
        assert report.accepted == len(numbers)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    few = peak(range(2000))
    assert peak(range(2000, 6000)) < 1.3 * few


def test_who_stops_listening_stops_the_delivery(ledger: Ledger) -> None:
    class StoppedError(Exception):
        pass

    def stop(_: str) -> None:
        raise StoppedError

    shelf = Shelf(rows=1)
    with pytest.raises(StoppedError):
        deliver((message(number) for number in range(2000)), {"mail": shelf}, ledger, clock, stop)
    assert 0 < len(shelf.requests) < 2000
    assert deliver((message(number) for number in range(2000)), {"mail": Shelf(rows=500)}, ledger, clock).accepted == 2000 - len(
        shelf.requests
    )


def test_a_worker_that_slept_beyond_its_lease_sends_nothing(new_database: Callable[[], str]) -> None:
    """It is halted after it said that it sends, and before it does; meanwhile another takes over and finds that it may not repeat."""
    url, time = new_database(), [0.0]
    shelf = Shelf("sms", rows=1, concurrency=2, is_idempotent=False)

    class Sleepy(Ledger):
        def start(self, holds: Holds, at: datetime) -> Holds:
            started = super().start(holds, at)
            self.leases._database.write(
                lambda connection: connection.exec_driver_sql("update deliveries set lease_until = now() - interval '1 hour'")
            )
            assert deliver([], {"sms": shelf}, other, clock).unknown == 2
            time[0] += 3600
            return started

    other, sleepy = Ledger(url), Sleepy(url, stopwatch=lambda: time[0])
    report = deliver([message(1, "sms"), message(2, "sms")], {"sms": shelf}, sleepy, clock, patience=Waits().patience())
    assert shelf.requests == [] and report.accepted == report.left == 0
    assert report.destinations["sms"].elsewhere == 2 and report.held_count == 2
    for each in (other, sleepy):
        each.close()
