"""A tick: what the people concerned get at an instant, between two runs, by the same SQL."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyarrow as pa

from orchestration.reactive.written import WRITTEN, write
from orchestration.replay.project import Project
from orchestration.replay.scratch import DELIVERIES, Scratch
from orchestration.warehouse import Warehouse

TARGETS = ("decisions", "assignments", "int_messages_declared", "int_messages_tokened", "int_messages_beside", WRITTEN)


@dataclass(frozen=True)
class Decided:
    """outbox: of decisions.outbox; decisions: of decisions.decisions, messages alone; assignments: of decisions.assignments, what is new;
    all for the people concerned. people: how many. unknown: new rows of whom identity does not know, left to the next full run.
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
    landed until a tick.
    """

    def __init__(self, project: Project, live: Warehouse) -> None:
        self._project, self._live = project, live
        self._scratch: Scratch | None = None

    def refresh(self) -> bool:
        """Takes the warehouse's state where it has changed and nobody writes it just now; never waits. Whether it was taken."""
        self._scratch = Scratch(self._project, self._live, self._project.campaigns("message"), targets=TARGETS, reused=())
        return True

    def decide(self, instant: datetime, ledger: pa.Table | None = None) -> Decided:
        """What is decided at an instant (aware). ledger: what the ledger knows and did not land yet, as rows of raw.feedback_deliveries
        (message_id, campaign, profile_id, channel, destination, status, provider_ref, claimed_at, finished_at, updated_at). Raises
        LookupError before the first refresh."""
        if self._scratch is None:
            raise LookupError("nothing was taken from the warehouse yet")
        connection, at, seconds = self._scratch.connection, instant.astimezone(UTC).replace(tzinfo=None), dict[str, float]()
        with _timed("models", seconds):
            if ledger is not None and ledger.num_rows:
                connection.register("ledger_rows", ledger)
                stamps = "$at as _landed_at, false as _is_backfill, false as _is_deleted"
                connection.execute(f"insert into {DELIVERIES} by name select *, {stamps} from ledger_rows", {"at": at})
            self._scratch.see(at)
        with _timed("writing", seconds):
            write(self._project, connection)
            outbox = connection.sql(self._project.models["outbox"].at(at)).to_arrow_table()
        decisions = connection.sql("from decisions.decisions where kind = 'message'").to_arrow_table()
        people = len(decisions["profile_id"].unique())
        return Decided(outbox, decisions, connection.sql("from decisions.assignments").to_arrow_table(), people, seconds=seconds)

    def close(self) -> None:
        """Lets go of everything."""
        if self._scratch is not None:
            self._scratch.close()


@contextlib.contextmanager
def _timed(step: str, seconds: dict[str, float]) -> Iterator[None]:
    started = time.perf_counter()
    yield
    seconds[step] = time.perf_counter() - started
