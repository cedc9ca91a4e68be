"""One delivery per ledger at a time, by a lock that the operating system or the database takes back when its holder
dies.
"""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

_ADVISORY_KEY = 0x7265_6775  # any number that nothing else in the database uses


class LedgerBusyError(RuntimeError):
    """Another delivery is under way with the same ledger."""


@contextlib.contextmanager
def exclusive(connection: sa.Connection) -> Iterator[None]:
    """Holds the ledger for this process. Raises LedgerBusyError at once if another holds it, and ValueError for other
    databases.

    SQLite: `flock` on `<database>.lock`, which ends with the process, kill -9 included. PostgreSQL: a session's
    advisory lock on `connection` itself, which ends with the connection; since all of the ledger's writes go through
    the same connection, whoever loses the lock can no longer claim. SQLite in memory has nobody to share with.
    """
    if connection.dialect.name == "postgresql":
        got_it = connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_ADVISORY_KEY)))
        connection.commit()
        if not got_it:
            raise LedgerBusyError("another delivery is under way with this ledger; wait for it to end")
        try:
            yield
        finally:
            if not connection.invalidated and not connection.closed:
                connection.rollback()
                connection.execute(sa.select(sa.func.pg_advisory_unlock(_ADVISORY_KEY)))
                connection.commit()
        return
    if connection.dialect.name != "sqlite":
        raise ValueError(f"the ledger lives in SQLite or PostgreSQL, not in {connection.dialect.name}")
    database = connection.engine.url.database
    if not database or database == ":memory:":
        yield
        return
    with Path(f"{database}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LedgerBusyError(f"another delivery is under way with this ledger (it holds {file.name}); wait for it to end") from None
        yield
