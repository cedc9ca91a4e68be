"""What the provider remembers: one SQLite file that survives restarts and that two processes may use at once.

A message counts as accepted only when its transaction is committed. The write-ahead log with `synchronous = normal`
keeps every commit when a process is killed; only a power cut could lose the last ones, which a demo may risk.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from demo.provider import ids
from demo.provider.clock import from_us, to_us
from demo.provider.reactions import Reaction, apply_reactions
from demo.provider.schema import ENGAGEMENT_METRICS, SCHEMA


@dataclass(frozen=True)
class InboxMessage:
    """A message that a customer got. `message_id` is the provider's own, `message_key` the sender's (or None)."""

    message_id: str
    provider: str  # klaviyo, twilio, sendgrid
    channel: str  # email, sms
    address: str
    campaign: str
    body: str
    message_key: str | None
    accepted_at: datetime
    subject: str
    status: str
    html: str | None = None


class ProviderState:
    """The provider's SQLite file at `path`, created when missing. Safe for several threads and processes."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        # Another process may be writing the customers' reactions: wait for it rather than fail.
        self._connection = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = normal")
        with self._lock:
            self._connection.executescript(f"begin immediate;{SCHEMA}commit;")
            with self.transaction() as connection:
                columns = {row["name"] for row in connection.execute("pragma table_info(messages)")}
                for column in {"html", "args", "callback"} - columns:  # a file from before messages had them
                    connection.execute(f"alter table messages add column {column} text")
                connection.executemany(
                    "insert or ignore into metrics (name, integration, created_us) values (?, 'Klaviyo', 0)",
                    [(name,) for name in ENGAGEMENT_METRICS.values()],
                )

    def close(self) -> None:
        """Close the file. The object cannot be used afterwards."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing; the single writer's lock is taken at once, so that reads inside stay true."""
        with self._lock:
            self._connection.execute("begin immediate")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("rollback")
                raise
            self._connection.execute("commit")

    def read(self, query: str, values: Iterable[object] = ()) -> list[sqlite3.Row]:
        """The rows of one query."""
        with self._lock:
            return self._connection.execute(query, tuple(values)).fetchall()

    def messages(self, since: datetime | None = None) -> list[InboxMessage]:
        """The messages sent to customers, in order of acceptance; `since` (aware) keeps those from then on."""
        rows = self.read(
            "select * from messages where direction = 'outbound' and accepted_us >= ? order by seq",
            (0 if since is None else to_us(since),),
        )
        return [inbox_message(row) for row in rows]

    def react(self, message_id: str, status: str, at: datetime, is_machine: bool = False) -> None:
        """Record what became of a message; see `react_all`."""
        self.react_all([Reaction(message_id, status, at, is_machine)])

    def react_all(self, reactions: Iterable[Reaction]) -> None:
        """Record what became of messages, in one transaction. Saying the same twice changes nothing.

        Raises LookupError for a message that does not exist and ValueError for an unknown status.
        """
        with self.transaction() as connection:
            apply_reactions(connection, reactions)

    def last_us(self) -> int:
        """The latest instant of an accepted message, in microseconds since 1970; 0 when there is none."""
        return int(self.read("select coalesce(max(accepted_us), 0) from messages")[0][0])


def inbox_message(row: sqlite3.Row) -> InboxMessage:
    """A row of `messages` as what the customer sees."""
    return InboxMessage(
        message_id=public_id(row),
        provider=row["provider"],
        channel=row["channel"],
        address=row["address"],
        campaign=row["campaign"],
        body=row["body"],
        message_key=row["message_key"],
        accepted_at=from_us(row["accepted_us"]),
        subject=row["subject"],
        status=row["status"],
        html=row["html"],
    )


def public_id(row: sqlite3.Row) -> str:
    """The provider's identifier of a row of `messages`."""
    return ids.sid(row["seq"]) if row["provider"] == "twilio" else ids.long_id(ids.MESSAGE, row["seq"])
