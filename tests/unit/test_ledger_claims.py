"""Any order of claims, sends, answers, pauses, deaths and persons' decisions: never two workers with the same message, nothing
final undone, nothing forgotten, no address kept for longer than it is needed.

One worker after the other on SQLite, several at once on PostgreSQL.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from delivery_kit import NOW, message
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from activations.ledger import Decision, Ledger, NotHeldError, settle_held
from activations.ledger.leases import Leases
from activations.ledger.rows import Hold
from activations.ledger.tables import deliveries, metadata
from activations.model import Accepted, Rejected, Settled, Unknown, Unreachable

NUMBERS = st.integers(0, 4)
WORKERS = st.integers(0, 2)


@dataclass(frozen=True)
class Row:
    """What must hold of a message: `holder` is the life of a worker and the fence of its claim."""

    status: str | None = None
    attempts: int = 0
    holder: tuple[str, Hold] | None = None
    is_expired: bool = False

    def is_over(self, life: str, is_alone: bool) -> bool:
        return self.holder is None or self.is_expired or (is_alone and self.holder[0] != life)

    @property
    def freed(self) -> "Row":
        return Row("pending" if self.attempts else None, self.attempts)


class Life(RuleBasedStateMachine):
    """`ledgers`: one for each worker; the same one thrice where only one may work at a time."""

    ledgers: list[Ledger]

    def __init__(self) -> None:
        super().__init__()
        with self.ledgers[0].engine.begin() as connection:
            for table in metadata.tables:
                connection.execute(sa.text(f"delete from {table}"))
        self.model = {f"mail-{number:04d}": Row() for number in range(5)}
        self.holds: list[tuple[str, str, Hold]] = []
        for worker in range(len(self.ledgers)):
            self.die_and_begin_anew(worker)

    def ledger(self, worker: int) -> tuple[Ledger, str]:
        ledger = self.ledgers[worker % len(self.ledgers)]
        return ledger, ledger.leases.worker

    @property
    def is_alone(self) -> bool:
        return len(self.ledgers) == 1

    def keep(self, life: str, message_id: str, hold: Hold) -> None:
        row = self.model[message_id]
        self.model[message_id] = replace(row, status=row.status or "pending", holder=(life, hold), is_expired=False)
        self.holds.append((life, message_id, hold))

    @rule(worker=WORKERS)
    def die_and_begin_anew(self, worker: int) -> None:
        ledger = self.ledgers[worker % len(self.ledgers)]
        ledger._leases = Leases(ledger.database, 3600, time.monotonic)

    @rule(worker=WORKERS)
    def pause_for_long(self, worker: int) -> None:
        ledger, life = self.ledger(worker)
        ledger.leases.give_up()  # to the database it is the same: the lease has ended
        self.model = {
            key: replace(row, is_expired=row.is_expired or bool(row.holder and row.holder[0] == life)) for key, row in self.model.items()
        }

    @rule(worker=WORKERS, numbers=st.lists(NUMBERS, min_size=1))
    def claim(self, worker: int, numbers: list[int]) -> None:
        ledger, life = self.ledger(worker)
        holds = ledger.claim([message(number) for number in numbers], NOW)
        open_ones = {key for key, row in self.model.items() if row.status in (None, "pending") and row.is_over(life, self.is_alone)}
        assert holds.keys() == {f"mail-{number:04d}" for number in numbers} & open_ones
        for key, hold in holds.items():
            assert hold.attempts == self.model[key].attempts
            self.keep(life, key, hold)

    @rule(data=st.data())
    def start(self, data: st.DataObject) -> None:
        life, key, hold, ledger = self.some(data)
        row = self.model[key]
        is_ours = row.holder == (life, hold) and (self.is_alone or not row.is_expired) and ledger.leases.worker == life
        is_open = row.status == "pending" or (row.status == "sending" and row.attempts <= hold.attempts + 1)
        assert bool(ledger.start({key: hold}, NOW)) == (is_ours and is_open)
        if is_ours and is_open:
            self.model[key] = replace(row, status="sending", attempts=hold.attempts + 1, is_expired=False)

    @rule(
        data=st.data(),
        outcome=st.sampled_from([Accepted("r"), Rejected("c"), Unknown("u"), Unreachable("d")]),
        is_repeatable=st.booleans(),
    )
    def record(self, data: st.DataObject, outcome: Settled, is_repeatable: bool) -> None:
        life, key, hold, ledger = self.some(data)
        row = self.model[key]
        status = {"Accepted": "accepted", "Rejected": "rejected", "Unknown": "pending" if is_repeatable else "unknown"}
        became = status.get(type(outcome).__name__, "pending")
        is_ours = row.holder == (life, hold) and ledger.leases.worker == life
        if is_ours and row.status == "pending" and not isinstance(outcome, Rejected):
            return  # of what was not sent, one can but say that it will not be
        written = ledger.record({key: outcome}, {key: hold}, NOW, is_repeatable=is_repeatable)
        if is_ours:
            assert written == {key}
            self.model[key] = Row(became, row.attempts)
        elif row.status == "unknown" and became == "accepted":
            self.model[key] = Row("accepted", row.attempts)  # what is held arrived after all

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        life, key, hold, ledger = self.some(data)
        row = self.model[key]
        ledger.release({key: hold})
        if row.holder == (life, hold) and row.status == "pending" and ledger.leases.worker == life:
            self.model[key] = row.freed

    @rule(worker=WORKERS)
    def take_over(self, worker: int) -> None:
        ledger, life = self.ledger(worker)
        doubts = {doubt.message.message_id: doubt for doubt in ledger.take_over("mail", NOW)}
        assert doubts.keys() == {key for key, row in self.model.items() if row.status == "sending" and row.is_over(life, self.is_alone)}
        for key, doubt in doubts.items():
            assert doubt.message == message(int(key[-4:])) and doubt.hold.attempts == self.model[key].attempts
            self.keep(life, key, doubt.hold)

    @rule(worker=WORKERS)
    def sweep(self, worker: int) -> None:
        ledger, life = self.ledger(worker)
        ledger.sweep()
        for key, row in self.model.items():
            if row.status == "pending" and row.is_over(life, self.is_alone):
                self.model[key] = row.freed

    @rule(number=NUMBERS, decision=st.sampled_from(Decision))
    def decide(self, number: int, decision: Decision) -> None:
        key = f"mail-{number:04d}"
        row = self.model[key]
        try:
            settle_held(self.ledgers[0], key, decision, "Bea", NOW)
        except NotHeldError:
            assert not (row.status == "unknown" or (row.status == "sending" and row.is_expired))
            return
        assert row.status == "unknown" or (row.status == "sending" and row.is_expired)
        became = {Decision.SENT: "accepted", Decision.SEND_AGAIN: "pending", Decision.DROP: "rejected"}[decision]
        self.model[key] = Row(became, row.attempts)

    def some(self, data: st.DataObject) -> tuple[str, str, Hold, Ledger]:
        """A claim of now or of long ago, and the worker that acts on it, which may have lost it meanwhile."""
        alive = {ledger.leases.worker: ledger for ledger in self.ledgers}
        held = [hold for hold in self.holds if hold[0] in alive]
        of_now = [hold for hold in held if self.model[hold[1]].holder == (hold[0], hold[2])]
        nobody = ("nobody", "mail-0000", Hold(1, 0))
        life, key, hold = data.draw(st.sampled_from((of_now if of_now and data.draw(st.booleans()) else held) or [nobody]))
        return life, key, hold, alive.get(life, self.ledgers[0])

    @invariant()
    def the_ledger_says_so(self) -> None:
        with self.ledgers[0].engine.connect() as connection:
            rows = {row.message_id: row for row in connection.execute(sa.select(deliveries))}
        assert {key: row.status for key, row in rows.items()} == {key: row.status for key, row in self.model.items() if row.status}
        for key, row in rows.items():
            expected = self.model[key]
            assert (row.owner, row.attempts) == (expected.holder and expected.holder[0], expected.attempts)
            assert (row.payload is not None) == (expected.holder is not None or row.status == "unknown")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_no_order_of_things_breaks_the_ledger(kind: str, tmp_path: Path, new_database: Callable[[], str]) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db" if kind == "sqlite" else new_database()
    ledgers = [Ledger(url) for _ in range(1 if kind == "sqlite" else 3)]
    machine = type("Life", (Life,), {"ledgers": ledgers})
    examples = 25 if kind == "sqlite" else 8
    only = (Phase.explicit, Phase.generate)  # to make a failing example shorter takes longer than to read it
    run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=20, deadline=None, phases=only))
    for ledger in ledgers:
        ledger.close()
