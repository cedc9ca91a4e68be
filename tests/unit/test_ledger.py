"""The ledger on SQLite and on PostgreSQL: who may claim what, and that no outcome is lost or written over.

One file in spite of its length, because its tests share one PostgreSQL.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from delivery_kit import NOW, message

from activations.ledger import Decision, Ledger, LedgerBusyError, NotHeldError, count_held, held, held_messages, settle_held
from activations.ledger.rows import Holds
from activations.ledger.tables import attempts, deliveries, metadata, settlements
from activations.model import Accepted, Message, Rejected, Settled, Throttled, Unknown, Unreachable


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
    with engine.begin() as connection:
        for table in metadata.tables:
            connection.execute(sa.text(f"delete from {table}"))
    engine.dispose()


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    ledger = Ledger(url)
    yield ledger
    ledger.close()


def row(ledger: Ledger, message_id: str) -> sa.RowMapping:
    query = sa.select(deliveries).where(deliveries.c.message_id == message_id)
    return ledger.database.read(lambda connection: connection.execute(query).mappings().one())


def settle(ledger: Ledger, holds: Holds, outcome: Settled, *, is_repeatable: bool = False) -> set[str]:
    return ledger.record(dict.fromkeys(holds, outcome), holds, NOW, is_repeatable=is_repeatable)


def sent(ledger: Ledger, *messages: Message) -> Holds:
    """Claims and starts them all."""
    holds = ledger.claim(messages, NOW)
    assert ledger.start(holds, NOW) == holds
    return holds


def test_a_message_is_claimed_once_and_started_once_by_its_claimer(ledger: Ledger) -> None:
    messages = [message(number) for number in range(2500)]
    with ledger.delivering():
        holds = ledger.claim([*messages, messages[0]], NOW)
        assert holds.keys() == {each.message_id for each in messages}
        assert ledger.claim(messages, NOW) == {}
        found = row(ledger, "mail-0007")
        assert (found["status"], found["attempts"], found["claimed_at"], found["owner"]) == ("pending", 0, NOW, ledger.leases.worker)
        assert ledger.start(holds, NOW) == holds
        found = row(ledger, "mail-0007")
        assert (found["status"], found["attempts"]) == ("sending", 1)
        stale = {key: replace(hold, fence=hold.fence - 1) for key, hold in holds.items()}
        assert ledger.start(stale, NOW) == {} and settle(ledger, stale, Accepted("x")) == set()


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
    with ledger.delivering():
        assert settle(ledger, sent(ledger, message(1)), outcome) == {"mail-0001"}
        found = row(ledger, "mail-0001")
        assert (found["status"], found["error_code"], found["owner"]) == (status, code, None)
        assert (found["payload"] is not None) == (status == "unknown"), "an address is kept only while it is needed"
        assert bool(ledger.claim([message(1)], NOW)) == (status == "pending")


def test_every_attempt_is_a_row(ledger: Ledger) -> None:
    with ledger.delivering():
        settle(ledger, sent(ledger, message(1)), Unreachable("down"))
        settle(ledger, sent(ledger, message(1)), Rejected("invalid", "no", "email"))
        worker = ledger.leases.worker
    rows = ledger.database.read(lambda connection: connection.execute(sa.select(attempts).order_by(attempts.c.number)).all())
    found = [(each.number, each.worker, each.outcome, each.code, each.detail, each.finished_at) for each in rows]
    assert found == [(1, worker, "not_sent", "not_sent", "down", NOW), (2, worker, "rejected", "invalid", "email: no", NOW)]


def test_what_was_claimed_and_not_sent_leaves_no_trace(ledger: Ledger) -> None:
    with ledger.delivering():
        settle(ledger, sent(ledger, message(2)), Unknown("lost"), is_repeatable=True)
        ledger.release(ledger.claim([message(1), message(2)], NOW))
        assert ledger.statuses(["mail-0001", "mail-0002"]) == {"mail-0002": "pending"}
        found = row(ledger, "mail-0002")
        assert (found["payload"], found["owner"], found["error_code"]) == (None, None, "unconfirmed")
        holds = ledger.claim([message(1), message(2)], NOW)
        assert holds.keys() == {"mail-0001", "mail-0002"}
    with ledger.delivering():  # the worker before this one ended with its claims: their addresses are gone, and they are free
        assert ledger.statuses(["mail-0001", "mail-0002"]) == {"mail-0002": "pending"}
        assert row(ledger, "mail-0002")["payload"] is None
        assert ledger.start(holds, NOW) == {}


def test_an_unconfirmed_message_does_not_move_to_another_destination(ledger: Ledger) -> None:
    moved = [message(n, destination="other", message_id=f"mail-{n:04d}") for n in (1, 2)]
    with ledger.delivering():
        holds = sent(ledger, message(1), message(2))
        lost: dict[str, Settled] = {"mail-0001": Unknown("lost"), "mail-0002": Unreachable("down")}
        ledger.record(lost, holds, NOW, is_repeatable=True)
        assert ledger.claim(moved, NOW).keys() == {"mail-0002"}
        settle(ledger, sent(ledger, message(1)), Unreachable("down"))
        assert ledger.claim(moved, NOW).keys() == set(), "that a later try did not go out says nothing of the first"
        assert ledger.claim([message(1)], NOW).keys() == {"mail-0001"}


def test_what_is_in_doubt_comes_back_as_it_was_claimed(ledger: Ledger) -> None:
    odd = message(1, body="Grüße, Ann – 10 % \ud83d\x00")
    with ledger.delivering():
        stale = sent(ledger, odd)
        assert ledger.take_over("mail", NOW) == [], "its worker lives"
    with ledger.delivering():
        (doubt,) = ledger.take_over("mail", NOW)
        assert (doubt.message, doubt.claimed_at, doubt.hold.attempts) == (odd, NOW, 1)
        assert settle(ledger, stale, Accepted("late")) == set(), "the row is another's now"
        assert ledger.start({"mail-0001": doubt.hold}, NOW).keys() == {"mail-0001"} and row(ledger, "mail-0001")["attempts"] == 2
        assert settle(ledger, {"mail-0001": doubt.hold}, Unknown("lost")) == {"mail-0001"}
        settle(ledger, stale, Accepted("late"))
        assert row(ledger, "mail-0001")["provider_ref"] == "late", "what arrived after all need not be held"


def test_times_are_naive_utc_in_the_database(ledger: Ledger) -> None:
    with ledger.delivering():
        ledger.claim([message(1)], datetime.fromisoformat("2026-06-30T11:00:00+02:00"))
        stored = ledger.database.read(lambda connection: connection.scalar(sa.select(sa.cast(deliveries.c.claimed_at, sa.String))))
        assert str(stored).startswith("2026-06-30 09:00:00")
        assert row(ledger, "mail-0001")["claimed_at"].tzinfo is UTC


def test_an_answer_found_at_the_provider_stands_for_one_message(ledger: Ledger) -> None:
    with ledger.delivering():
        holds = sent(ledger, message(1), message(2))
        assert ledger.accept_found(message(1), "SM1", holds["mail-0001"], NOW)
        assert not ledger.accept_found(message(2), "SM1", holds["mail-0002"], NOW)
        assert ledger.statuses(["mail-0001", "mail-0002"]) == {"mail-0001": "accepted", "mail-0002": "sending"}


def test_persons_settle_what_is_held(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    with ledger.delivering():
        settle(ledger, sent(ledger, *(message(number) for number in range(1, 5))), Unknown("lost"))
        sent(ledger, message(9))
        assert [each.message_id for each in held(ledger)] == ["mail-0001", "mail-0002", "mail-0003", "mail-0004"]
    assert [each.message_id for each in held(ledger, limit=2)] == ["mail-0001", "mail-0002"]
    monkeypatch.setattr(held_messages, "_ROWS_PER_QUERY", 2)
    assert len(list(held(ledger))) == 5 and len(list(held(ledger, limit=3))) == 3
    assert count_held(ledger) == 5 and list(held(ledger))[4].detail == "its worker died while sending it"
    for number, decision in enumerate(Decision, start=1):
        settle_held(ledger, f"mail-{number:04d}", decision, "Bea", NOW, "asked ann1@example.com")
        with pytest.raises(NotHeldError):
            settle_held(ledger, f"mail-{number:04d}", decision, "Bea", NOW)
    assert [row(ledger, f"mail-000{number}")["status"] for number in (1, 2, 3)] == ["accepted", "pending", "rejected"]
    assert row(ledger, "mail-0003")["payload"] is None and row(ledger, "mail-0003")["error_code"] == "dropped"
    told = ledger.database.read(lambda connection: connection.execute(sa.select(settlements).order_by(settlements.c.message_id)).all())
    assert [(each.decision, each.settled_by, each.settled_at) for each in told] == [(str(each), "Bea", NOW) for each in Decision]
    assert all(each.note == "asked a***@example.com" for each in told)
    assert [each.masked_address for each in held(ledger)] == ["a***@example.com"] * 2
    with ledger.delivering():
        assert ledger.claim([message(number) for number in range(1, 4)], NOW).keys() == {"mail-0002"}
    with pytest.raises(ValueError, match="names the person"):
        settle_held(ledger, "mail-0004", Decision.SENT, " ", NOW)


def test_one_delivery_at_a_time_with_sqlite(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    ledger, other = Ledger(url), Ledger(url)
    with ledger.delivering(), pytest.raises(LedgerBusyError, match="another delivery is under way"), other.delivering():
        pass
    with other.delivering():
        pass
    ledger.close()
    other.close()


def test_the_lock_dies_with_its_holder(tmp_path: Path) -> None:
    code = (
        "import sys, time; from activations.ledger import Ledger\n"
        "with Ledger(sys.argv[1]).delivering(): print('held', flush=True); time.sleep(60)"
    )
    url = f"sqlite:///{tmp_path}/ledger.db"
    holder = subprocess.Popen([sys.executable, "-c", code, url], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        ledger = Ledger(url)
        with pytest.raises(LedgerBusyError), ledger.delivering():
            pass
        holder.kill()
        holder.wait(10)
        with ledger.delivering():
            pass
        ledger.close()
    finally:
        holder.kill()
        holder.communicate()


def test_nothing_is_written_outside_of_a_delivery(ledger: Ledger) -> None:
    with pytest.raises(RuntimeError, match="delivering"):
        ledger.claim([message(1)], NOW)


def test_the_password_is_not_shown(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    ledger.database.engine.url = sa.make_url("postgresql+psycopg://ann:secret@db/regulars")
    assert "secret" not in repr(ledger)
