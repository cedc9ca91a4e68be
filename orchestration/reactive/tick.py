"""A tick: what the people concerned get at an instant, between two runs, by the same SQL."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from orchestration.reactive.kept import kept_in, state_of, whole_second
from orchestration.reactive.making import Making
from orchestration.reactive.mirror import FLAT, NESTED, Mirror
from orchestration.reactive.people import People
from orchestration.reactive.settled import Plan, doubted, opened, take
from orchestration.replay.project import Project
from orchestration.replay.scratch import BEFORE_ALL
from orchestration.warehouse import Warehouse

#: So many people at once; the others wait for the next tick.
MOST = 2_000
#: Who is only looked at for the sake of those concerned, behind the same address or device, gets nothing by this.
ASKED = "profile_id in (select profile_id from concerned.asked)"
COLLECTED = "raw.collector_events"


@dataclass(frozen=True)
class Decided:
    """outbox: of decisions.outbox; decisions: of decisions.decisions, messages alone; assignments: of decisions.assignments, what is new;
    all for the people concerned. people: how many. unknown: ids and devices in new rows that are nobody's yet, left to the next full run.
    waiting: people who are concerned too, and are taken with the next tick. seconds: by step."""

    outbox: pa.Table
    decisions: pa.Table
    assignments: pa.Table
    people: int
    unknown: int = 0
    waiting: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


class Tick:
    """Keeps what the last run left, and decides about whom something new is known. Close it in the end.

    project: compiled. live: the warehouse, read when nobody writes it; its data folder holds the landing zone, of which all is read that
    landed until a tick. folder: empty, private; what is kept there is about people, and goes with it. most: people at once. settings: of
    DuckDB, e.g. threads, memory_limit.
    """

    def __init__(self, project: Project, live: Warehouse, folder: Path, most: int = MOST, settings: dict[str, str] | None = None) -> None:
        self._project, self._data, self._most = project, Path(live.data), most
        self._folder = folder
        self._connection = kept_in(folder, project, settings or {"threads": "2"})
        self._plan = Plan(project)
        self._mirror = Mirror(self._connection, project, self._data / "landing", self._plan.raw)
        self._people = People(self._connection)
        self._making: Making | None = None
        self._seen: tuple[int, ...] = ()
        self._run_at = self._until = BEFORE_ALL

    def refresh(self) -> bool:
        """Takes the warehouse's state where it has changed and nobody writes it just now; never waits. Whether it was taken."""
        path = self._data / "warehouse.duckdb"
        if not path.exists() or state_of(path) == self._seen:
            return False
        with opened(self._connection, self._data) as live:
            if live is None:
                return False
            seen = state_of(path)
            self._plan = Plan(self._project, doubted(self._connection, live))
            self._run_at = take(self._connection, self._plan, live)
            if NESTED in self._plan.raw:
                self._mirror.give_days(live)
        self._mirror.take(self._run_at)
        self._making = Making(self._connection, self._plan, self._mirror, self._run_at)
        self._seen = seen
        return True

    def decide(self, instant: datetime, ledger: pa.Table | None = None) -> Decided:
        """What is decided at an instant (aware; up to a second later, for what landed in this second counts). ledger: what the ledger knows
        and did not land yet, as rows of raw.feedback_deliveries (message_id, campaign, profile_id, channel, destination, status,
        provider_ref, claimed_at, finished_at, updated_at). Raises LookupError before the first refresh."""
        if self._making is None:
            raise LookupError("nothing was taken from the warehouse yet")
        at, seconds = whole_second(instant), dict[str, float]()
        with _timed("landed", seconds):
            self._making.is_changed(self._mirror.take(self._run_at))
        with _timed("people", seconds):
            people, waiting, unknown = self._choose(at)
        with _timed("rows", seconds):
            self._making.narrow(ledger, at)
        with _timed("models", seconds):
            self._making.decide(at)
        with _timed("messages", seconds):
            self._making.write(at)
        outbox, decisions, assignments = (
            self._connection.sql(f"from warehouse.decisions.{name} where {ASKED}").to_arrow_table()
            for name in ("outbox", "decisions", "assignments")
        )
        return Decided(outbox, decisions, assignments, people, unknown, waiting, seconds)

    def done(self) -> None:
        """Says that what was decided last is done; else the next tick decides about the same people again."""
        self._people.done()

    def again(self, profile_ids: list[str]) -> None:
        """Has the next tick decide about these too: what was decided of them could not be done."""
        self._people.again(profile_ids)

    def _choose(self, at: datetime) -> tuple[int, int, int]:
        events = [(FLAT, "user_pseudo_id")] if NESTED in self._plan.raw else []
        events += [(one, "anonymous_id") for one in self._plan.raw if one == COLLECTED]
        orders = {one: self._mirror.columns(one) for one in self._plan.raw if one.endswith("_orders")}
        self._people.due(events, self._project.waits, max(self._until, self._run_at), at)
        self._until = at
        return self._people.choose(events, orders, self._most)

    def close(self) -> None:
        """Lets go of everything."""
        self._connection.close()
        shutil.rmtree(self._folder, ignore_errors=True)


@contextlib.contextmanager
def _timed(step: str, seconds: dict[str, float]) -> Iterator[None]:
    started = time.perf_counter()
    yield
    seconds[step] = time.perf_counter() - started
