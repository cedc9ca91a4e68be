"""What stands against a message is asked again whenever the provider let it wait: consent may be withdrawn in the minutes between."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from delivery_kit import Shelf, clock, message

from activations.ledger import Ledger
from activations.messages.engine import deliver
from activations.messages.report import DeliveryReport
from activations.model import Message, Outcome, Refused, Throttled, Unknown
from activations.transport.patience import Patience


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    yield ledger
    ledger.close()


class World:
    """Its time goes on while a delivery waits; at `withdrawn_at` seconds these readers withdraw their consent."""

    def __init__(self, withdrawn_at: float, *readers: str) -> None:
        self.seconds = 0.0
        self.looks: list[float] = []
        self._withdrawn_at, self._readers = withdrawn_at, readers

    def objections(self, batch: Sequence[Message]) -> dict[str, str]:
        self.looks.append(self.seconds)
        is_over = self.seconds >= self._withdrawn_at
        return {one.message_id: "no_consent" for one in batch if is_over and one.profile_id in self._readers}

    def deliver(self, ledger: Ledger, shelf: Shelf, count: int) -> DeliveryReport:
        def sleep(seconds: float) -> None:
            self.seconds += seconds

        messages = [message(number, shelf.name) for number in range(count)]
        return deliver(messages, {shelf.name: shelf}, ledger, clock, patience=Patience(sleep=sleep), objections=self.objections)


def busy_until(world: World, shelf: Shelf, seconds: float) -> None:
    """The provider lets through nothing before that moment, however often it is asked."""

    def reply(rows: Sequence[bytes]) -> list[Outcome]:
        if world.seconds < seconds:
            shelf.script.append(reply)
            return [Throttled(60.0)] * len(rows)
        return shelf.take(rows)

    shelf.script.append(reply)


@pytest.mark.parametrize("is_repeatable", [True, False])
@pytest.mark.parametrize("concurrency", [1, 4])
def test_who_withdraws_while_the_provider_lets_wait_gets_nothing(ledger: Ledger, is_repeatable: bool, concurrency: int) -> None:
    shelf, world = Shelf(is_idempotent=is_repeatable, concurrency=concurrency), World(60, "p1")
    busy_until(world, shelf, 540)
    report = world.deliver(ledger, shelf, 3)
    assert shelf.inbox == ["mail-0000", "mail-0002"]
    assert world.looks == [60.0 * number for number in range(10)]
    tally = report.destinations["mail"]
    assert (tally.accepted, dict(tally.withheld), tally.withheld_ids) == (2, {"no_consent": 1}, {"mail-0001": "no_consent"})
    assert (tally.stopped, tally.left, tally.unknown) == (None, 0, 0)
    assert ledger.statuses(["mail-0001"]) == {"mail-0001": "pending"}  # it never left: decided anew, it may go


def test_nothing_is_asked_of_the_provider_when_nobody_is_left(ledger: Ledger) -> None:
    shelf, world = Shelf(), World(60, "p0", "p1")
    busy_until(world, shelf, 540)
    world.deliver(ledger, shelf, 2)
    assert (shelf.inbox, len(shelf.requests), world.looks) == ([], 1, [0.0, 60.0])


def test_one_that_may_have_gone_out_before_stays_in_doubt(ledger: Ledger) -> None:
    """Its answer was lost, and before it could be repeated its reader withdrew: not sent again, and not said to be unsent."""
    shelf, world = Shelf(), World(0.001, "p0")
    shelf.applied_but(Unknown("the answer was lost"))
    report = world.deliver(ledger, shelf, 2)
    tally = report.destinations["mail"]
    assert (len(shelf.requests), shelf.requests[1], shelf.inbox.count("mail-0000")) == (2, ["mail-0001"], 1)
    assert (tally.accepted, tally.withheld.total(), tally.left) == (1, 0, 1)


def test_the_rest_of_a_split_request_is_looked_at_too(ledger: Ledger) -> None:
    """Who is refused alone, after the provider let the request wait, is told apart from who withdrew meanwhile."""
    shelf, world = Shelf(), World(60, "p2")

    def refuses_the_first(rows: Sequence[bytes]) -> list[Outcome]:
        if b"mail-0000" in rows:
            shelf.script.append(refuses_the_first)
            return [Refused("bad_row")] * len(rows)
        return shelf.take(rows)

    shelf.always(Throttled(60.0))
    shelf.script.append(refuses_the_first)
    tally = world.deliver(ledger, shelf, 4).destinations["mail"]
    assert (sorted(shelf.inbox), dict(tally.withheld), dict(tally.rejected)) == (
        ["mail-0001", "mail-0003"],
        {"no_consent": 1},
        {"bad_row": 1},
    )


def test_what_a_dead_worker_left_is_looked_at_in_the_moment_it_is_sent_again(ledger: Ledger, tmp_path: Path) -> None:
    """Of many in doubt the last are sent minutes after the first: each request is looked at for itself."""

    def dies(rows: Sequence[bytes]) -> list[Outcome]:
        raise SystemExit

    shelf = Shelf(rows=1, concurrency=4)
    shelf.script += [dies] * 4
    with pytest.raises(SystemExit):
        World(0).deliver(ledger, shelf, 4)
    ledger.close()
    shelf, world = Shelf(rows=1), World(60, "p2")
    busy_until(world, shelf, 60)
    second = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    report = world.deliver(second, shelf, 4)
    assert sorted(shelf.inbox) == ["mail-0000", "mail-0001", "mail-0003"]
    assert [row.message_id for row in report.held] == ["mail-0002"]
    second.close()
