"""A list's part of the ledger: one sync at a time, what an open one has had answered, and which snapshot counts.
A little longer than most files.

All writes name the sync and ask that it is open still, so that a process that slept while another took its list over
changes nothing any more.
"""

import contextlib
import fcntl
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from activations.ledger.database import Database
from activations.ledger.sync_tables import sync_batches, sync_held, sync_lists, syncs
from activations.syncs.standing import Answers

_LOCKS = 0x7265_6778  # any number that nothing else in the database uses


class SyncBusyError(RuntimeError):
    """Another sync of the same list is under way, or has taken it over."""


@dataclass(frozen=True, slots=True)
class Current:
    """Where a list stands: its snapshot's generation, how many members that has, and whether a first load came to its end."""

    generation: str | None
    members: int
    is_loaded: bool


class Journal:
    """Of the list `audience` at `destination`."""

    def __init__(self, database: Database, destination: str, audience: str) -> None:
        self._database = database
        self.audience = audience
        self._list = {"destination": destination, "audience": audience}
        # made once: SQLAlchemy's making of a statement costs more than its running
        mine = sa.update(syncs).where(syncs.c.sync_id == sa.bindparam("mine"), syncs.c.status == "open")
        self._leave = mine.values(left_rows=sa.bindparam("left"))
        self._answer = self._insert(sync_batches)

    @contextlib.contextmanager
    def alone(self, lock: Path) -> Iterator[None]:
        """Holds the list for this sync, between processes and machines. Raises SyncBusyError at once if another has it.

        The locks end with their holder, kill -9 included: a file's, and in PostgreSQL a session's.
        """
        names = "/".join(self._list.values())
        busy = SyncBusyError(f"another sync of {names} is under way; wait for it to end")
        with contextlib.ExitStack() as held:
            file = held.enter_context(lock.open("w"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise busy from None
            if self._database.is_shared:
                number = int.from_bytes(hashlib.sha256(names.encode()).digest()[:4], "big", signed=True)
                lock_it = sa.select(sa.func.pg_try_advisory_lock(_LOCKS, number))
                session = self._database.session(lambda connection: bool(connection.scalar(lock_it)))
                if session is None:
                    raise busy
                held.enter_context(session)
                held.callback(_unlock, session, number)
            yield

    def current(self) -> Current | None:
        """None where this ledger has never heard of the list."""
        row = self._read(sa.select(sync_lists).filter_by(**self._list))
        return Current(row[0].generation, row[0].members, row[0].is_loaded) if row else None

    def unfinished(self) -> sa.Row[Any] | None:
        """The sync of this list that died, if one did (asked while `alone`)."""
        rows = self._read(sa.select(syncs).filter_by(**self._list, status="open"))
        return rows[0] if rows else None

    def at_rest(self) -> Current | None:
        """The same between two syncs (asked while `alone`). Raises SyncBusyError where the last one died, and nothing is settled yet."""
        if self.unfinished():
            names = " at ".join(reversed(self._list.values()))
            raise SyncBusyError(f"the last sync of {names} did not come to its end; sync it once more first")
        return self.current()

    def begin(self, sync_id: str, mode: str, generation: str | None, *, is_first_load: bool, at: datetime) -> None:
        """Opens a sync, whose file of changes is in place."""
        row: dict[str, object] = {"sync_id": sync_id, **self._list, "mode": mode, "status": "open", "generation": generation}
        row |= {"is_first_load": is_first_load, "left_rows": 0, "started_at": at}
        self._database.write(lambda connection: connection.execute(self._insert(syncs), [row]))

    def note(self, sync_id: str, answered: Sequence[Answers], left_rows: int) -> None:
        """Writes answers down, and that the rows before `left_rows` may leave from here on. One commit a request."""
        rows = [{"sync_id": sync_id, "start": some.start, "stop": some.stop, "answers": some.as_json()} for some in answered]

        def write(connection: sa.Connection) -> None:
            _taken_over(connection.execute(self._leave, {"mine": sync_id, "left": left_rows}))
            if rows:
                connection.execute(self._answer, rows)

        self._database.write(write)

    def answers(self, sync_id: str) -> list[Answers]:
        """All that were written down."""
        rows = self._read(sa.select(sync_batches).filter_by(sync_id=sync_id))
        return [Answers.from_json(row.start, row.stop, row.answers) for row in rows]

    def close(self, sync_id: str, changes: Mapping[str, object], current: Current, held: Mapping[str, str], at: datetime) -> None:
        """Ends a sync (`changes`: its status and counts) and makes `current` the list's state, in one transaction.
        `held`: row_id -> why.
        """
        state: dict[str, object] = {**self._list, "generation": current.generation, "members": current.members}
        state |= {"is_loaded": current.is_loaded, "synced_at": at}
        doubts = [
            {**self._list, "row_id": row_id, "sync_id": sync_id, "held_at": at, "detail": detail, "status": "held"}
            for row_id, detail in held.items()
        ]

        def write(connection: sa.Connection) -> None:
            done = sa.select(syncs.c.status).where(syncs.c.sync_id == sync_id, syncs.c.status == changes["status"])
            if connection.scalar(done) is not None:
                return  # the first try came through, and only its answer was lost
            self._of_mine(connection, sync_id, {**changes, "finished_at": at})
            connection.execute(sa.delete(sync_batches).filter_by(sync_id=sync_id))
            connection.execute(sa.delete(sync_held).filter_by(**self._list, status="send_again"))
            if doubts:
                connection.execute(self._insert(sync_held), doubts)
            connection.execute(sa.delete(sync_lists).filter_by(**self._list))
            connection.execute(sa.insert(sync_lists), [state])

        self._database.write(write)

    def adopt(self, current: Current, at: datetime) -> Current:
        """Makes `current` the list's state without a sync."""
        state: dict[str, object] = {**self._list, "generation": current.generation, "members": current.members}
        state |= {"is_loaded": current.is_loaded, "synced_at": at}
        self._database.write(lambda connection: connection.execute(self._insert(sync_lists), [state]))
        return current

    def succeed(self, before: Current, after: Current, also: Callable[[sa.Connection], None]) -> None:
        """Makes `after` the list's state instead of `before`, and does `also`, in one transaction, for whoever holds the list."""
        here = sa.select(sync_lists.c.generation).filter_by(**self._list)
        state = {"generation": after.generation, "members": after.members, "is_loaded": after.is_loaded}

        def write(connection: sa.Connection) -> None:
            if connection.scalar(here) == after.generation:
                return  # the first try came through, and only its answer was lost
            _taken_over(connection.execute(sa.update(sync_lists).filter_by(**self._list, generation=before.generation).values(state)))
            also(connection)

        self._database.write(write)

    def _of_mine(self, connection: sa.Connection, sync_id: str, values: Mapping[str, object]) -> None:
        mine = sa.update(syncs).where(syncs.c.sync_id == sync_id, syncs.c.status == "open").values(**values)
        _taken_over(connection.execute(mine))

    def _insert(self, table: sa.Table) -> Any:
        """Written again after a lost commit, the same row is the same row."""
        insert = postgresql.insert if self._database.is_shared else sqlite.insert
        return insert(table).on_conflict_do_nothing()

    def _read(self, query: sa.Select[Any]) -> list[sa.Row[Any]]:
        rows: list[sa.Row[Any]] = self._database.read(lambda connection: list(connection.execute(query)))
        return rows


def _taken_over(done: sa.CursorResult[Any]) -> None:
    if done.rowcount != 1:
        raise SyncBusyError("another sync has taken this list over; this one ends here")


def _unlock(session: sa.Connection, number: int) -> None:
    with contextlib.suppress(sa.exc.DBAPIError):  # with the session its lock has gone
        session.execute(sa.select(sa.func.pg_advisory_unlock(_LOCKS, number)))
