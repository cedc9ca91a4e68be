"""One look for a batch: fetch what changed, then hold it against the batch; and what to do where a source cannot be asked.

One file: the look, and the names of what it reads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from activations.destination import Destination
from activations.messages.courier import NOT_CHECKED
from activations.model import Message
from orchestration.landing import Landing
from orchestration.last_look.changes import AHEAD, changed
from orchestration.last_look.objections import TABLES as TABLES_READ
from orchestration.last_look.objections import objections
from orchestration.last_look.staged import Staging
from orchestration.last_look.suppressed import SUPPRESSED, Lists
from orchestration.resources import Outside
from orchestration.sources.catalogue import TABLES
from orchestration.sources.errors import SourceError
from orchestration.warehouse import Warehouse

#: A look is at all that waits, and serves the batches that follow within a second; where it takes longer, so that the looks together take
#: a sixth of the time at most.
GOOD_FOR_SECONDS = 1.0
GOOD_FOR_TIMES = 5.0
#: What is read of a message.
READ = ["message_id", "profile_id", "channel", "purpose", "address", "occurred_at"]
READ += ["is_void_after_order", "is_void_after_return", "is_void_while_ticket"]
BY_NAME = {table.raw_name: table for table in TABLES}


class LastLook:
    """What stands against a batch now, asked in the moment before it is sent.

    outbox: decisions.outbox. now: the time of day, aware. compiled, manifest: dbt's target folder, and the project's manifest.
    hold_while_open: the policy's word on open tickets. destinations: those that carry messages, whose own lists are asked too.
    webhooks: where the receiver keeps what it was told. unread: what could not be asked, in words, once each.
    looks, seconds: how often the sources were read, and how long all of it took.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        outbox: pa.Table,
        outside: Outside,
        landing: Landing,
        now: Callable[[], datetime],
        compiled: Path,
        manifest: Path,
        hold_while_open: str,
        destinations: Mapping[str, Destination],
        webhooks: Path,
    ) -> None:
        self._warehouse, self._outside, self._landing, self._now = warehouse, outside, landing, now
        self._webhooks = webhooks
        self._staging = Staging(compiled, manifest)
        self._hold_while_open = hold_while_open
        self._lists = Lists(destinations, landing, outbox["address"].to_pylist(), now, time.monotonic)
        is_current = pa.repeat(True, outbox.num_rows)
        self._outbox = outbox.select(READ).append_column("is_current", is_current)
        self._ids = set(outbox["message_id"].to_pylist())
        self._alone = threading.Lock()
        self._found: dict[str, str] = {}
        self._rows: dict[str, pa.Table] = {}
        self._staged: dict[str, pa.Table] = {}
        self._fetched = 0.0
        self._took = 0.0
        self._missing: list[str] = []
        self.unread: list[str] = []
        self.looks = 0
        self.seconds = 0.0

    def __call__(self, batch: Sequence[Message]) -> dict[str, str]:
        """The reasons against messages of the batch; marketing of a batch that could not be checked wholly waits, in doubt. Destinations
        that work side by side ask one after the other: a look serves them all."""
        with self._alone:
            return self._looked_at(batch) if batch else {}

    def _looked_at(self, batch: Sequence[Message]) -> dict[str, str]:
        started = time.monotonic()
        try:
            if not self.looks or started - self._fetched > max(GOOD_FOR_SECONDS, GOOD_FOR_TIMES * self._took):
                self._fetch()
            found = {one.message_id: self._found[one.message_id] for one in batch if one.message_id in self._found}
            if strangers := [_stranger(one) for one in batch if one.message_id not in self._ids]:
                found |= self._against(pa.Table.from_pylist(strangers, self._outbox.schema))
        except (OSError, KeyError, duckdb.Error) as error:  # no compiled SQL, no warehouse, or neither fits the other
            self._say(f"the last look was not possible ({type(error).__name__}); it needs a warehouse that was built by a run")
            found, self._missing = {}, ["all"]
        listed = self._lists.objections(batch)
        found = listed | found | {key: reason for key, reason in listed.items() if reason == SUPPRESSED}
        for words in self._lists.unread:
            self._say(words)
        self.seconds += time.monotonic() - started
        if self._missing:
            found |= {one.message_id: NOT_CHECKED for one in batch if one.purpose == "marketing" and one.message_id not in found}
        return found

    def _fetch(self) -> None:
        started = time.monotonic()
        self._missing = []
        for name in self._staging.raw_tables:
            table = BY_NAME[name]
            try:
                self._rows[name] = changed(table, self._outside, self._landing, self._webhooks, self._now())
            except SourceError as error:
                self._missing.append(name)
                self._rows[name] = self._rows.get(name) or _nothing(name)
                self._say(str(error))
        with self._warehouse.open() as connection:
            self._staged = self._staging.made_of(self._rows, connection, self._now() + AHEAD)
        self._found = self._against(self._outbox)
        self.looks += 1
        self._fetched = time.monotonic()
        self._took = self._fetched - started

    def _against(self, messages: pa.Table) -> dict[str, str]:
        with self._warehouse.open() as connection:
            for name, table in {"batch": messages, **self._staged}.items():
                connection.register(name, table)
            return objections(connection, self._hold_while_open)

    def _say(self, words: str) -> None:
        if words not in self.unread:
            self.unread.append(words)


def tables_read(compiled: Path, manifest: Path) -> list[str]:
    """The tables of the warehouse that a look reads, by `schema.name`."""
    return sorted({*TABLES_READ, *Staging(compiled, manifest).tables})


def _stranger(message: Message) -> dict[str, object]:
    """A message that is not in the outbox is of a dead run: what voids it is not known, so that anything does."""
    is_marketing = message.purpose == "marketing"
    return {
        **{name: getattr(message, name) for name in READ[:5]},
        "occurred_at": message.occurred_at.astimezone(UTC).replace(tzinfo=None),
        "is_void_after_order": is_marketing,
        "is_void_after_return": is_marketing,
        "is_void_while_ticket": False,
        "is_current": False,
    }


def _nothing(raw_name: str) -> pa.Table:
    with duckdb.connect() as connection:
        connection.execute(f"create table nothing ({BY_NAME[raw_name].ddl})")
        return connection.sql("from nothing").to_arrow_table()
