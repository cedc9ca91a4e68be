"""What comes in between two runs: seen cheaply, and landed by the landings that a run uses."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from activations.webhooks.registry import VENDORS as READERS
from orchestration.landing import Landed, Landing, land_collected, land_rest, land_sql, land_webhooks
from orchestration.landing.collected import waiting_files
from orchestration.resources import Folders, Outside
from orchestration.sources.catalogue import SYSTEMS, VENDORS
from orchestration.sources.errors import SourceError
from orchestration.sources.table import Table

#: What a message may be made of or be voided by. The export of GA4 comes by days and is a run's work.
URGENT = ("customers", "buyers", "contacts", "persons", "consents", "orders", "order_lines", "refunds", "tickets", "shipments", "products")
#: Rows that were committed later than this after they were written are found by the next run, which looks back for longer.
OVERLAP = timedelta(minutes=10)
#: What lands by few rows at a time makes files of so many.
SMALL_ROWS = 10_000


@dataclass
class Arriving:
    """Watches the spools and the folder of dropped files, and asks the other systems now and then.

    ask_seconds: how often a database is asked; api_seconds: an API, which counts its calls. A source that takes longer is asked less
    often, so that asking takes a fifth of the time at most. unread: what could not be asked when it was asked last, in words.
    """

    outside: Outside
    folders: Folders
    systems: tuple[str, ...]
    now: Callable[[], datetime]
    ask_seconds: float = 2.0
    api_seconds: float = 60.0
    stopwatch: Callable[[], float] = time.monotonic
    unread: dict[str, str] = field(default_factory=dict)
    _seen: Mapping[str, list[int]] = field(default_factory=dict)
    _next: dict[str, float] = field(default_factory=dict)

    def is_something_there(self) -> bool:
        """Whether a file is new or has grown, or a system is to be asked."""
        return self._waiting() != self._seen or any(self._is_due(name) for name in self._asked)

    def land(self) -> int:
        """Lands what is new; returns the number of rows."""
        rows = 0
        if (waiting := self._waiting()) != self._seen:
            at = self.now()
            if "collector" in self.systems:
                rows += self._counted("collector", lambda: self._events(at))
            rows += self._counted("webhooks", lambda: land_webhooks(self.folders.collected_webhooks, READERS, self._landing, at))
            self._seen = waiting
        for name in filter(self._is_due, self._asked):
            started = self.stopwatch()
            rows += sum(self._counted(table.raw_name, lambda table=table: self._asked_for(table)) for table in self._tables(name))  # type: ignore[misc]
            ended = self.stopwatch()
            usual = self.api_seconds if name in VENDORS else self.ask_seconds
            self._next[name] = ended + max(usual, 4 * (ended - started))
        return rows

    @property
    def _landing(self) -> Landing:
        return Landing(self.folders.landing.root, SMALL_ROWS)

    @property
    def _asked(self) -> list[str]:
        return [name for name in self.systems if name not in ("ga4", "collector")]

    def _tables(self, system: str) -> Iterator[Table]:
        return (table for table in SYSTEMS[system] if table.name in URGENT)

    def _is_due(self, system: str) -> bool:
        return self.stopwatch() >= self._next.get(system, 0.0)

    def _waiting(self) -> Mapping[str, list[int]]:
        return waiting_files(self.outside.dropped_events, self.folders.collected_events, self.folders.collected_webhooks)

    def _events(self, at: datetime) -> Landed:
        return land_collected(self.outside.dropped_events, self.folders.collected_events, self._landing, at)

    def _asked_for(self, table: Table) -> Landed:
        """Landed as ever, but for the question what was deleted, which is a run's."""
        landing, at = self._landing, self.now()
        if not landing.files(table):  # the first load is a run's work
            return Landed(table.raw_name)
        briefly = replace(table, overlap=min(OVERLAP, table.overlap), deletes=None)
        with landing.alone(table, patience=0):
            if table.source in VENDORS:
                vendor = VENDORS[table.source]
                live = [replace(one, table=briefly) for one in vendor.of(table) if not (one.says_deleted or one.says_present)]
                return land_rest(live, self.outside.api_of(vendor), landing, at)
            return land_sql(briefly, self.outside.url_of(table.source), landing, at)

    def _counted(self, name: str, land: Callable[[], Landed]) -> int:
        """Rows landed; a source that is down, or that a run lands just now, holds up no other."""
        try:
            landed = land()
        except SourceError as error:
            self.unread[name] = str(error)
            return 0
        self.unread.pop(name, None)
        return landed.rows
