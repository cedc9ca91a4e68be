"""The ledger's database: transactions that outlive its restarts, and its own clock. A little longer than most files."""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_after_delay, wait_random_exponential

from activations.ledger.tables import UtcTimestamp

Value = TypeVar("Value")

#: Classes and codes of PostgreSQL that say "not now": connections, shutdown and start, deadlocks, sessions ended for being idle or for
#: lasting too long, too many.
_NOT_NOW = ("08", "57P0", "40001", "40P01", "25P03", "25P04", "53300")
_LONGEST = 5
_TRIES = 40
_LONGEST_WAIT_SECONDS = 5.0


class Database:
    """`url` is SQLAlchemy's, driver named. `sleep` waits (seconds) between two tries of a transaction, some two minutes in all.

    idle_seconds: after this long inside a transaction without a word from us the server ends it, after five times as long
    whatever we say, so that a paused worker's locks do not hold up the others. Raises ValueError for a database that is
    neither SQLite nor PostgreSQL.
    """

    def __init__(self, url: str, *, idle_seconds: float = 60.0, sleep: Callable[[float], None] = time.sleep) -> None:
        parsed = sa.make_url(url)
        backend = parsed.get_backend_name()
        if backend not in ("sqlite", "postgresql"):
            raise ValueError(f"the ledger lives in SQLite or PostgreSQL, not in {backend}")
        self.is_shared = backend == "postgresql"
        self._sleep = sleep
        self._turn: AbstractContextManager[Any] = nullcontext() if self.is_shared else threading.Lock()
        if self.is_shared:
            # As many connections as there are destinations, whose threads are never many: none waits for another's.
            many: dict[str, Any] = {"pool_pre_ping": True, "max_overflow": -1, "connect_args": {"connect_timeout": 10}}
            self.engine = sa.create_engine(parsed, hide_parameters=True, **many)
            end_idle = f"set idle_in_transaction_session_timeout = {round(idle_seconds * 1000)}"
            # Who is paused between two words of one statement is not idle to the server: only its whole time ends that (PostgreSQL 17).
            longest = f"set_config(name, '{round(idle_seconds * 1000) * _LONGEST}', false)"
            end_long = f"select {longest} from pg_settings where name = 'transaction_timeout'"
            ends = (end_idle, end_long)
            sa.event.listen(self.engine, "connect", lambda session, _: ([session.execute(end) for end in ends], session.commit()))
            return
        pool: dict[str, Any] = {"poolclass": sa.StaticPool, "connect_args": {"check_same_thread": False}}
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            pool = {"max_overflow": -1}
        self.engine = sa.create_engine(parsed, hide_parameters=True, **pool)
        sa.event.listen(self.engine, "connect", _set_up_sqlite)
        sa.event.listen(self.engine, "begin", _begin_sqlite)

    def write(self, work: Callable[[sa.Connection], Value], *, tries: int = _TRIES) -> Value:
        """Runs `work` in a transaction and commits. Where the database goes away meanwhile, it is run again once it is
        back, though the first try may have been committed and only the answer lost: `work` must come to the same then.
        """

        return self._persist(lambda: self.write_once(work), tries)

    def write_once(self, work: Callable[[sa.Connection], Value]) -> Value:
        """As `write`, without a second try."""
        with self._turn, self.engine.connect() as connection:
            writing = connection.execution_options(is_writing=True)
            with writing.begin():
                return work(writing)

    def read(self, work: Callable[[sa.Connection], Value], *, tries: int = _TRIES) -> Value:
        """Runs `work`, which changes nothing; again where the database went away."""

        def once() -> Value:
            with self.engine.connect() as connection:
                return work(connection)

        return self._persist(once, tries)

    def session(self, is_wanted: Callable[[sa.Connection], bool]) -> sa.Connection | None:
        """A connection of its own, without transactions; None where `is_wanted` says no. Again where the database went away."""

        def once() -> sa.Connection | None:
            with ExitStack() as stack:
                session = stack.enter_context(self.engine.execution_options(isolation_level="AUTOCOMMIT").connect())
                if is_wanted(session):
                    stack.pop_all()
                    return session
            return None

        return self._persist(once, _TRIES)

    def after(self, seconds: float) -> sa.ColumnElement[datetime]:
        """The time in so many seconds by the database's clock, naive UTC as the tables hold it."""
        if self.is_shared:
            return sa.literal_column(f"(clock_timestamp() at time zone 'utc' + make_interval(secs => {float(seconds)}))", UtcTimestamp)
        return sa.literal_column(f"strftime('%Y-%m-%d %H:%M:%f000', 'now', '{float(seconds):+f} seconds')", UtcTimestamp)

    def _persist(self, once: Callable[[], Value], tries: int) -> Value:
        return Retrying(
            sleep=self._sleep,
            stop=stop_after_attempt(tries),
            wait=wait_random_exponential(multiplier=0.1, max=_LONGEST_WAIT_SECONDS),
            retry=retry_if_exception(_is_away),
            reraise=True,
        )(once)


def among(connection: sa.Connection, column: sa.ColumnElement[str], values: Iterable[str]) -> sa.ColumnElement[bool]:
    """`column in (values)` with one parameter, however many there are."""
    if connection.dialect.name == "postgresql":
        return column == sa.any_(sa.cast(sa.literal(list(values), postgresql.ARRAY(sa.Text)), postgresql.ARRAY(sa.Text)))
    each = sa.func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(sa.select(each.c.value))


def given(connection: sa.Connection, names: Sequence[str], rows: Sequence[Sequence[str | None]]) -> sa.Select[Any]:
    """Rows of text as a table, with one parameter (a column on PostgreSQL), however many there are."""
    if connection.dialect.name == "postgresql":
        array = postgresql.ARRAY(sa.Text)
        columns = [sa.cast(sa.literal([row[place] for row in rows], array), array) for place in range(len(names))]
        table = sa.func.unnest(*columns).table_valued(*names).render_derived()
        return sa.select(*(table.c[name] for name in names))
    each = sa.func.json_each(json.dumps(rows)).table_valued("value")
    return sa.select(*(sa.func.json_extract(each.c.value, f"$[{place}]").label(name) for place, name in enumerate(names))).where(
        sa.text("true")  # without a condition SQLite takes ON CONFLICT for one of a join
    )


def _is_away(error: BaseException) -> bool:
    """Whether the database said nothing about the transaction itself, only that it is not there now."""
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", "")  # SQLite's errors have no such thing; None where no connection came about
    return state is None or (state != "" and (error.connection_invalidated or state.startswith(_NOT_NOW)))


def _set_up_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # transactions begin where SQLAlchemy says so, not at the first insert
    connection.execute("pragma busy_timeout = 30000")
    # readers do not hold up a delivery; of several that open a new file at once SQLite refuses some, without the wait that it knows
    again = Retrying(
        stop=stop_after_delay(30),
        wait=wait_random_exponential(multiplier=0.01, max=0.5),
        retry=retry_if_exception(_is_locked),
        reraise=True,
    )
    again(connection.execute, "pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")  # a commit survives a power cut


def _is_locked(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def _begin_sqlite(connection: sa.Connection) -> None:
    # A transaction that will write says so at once: one that turns to writing later may find that it cannot.
    connection.exec_driver_sql("begin immediate" if connection.get_execution_options().get("is_writing") else "begin")
