"""Two that decide about the same people at the same time, neither knowing of the other: in whatever order their steps fall, nobody gets
more than one decision would have given them, and whoever got nothing for that gets it by the next decision.

One file: those who decide, the order of their steps, and the rule.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from delivery_kit import NOW, Shelf, Waits, clock, message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activations.ledger import Ledger
from activations.ledger.tables import deliveries, metadata
from activations.messages.engine import deliver
from activations.messages.report import DeliveryReport
from activations.model import SEPARATOR, Message, Unknown, Unreachable

PEOPLE = range(3)
IDS = {person: [f"p{person}", f"p{person}_by_address"] for person in PEOPLE}
"""Each is known by two ids; who knows of both writes to the second."""
STEPS = ("claim", "uncounted", "start", "record", "release")


@dataclass
class Decider:
    """Allows each person one marketing message, of what the ledger has at the time. knows_both: that the two ids are one person."""

    name: str
    ledger: Ledger
    knows_both: bool
    is_urgent: bool = False
    outbox: list[Message] = field(default_factory=list)

    def decide(self, people: Sequence[int] = PEOPLE) -> None:
        self.outbox = []
        for person in people:
            ids = IDS[person] if self.knows_both else IDS[person][:1]
            with self.ledger.engine.connect() as connection:
                query = sa.select(deliveries.c.message_id)
                query = query.where(deliveries.c.profile_id.in_(ids), deliveries.c.status.in_(("accepted", "unknown", "sending")))
                counted = [row.message_id for row in connection.execute(query)]
            wanted = [] if counted else [("marketing", "cart_abandoned")]
            wanted += [("transactional", "order_confirmed")] if self.is_urgent else []
            known = {"profile_id": ids[-1], "reader_ids": SEPARATOR.join(ids[:-1]) or None}
            names = [f"{self.name}_{person}_{purpose}" for purpose, _ in wanted]
            for (purpose, campaign), name in zip(wanted, names, strict=True):
                told = {"message_id": name, "purpose": purpose, "campaign": campaign, "counted_ids": SEPARATOR.join([*counted, *names])}
                self.outbox.append(message(person, **known, **told))

    def deliver(self, shelf: Shelf) -> DeliveryReport:
        return deliver(self.outbox, {"mail": shelf}, self.ledger, clock, patience=Waits().patience())


def got(shelf: Shelf, person: int, purpose: str = "marketing") -> list[str]:
    """What reached a person."""
    return [name for name in shelf.inbox if name.split("_")[1] == str(person) and name.endswith(purpose)]


class Turns:
    """Lets one of several threads make one step after the other, in a given order; who has ended is passed over."""

    def __init__(self, order: Sequence[int], threads: int) -> None:
        self._order, self._alive = iter([*order, *(list(range(threads)) * 10_000)]), set(range(threads))
        self._changed = threading.Condition()
        self._turn = self._next()

    def _next(self) -> int:
        return next(turn for turn in self._order if turn in self._alive or not self._alive)

    @contextmanager
    def step(self, thread: int) -> Iterator[None]:
        with self._changed:
            assert self._changed.wait_for(lambda: self._turn == thread, timeout=60)
        try:
            yield
        finally:
            with self._changed:
                self._turn = self._next()
                self._changed.notify_all()

    def end(self, thread: int) -> None:
        with self._changed:
            self._alive.discard(thread)
            if self._turn == thread:
                self._turn = self._next()
            self._changed.notify_all()


def in_steps(ledger: Ledger, turns: Turns, thread: int) -> None:
    """Has each step of the ledger wait for its turn."""

    def taking_turns(step: Callable[..., Any]) -> Callable[..., Any]:
        def taken(*arguments: Any, **named: Any) -> Any:
            with turns.step(thread):
                return step(*arguments, **named)

        return taken

    for name in STEPS:
        setattr(ledger, name, taking_turns(getattr(ledger, name)))


def emptied(url: str) -> str:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for table in metadata.tables:
            connection.execute(sa.text(f"delete from {table}"))
    engine.dispose()
    return url


@pytest.fixture(scope="module")
def postgresql(new_database: Callable[[], str]) -> str:
    url = new_database()
    Ledger(url).close()
    return url


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.lists(st.integers(0, 1), max_size=40),
    first_knows=st.booleans(),
    rows=st.integers(1, 3),
    outcomes=st.lists(st.sampled_from(["taken", "lost", "away"]), max_size=4),
    is_urgent=st.booleans(),
)
def test_in_any_order_of_steps_nobody_gets_two(
    postgresql: str, order: list[int], first_knows: bool, rows: int, outcomes: list[str], is_urgent: bool
) -> None:
    url = emptied(postgresql)
    shelf = Shelf(rows=rows, is_idempotent=False)
    for outcome in outcomes:
        {"taken": lambda: shelf.script.append(shelf.take), "lost": lambda: shelf.applied_but(Unknown("lost")),
         "away": lambda: shelf.always(Unreachable("away"))}[outcome]()  # fmt: skip
    turns = Turns(order, 2)
    deciders = [Decider("a", Ledger(url), first_knows, is_urgent), Decider("b", Ledger(url), not first_knows)]
    faults: list[BaseException] = []

    def live(thread: int) -> None:
        try:
            with turns.step(thread):
                deciders[thread].decide()
            in_steps(deciders[thread].ledger, turns, thread)
            deciders[thread].deliver(shelf)
        except BaseException as fault:
            faults.append(fault)
        finally:
            turns.end(thread)

    threads = [threading.Thread(target=live, args=(thread,)) for thread in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for decider in deciders:
        decider.ledger.close()
    assert not faults, faults
    assert all(len(got(shelf, person)) <= 1 for person in PEOPLE), shelf.inbox
    # and what waited goes with the next decision: nobody is left without for good
    shelf.script.clear()
    last = Decider("c", Ledger(url), knows_both=True)
    last.decide()
    last.deliver(shelf)
    last.ledger.close()
    assert all(got(shelf, person) or got(shelf, person, "transactional") for person in PEOPLE), shelf.inbox
    assert all(len(got(shelf, person)) <= 1 for person in PEOPLE), shelf.inbox


@pytest.fixture(params=["sqlite", "postgresql"])
def ledgers(request: pytest.FixtureRequest, tmp_path: Path, new_database: Callable[[], str]) -> Iterator[tuple[Ledger, Ledger]]:
    url = f"sqlite:///{tmp_path / 'ledger.db'}" if request.param == "sqlite" else new_database()
    both = Ledger(url), Ledger(url)
    yield both
    for ledger in both:
        ledger.close()


def test_whoever_decided_without_knowing_waits_and_says_why(ledgers: tuple[Ledger, Ledger]) -> None:
    shelf, (one, other) = Shelf(), (Decider("a", ledgers[0], True, is_urgent=True), Decider("b", ledgers[1], False, is_urgent=True))
    one.decide()
    other.decide([0, 1])
    assert other.deliver(shelf).accepted == 4  # a confirmation goes with the marketing that was decided in one with it
    report = one.deliver(shelf)
    # to the first two nothing more, and no second confirmation by another name; the third was decided about once
    assert report.destinations["mail"].withheld == {"messaged_since": 4}
    assert (got(shelf, 0), got(shelf, 2)) == (["b_0_marketing"], ["a_2_marketing"])
    one.decide()
    assert [each.message_id for each in one.outbox if each.purpose == "marketing"] == []
    report = one.deliver(shelf)
    assert not report.destinations["mail"].withheld  # what was sent is counted now
    assert len(got(shelf, 0, "transactional")) == 2


def test_what_was_sent_long_ago_or_refused_stands_in_nobodys_way(ledgers: tuple[Ledger, Ledger]) -> None:
    ledger, shelf = ledgers[0], Shelf()
    with ledger.engine.begin() as connection:
        for name, status, at in (("long_ago", "accepted", NOW - timedelta(days=3)), ("refused", "rejected", NOW)):
            texts = {"message_id": name, "campaign": "x", "profile_id": "p0", "channel": "email", "destination": "mail", "status": status}
            connection.execute(sa.insert(deliveries).values(**texts, attempts=1, claimed_at=at, updated_at=at, fence=1))
    assert deliver([message(0, counted_ids="")], {"mail": shelf}, ledger, clock).accepted == 1
    assert deliver([message(1, profile_id="p0", counted_ids="mail-0000")], {"mail": shelf}, ledger, clock).accepted == 1
    assert deliver([message(2, profile_id="p0")], {"mail": shelf}, ledger, clock).accepted == 1  # nobody said what was counted
    assert deliver([message(3, profile_id="p0", counted_ids="mail-0001")], {"mail": shelf}, ledger, clock).accepted == 0
