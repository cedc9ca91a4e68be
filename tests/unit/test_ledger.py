"""The ledger on SQLite and on PostgreSQL: who may claim what, and that no outcome is lost or written over.

One file in spite of its length, because its tests share one PostgreSQL.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from delivery_kit import NOW, message
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from activations.ledger import Ledger
from activations.ledger.exclusive import LedgerBusyError
from activations.ledger.tables import deliveries, metadata
from activations.model import Accepted, Rejected, Settled, Throttled, Unknown, Unreachable


@pytest.fixture(scope="module")
def postgres(new_database: Callable[[], str]) -> str:
    return new_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/ledger.db"
        return
    yield request.getfixturevalue("postgres")
    engine = sa.create_engine(request.getfixturevalue("postgres"))
    metadata.drop_all(engine)
    engine.dispose()


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    ledger = Ledger(url)
    yield ledger
    ledger.close()


def row(ledger: Ledger, message_id: str) -> sa.RowMapping:
    with ledger._engine.connect() as connection:
        return connection.execute(sa.select(deliveries).where(deliveries.c.message_id == message_id)).mappings().one()


def test_a_message_is_claimed_once(ledger: Ledger) -> None:
    messages = [message(number) for number in range(2500)]
    with ledger.exclusive():
        assert ledger.claim([*messages, messages[0]], NOW) == {each.message_id for each in messages}
        assert ledger.claim(messages, NOW) == set()
    found = row(ledger, "mail-0007")
    assert (found["status"], found["attempts"], found["claimed_at"]) == ("sending", 1, NOW)


@pytest.mark.parametrize(
    ("outcome", "status", "code"),
    [
        (Accepted("SM1"), "accepted", None),
        (Rejected("opted_out", "said STOP"), "rejected", "opted_out"),
        (Unknown("lost"), "unknown", "unconfirmed"),
        (Unreachable("down"), "pending", "not_sent"),
        (Throttled(), "pending", "not_sent"),
    ],
)
def test_only_pending_rows_are_claimed_again(ledger: Ledger, outcome: Settled, status: str, code: str | None) -> None:
    with ledger.exclusive():
        ledger.claim([message(1)], NOW)
        ledger.record({"mail-0001": outcome}, NOW + timedelta(seconds=1), is_repeatable=False)
        found = row(ledger, "mail-0001")
        assert (found["status"], found["error_code"]) == (status, code)
        assert (found["payload"] is not None) == (status == "unknown"), "an address is kept only while it is needed"
        assert bool(ledger.claim([message(1)], NOW)) == (status == "pending")


def test_the_field_that_was_wrong_is_written_down(ledger: Ledger) -> None:
    with ledger.exclusive():
        ledger.claim([message(1)], NOW)
        ledger.record({"mail-0001": Rejected("invalid", "not an address", "email")}, NOW, is_repeatable=True)
    assert row(ledger, "mail-0001")["error_detail"] == "email: not an address"


def test_final_outcomes_are_not_written_over(ledger: Ledger) -> None:
    with ledger.exclusive():
        ledger.claim([message(1)], NOW)
        ledger.record({"mail-0001": Accepted("first")}, NOW, is_repeatable=True)
        ledger.record({"mail-0001": Rejected("late")}, NOW, is_repeatable=True)
    assert row(ledger, "mail-0001")["provider_ref"] == "first"


def test_an_unconfirmed_message_does_not_move_to_another_destination(ledger: Ledger) -> None:
    with ledger.exclusive():
        ledger.claim([message(1), message(2)], NOW)
        ledger.record({"mail-0001": Unknown("lost"), "mail-0002": Unreachable("down")}, NOW, is_repeatable=True)
        moved = [message(1, destination="mail"), message(2, destination="mail")]
        moved = [message(n, destination="other", message_id=old.message_id) for n, old in enumerate(moved, start=1)]
        assert ledger.claim(moved, NOW) == {"mail-0002"}
        assert ledger.claim([message(1)], NOW) == {"mail-0001"}


def test_what_is_in_doubt_comes_back_as_it_was_claimed(ledger: Ledger) -> None:
    with ledger.exclusive():
        ledger.claim([message(1, body="Grüße, Ann – 10 %")], NOW)
        (claim,) = ledger.in_doubt("sending")
    assert claim.message == message(1, body="Grüße, Ann – 10 %")
    assert claim.claimed_at == NOW


def test_times_are_naive_utc_in_the_database(ledger: Ledger) -> None:
    with ledger.exclusive():
        ledger.claim([message(1)], datetime.fromisoformat("2026-06-30T11:00:00+02:00"))
    with ledger._engine.connect() as connection:
        stored = connection.scalar(sa.select(sa.cast(deliveries.c.claimed_at, sa.String)))
    assert str(stored).startswith("2026-06-30 09:00:00")
    assert row(ledger, "mail-0001")["claimed_at"].tzinfo is UTC


def test_one_delivery_at_a_time(ledger: Ledger, url: str) -> None:
    other = Ledger(url)
    with ledger.exclusive(), pytest.raises(LedgerBusyError, match="another delivery is under way"), other.exclusive():
        pass
    with other.exclusive():
        pass
    other.close()


def test_the_lock_dies_with_its_holder(url: str) -> None:
    code = (
        "import sys, time; from activations.ledger import Ledger\n"
        "with Ledger(sys.argv[1]).exclusive(): print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, url], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        ledger = Ledger(url)
        with pytest.raises(LedgerBusyError), ledger.exclusive():
            pass
        holder.kill()
        holder.wait(10)
        _eventually_exclusive(ledger)
        ledger.close()
    finally:
        holder.kill()
        holder.communicate()


def _eventually_exclusive(ledger: Ledger) -> None:
    """A server notices a dead client when it next looks at the socket, which is soon but not at once."""
    for _ in range(10_000):
        try:
            with ledger.exclusive():
                return
        except LedgerBusyError:
            continue
    raise AssertionError("the lock outlived its holder")


def test_nothing_is_written_outside_of_a_delivery(ledger: Ledger) -> None:
    with pytest.raises(RuntimeError, match="exclusive"):
        ledger.claim([message(1)], NOW)


def test_the_password_is_not_shown(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    ledger._engine.url = sa.make_url("postgresql+psycopg://ann:secret@db/regulars")
    assert "secret" not in repr(ledger)


class Life(RuleBasedStateMachine):
    """Any order of claims, outcomes and deaths: what was final stays, and only what is surely unsent or harmless is claimed again."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger("sqlite://")
        self.model: dict[str, str] = {}

    @rule(numbers=st.lists(st.integers(0, 5), min_size=1))
    def claim(self, numbers: list[int]) -> None:
        with self.ledger.exclusive():
            claimed = self.ledger.claim([message(number) for number in numbers], NOW)
        wanted = {f"mail-{number:04d}" for number in numbers}
        assert claimed == {key for key in wanted if self.model.get(key, "pending") == "pending"}
        self.model |= dict.fromkeys(claimed, "sending")

    @precondition(lambda self: self.model)
    @rule(
        data=st.data(),
        outcome=st.sampled_from([Accepted("r"), Rejected("c"), Unknown("u"), Unreachable("d"), Throttled()]),
        is_repeatable=st.booleans(),
    )
    def record(self, data: st.DataObject, outcome: Settled, is_repeatable: bool) -> None:
        key = data.draw(st.sampled_from(sorted(self.model)))
        with self.ledger.exclusive():
            self.ledger.record({key: outcome}, NOW, is_repeatable=is_repeatable)
        if self.model[key] == "sending" or (self.model[key] == "unknown" and isinstance(outcome, Accepted)):
            lost = "pending" if is_repeatable else "unknown"
            by_kind = {"Accepted": "accepted", "Rejected": "rejected", "Unknown": lost}
            self.model[key] = by_kind.get(type(outcome).__name__, "pending")

    @rule()
    def die_and_begin_anew(self) -> None:
        self.ledger.run_id += "x"

    @invariant()
    def the_ledger_says_so(self) -> None:
        assert self.ledger.statuses(sorted(self.model)) == self.model

    def teardown(self) -> None:
        self.ledger.close()


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
