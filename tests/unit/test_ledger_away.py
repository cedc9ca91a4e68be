"""The database goes away in the middle of a delivery, or takes a commit and does not say so: every message still goes out once."""

import threading
from collections.abc import Callable, Sequence

import psycopg
import pytest
import sqlalchemy as sa
from delivery_kit import NOW, AskableShelf, Shelf, clock, message
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from activations.destination import Request
from activations.ledger import Ledger
from activations.ledger.tables import attempts
from activations.messages.engine import deliver
from activations.messages.report import DeliveryReport
from activations.model import Message, Outcome

COUNT = 120
END_ALL = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"


@pytest.fixture
def url(new_database: Callable[[], str]) -> str:
    return new_database()


def run(ledger: Ledger, *shelves: Shelf) -> DeliveryReport:
    messages = [message(number, shelf.name) for number in range(COUNT) for shelf in shelves]
    return deliver(messages, {shelf.name: shelf for shelf in shelves}, ledger, clock)


def all_once(ledger: Ledger, shelf: Shelf) -> None:
    wanted = [f"{shelf.name}-{number:04d}" for number in range(COUNT)]
    assert sorted(shelf.inbox) == wanted
    assert set(ledger.statuses(wanted).values()) == {"accepted"}
    query = sa.select(attempts.c.number, attempts.c.outcome).where(attempts.c.message_id.in_(wanted))
    assert ledger.database.read(lambda connection: connection.execute(query).all()) == [(1, "accepted")] * COUNT


def test_connections_that_break_again_and_again(url: str) -> None:
    """Every so many requests the server ends all sessions of the ledger, as it does when it is restarted."""
    ledger = Ledger(url)

    class Breaking(Shelf):
        def send(self, request: Request) -> list[Outcome]:
            if len(self.requests) % 4 == 0:
                with psycopg.connect(sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
                    connection.execute(END_ALL)
            return super().send(request)

    shelves = [Breaking("mail", rows=5, is_idempotent=False), Shelf("sms", rows=1, concurrency=4, is_idempotent=False)]
    report = run(ledger, *shelves)
    assert (report.accepted, report.left, report.unknown) == (2 * COUNT, 0, 0)
    for shelf in shelves:
        all_once(ledger, shelf)
    ledger.close()


def test_commits_whose_answer_is_lost(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, real, turn, passed = Ledger(url), PGDialect_psycopg.do_commit, threading.Lock(), [0]

    def commit(dialect: PGDialect_psycopg, connection: sa.PoolProxiedConnection) -> None:
        real(dialect, connection)
        with turn:
            passed[0] += 1
            is_lost = passed[0] % 3 == 0
        if is_lost:
            connection.dbapi_connection.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(PGDialect_psycopg, "do_commit", commit)
    shelf = Shelf("mail", rows=5, is_idempotent=False)
    report = run(ledger, shelf)
    assert (report.accepted, report.left, report.unknown) == (COUNT, 0, 0)
    all_once(ledger, shelf)
    with ledger.delivering():
        ledger.start(ledger.claim([message(500), message(501)], NOW), NOW)
    with ledger.delivering():
        assert len(ledger.take_over("mail", NOW)) == 2, "what was taken over by a lost commit is taken over"
    assert passed[0] > 60
    ledger.close()


def test_workers_share_an_outbox_and_take_up_what_one_of_them_left(url: str) -> None:
    """Three workers at once, each with the whole outbox; a fourth died before, while sending, and with claims that it never sent."""
    dead = Ledger(url, lease_seconds=1.5)
    _die(dead, [message(number, "sms") for number in range(6)])
    shelf = AskableShelf("sms", rows=1, concurrency=2, is_idempotent=False)
    shelf.inbox.append("sms-0000")  # of the three that the dead one was sending, one had gone out
    ledgers = [Ledger(url, lease_seconds=1.5) for _ in range(3)]
    reports: list[DeliveryReport] = []
    workers = [threading.Thread(target=lambda ledger=ledger: reports.append(run(ledger, shelf))) for ledger in ledgers]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(reports) == 3
    assert sum(report.accepted for report in reports) == COUNT - 2
    assert sorted(shelf.inbox) == [f"sms-{number:04d}" for number in range(COUNT) if number not in (1, 2)]
    held = {row.message_id for report in reports for row in report.held}
    assert held == {"sms-0001", "sms-0002"} and sum(report.unknown for report in reports) == 2
    for ledger in (dead, *ledgers):
        ledger.close()


def _die(ledger: Ledger, messages: Sequence[Message]) -> None:
    """Starts three of six, and is never heard of again: its leases go on until they end by the server's clock."""
    life = ledger.delivering()
    life.__enter__()
    holds = ledger.claim(messages, NOW)
    ledger.start(dict(sorted(holds.items())[:3]), NOW)
    ledger.leases.give_up = lambda: None  # type: ignore[method-assign]
    life.__exit__(None, None, None)
