"""Each message once: through lost answers, throttling, a provider that is down, and runs that died.

One file, because every test delivers with the same few lines to the same provider in memory.
"""

import contextlib
import re
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from delivery_kit import NOW, AskableShelf, Shelf, Waits, clock, message

from activations.destination import Request
from activations.ledger import Ledger
from activations.messages.engine import deliver
from activations.messages.report import DeliveryReport
from activations.model import Message, Outcome, Refused, Rejected, Throttled, Unknown, Unreachable


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    yield ledger
    ledger.close()


def run(ledger: Ledger, shelf: Shelf, count: int = 25, **more: object) -> DeliveryReport:
    messages = (message(number, shelf.name) for number in range(count))
    return deliver(messages, {shelf.name: shelf}, ledger, clock, patience=Waits().patience(), **more)  # type: ignore[arg-type]


def die(shelf: Shelf, *, is_applied: bool) -> None:
    """The next request takes the process with it, before or after it was applied. SystemExit passes through all."""

    def reply(rows: Sequence[bytes]) -> list[Outcome]:
        if is_applied:
            shelf.take(rows)
        raise SystemExit

    shelf.script.append(reply)


def test_everything_once_in_batches_in_order(ledger: Ledger) -> None:
    shelf = Shelf()
    report = run(ledger, shelf)
    assert (report.accepted, report.rejected, report.left, report.unknown) == (25, 0, 0, 0)
    assert [len(request) for request in shelf.requests] == [10, 10, 5]
    assert shelf.inbox == [f"mail-{number:04d}" for number in range(25)]
    again = run(ledger, shelf)
    assert (again.accepted, again.already_delivered, len(shelf.requests)) == (0, 25, 3)


def test_a_message_that_stands_twice_goes_once(ledger: Ledger) -> None:
    shelf = Shelf()
    report = deliver([message(1), message(1)], {"mail": shelf}, ledger, clock)
    assert (report.accepted, shelf.inbox) == (1, ["mail-0001"])


def test_the_next_are_begun_while_one_waits_and_no_more_than_may_be_under_way(ledger: Ledger) -> None:
    """Whose requests wait for their turn at a provider is not held up by one of them."""
    last_came, under_way, most = threading.Event(), set[bytes](), 0

    class Slow(Shelf):
        def send(self, request: Request) -> list[Outcome]:
            nonlocal most
            under_way.update(request.rows)
            most = max(most, len(under_way))
            if request.rows == [b"mail-0000"]:
                assert last_came.wait(60)
            elif request.rows == [b"mail-0019"]:
                last_came.set()
            answers = super().send(request)
            under_way.difference_update(request.rows)
            return answers

    looked_at: list[int] = []
    report = run(ledger, Slow(rows=1, concurrency=4), 20, objections=lambda some: looked_at.append(len(some)) or {})
    assert (report.accepted, sum(looked_at), most <= 4, max(looked_at) <= 4) == (20, 20, True, True)


def test_a_bad_row_is_rejected_alone_and_never_tried_again(ledger: Ledger) -> None:
    shelf = Shelf(rows=3)
    shelf.script.append(lambda rows: [Refused("x"), Rejected("invalid_email", "no at sign"), Refused("x")])
    report = run(ledger, shelf, 3)
    assert (report.accepted, dict(report.destinations["mail"].rejected)) == (2, {"invalid_email": 1})
    assert shelf.inbox == ["mail-0000", "mail-0002"]
    assert run(ledger, shelf, 3).destinations["mail"].already == {"accepted": 2, "rejected": 1}


@pytest.mark.parametrize("outcome", [Unreachable("no connection"), Throttled(3_600.0), Unknown("answered 503")])
def test_a_provider_that_is_down_leaves_the_outbox_as_it_was(ledger: Ledger, outcome: Outcome) -> None:
    shelf = Shelf()
    shelf.always(outcome, times=5)
    report = run(ledger, shelf, 1000)
    assert (report.accepted, report.left) == (0, 1000)
    assert len(shelf.requests) <= 5, "it is not hammered"
    assert any("cannot be used now" in line and "1000 messages left in the outbox" in line for line in report.sentences())
    shelf.script.clear()
    assert run(ledger, shelf, 1000).accepted == 1000
    assert len(set(shelf.inbox)) == len(shelf.inbox) == 1000


def test_a_lost_answer_is_repeated_where_repeats_are_dropped(ledger: Ledger) -> None:
    shelf = Shelf()
    shelf.applied_but(Unknown("reset"))
    assert run(ledger, shelf).accepted == 25
    assert len(shelf.inbox) == 25


def test_a_lost_answer_is_looked_up_where_they_are_not(ledger: Ledger) -> None:
    shelf = AskableShelf("sms", rows=1, concurrency=4, is_idempotent=False)
    shelf.applied_but(Unknown("reset"))
    shelf.always(Unknown("reset before it arrived"))
    report = run(ledger, shelf, 12)
    assert (report.accepted, report.unknown) == (11, 1)
    assert len(shelf.inbox) == 11
    assert len(report.held) == 1 and report.held[0].masked_address == "a***@example.com"
    assert run(ledger, shelf, 12).accepted == 0, "what is held is not sent again"
    assert len(shelf.inbox) == 11


def test_a_held_message_that_the_provider_lists_late_is_accepted(ledger: Ledger) -> None:
    shelf = AskableShelf("sms", rows=1, is_idempotent=False)
    shelf.always(Unknown("reset"))
    assert run(ledger, shelf, 1).unknown == 1
    shelf.inbox.append("sms-0000")
    report = run(ledger, shelf, 1)
    assert (report.accepted, report.held, shelf.inbox) == (1, [], ["sms-0000"])


def test_many_lost_answers_in_a_row_stop_a_destination(ledger: Ledger) -> None:
    shelf = Shelf("sms", rows=1, concurrency=2, is_idempotent=False)
    shelf.always(Unknown("timeout"), times=100)
    report = run(ledger, shelf, 100)
    assert (report.unknown, report.left, len(shelf.requests)) == (4, 96, 4)


@pytest.mark.parametrize("is_applied", [True, False])
def test_a_run_that_died_is_taken_up_again(ledger: Ledger, is_applied: bool) -> None:
    shelf = Shelf()
    shelf.script.append(shelf.take)
    die(shelf, is_applied=is_applied)
    with contextlib.suppress(SystemExit):
        run(ledger, shelf)
    report = run(ledger, shelf)
    assert sorted(shelf.inbox) == [f"mail-{number:04d}" for number in range(25)]
    assert (report.accepted, report.destinations["mail"].recovered, report.already_delivered) == (15, 10, 20)


@pytest.mark.parametrize("is_applied", [True, False])
def test_a_run_that_died_without_a_key_of_ours_is_looked_up_and_else_held(ledger: Ledger, is_applied: bool) -> None:
    shelf = AskableShelf("sms", rows=1, is_idempotent=False)
    die(shelf, is_applied=is_applied)
    with contextlib.suppress(SystemExit):
        run(ledger, shelf, 5)
    report = run(ledger, shelf, 5)
    assert len(shelf.inbox) == (5 if is_applied else 4)
    assert (report.accepted, report.unknown, len(report.held)) == ((5, 0, 0) if is_applied else (4, 1, 1))


def test_two_in_doubt_do_not_share_one_answer(ledger: Ledger) -> None:
    """Two people behind one number get the same text; one message arrived. It may not stand for both."""

    class OneFound(AskableShelf):
        def look_up(self, message: Message, since: object) -> list:  # type: ignore[type-arg, override]
            return super().look_up(message_at(0), NOW)

    def message_at(number: int) -> Message:
        return message(number, "sms")

    shelf = OneFound("sms", rows=1, concurrency=2, is_idempotent=False)
    shelf.inbox.append("sms-0000")
    shelf.always(Unknown("reset"), times=2)
    report = run(ledger, shelf, 2)
    assert (report.accepted, report.unknown) == (1, 1)


def test_what_may_not_be_sent_any_more_is_not_sent_again(ledger: Ledger) -> None:
    shelf = Shelf()
    die(shelf, is_applied=False)
    with contextlib.suppress(SystemExit):
        run(ledger, shelf, 3)
    report = run(ledger, shelf, 4, objections=lambda batch: {f"mail-000{n}": "unsubscribed" for n in (1, 3) if f"p{n}" in ids(batch)})
    assert shelf.inbox == ["mail-0000", "mail-0002"]
    assert (report.accepted, report.unknown, dict(report.destinations["mail"].withheld)) == (2, 1, {"unsubscribed": 1})
    assert report.destinations["mail"].withheld_ids == {"mail-0003": "unsubscribed"}


def ids(batch: Sequence[Message]) -> set[str]:
    return {each.profile_id for each in batch}


def test_each_batch_is_looked_at_once_in_the_moment_before_it_is_sent(ledger: Ledger) -> None:
    """What is withheld is not claimed, so that a later run may send it; what is sent was looked at after the batch before it had gone."""
    shelf, looks = Shelf(rows=4), []

    def look(batch: Sequence[Message]) -> dict[str, str]:
        looks.append((len(batch), len(shelf.inbox)))
        return {each.message_id: "ordered_since" for each in batch if each.profile_id == "p5"}

    report = run(ledger, shelf, 10, objections=look)
    assert looks == [(4, 0), (4, 4), (2, 7)]
    assert (report.accepted, dict(report.destinations["mail"].withheld)) == (9, {"ordered_since": 1})
    assert "mail-0005" not in ledger.statuses([f"mail-{number:04}" for number in range(10)])
    assert run(ledger, shelf, 10).accepted == 1 and "mail-0005" in shelf.inbox


def test_what_cannot_be_looked_at_stays_in_doubt_until_it_can(ledger: Ledger) -> None:
    shelf = Shelf()
    die(shelf, is_applied=False)
    with contextlib.suppress(SystemExit):
        run(ledger, shelf, 3)
    assert run(ledger, shelf, 3, objections=lambda batch: {each.message_id: "not_checked" for each in batch}).left == 3
    assert shelf.inbox == [] and set(ledger.statuses(["mail-0000"]).values()) == {"sending"}
    assert run(ledger, shelf, 3).accepted == 3


def test_a_crashed_run_does_not_call_its_rows_unsent_when_the_provider_is_down(ledger: Ledger) -> None:
    shelf = Shelf()
    die(shelf, is_applied=True)
    with contextlib.suppress(SystemExit):
        run(ledger, shelf, 3)
    shelf.always(Unreachable("down"), times=3)
    assert run(ledger, shelf, 3).accepted == 0
    moved = Shelf("other")
    assert deliver([message(0, "other", message_id="mail-0000")], {"other": moved}, ledger, clock).accepted == 0
    assert run(ledger, shelf, 3).accepted == 3
    assert len(shelf.inbox) == 3 and moved.inbox == []


def test_a_fault_of_ours_comes_out_after_the_answers_of_others_are_written(ledger: Ledger) -> None:
    shelf = Shelf(rows=1, concurrency=3)

    def fault(rows: Sequence[bytes]) -> list[Outcome]:
        raise KeyError("ours")

    shelf.script.append(fault)
    with pytest.raises(KeyError):
        run(ledger, shelf, 3)
    assert sorted(ledger.statuses([f"mail-{n:04d}" for n in range(3)]).values()) == ["accepted", "accepted", "sending"]


def test_a_destination_that_is_not_set_up_is_named(ledger: Ledger) -> None:
    report = deliver([message(1, "push")], {"mail": Shelf()}, ledger, clock)
    assert report.sentences()[0] == "no destination is named 'push': 1 messages left"


def test_no_address_in_what_people_read(ledger: Ledger) -> None:
    shelf = Shelf("sms", rows=1, is_idempotent=False)
    shelf.always(Unknown("lost"))
    lines: list[str] = []
    report = run(ledger, shelf, 20, progress=lines.append)
    text = repr(report) + "".join(lines) + str(report.as_dict()) + "".join(report.sentences()) + repr(message(1))
    assert not re.search(r"ann\d", text) and "a***@example.com" in text
    assert report.as_dict()["accepted"] == report.accepted == 19
    assert report.rows_per_second > 0


def test_a_line_of_progress_says_how_fast_it_goes_and_what_is_left(ledger: Ledger) -> None:
    shelf, lines, seconds = Shelf(), list[str](), iter(range(0, 1_000, 2))
    shelf.script = [shelf.take, lambda rows: [Rejected("bad")] * len(rows)]
    die(shelf, is_applied=True)
    with pytest.raises(SystemExit):
        run(ledger, shelf, 45, progress=lines.append, stopwatch=lambda: next(seconds))
    assert "10 accepted, 10 rejected, 0 held, 25 left" in lines[-1] and re.fullmatch(r"\d+ messages a second, .*", lines[-1])
    again: list[str] = []
    run(ledger, shelf, 45, progress=again.append)
    assert again[-1].endswith("25 accepted, 0 rejected, 0 held, 0 left"), "what was in doubt is counted once"
