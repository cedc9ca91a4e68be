"""The warm worker: what comes in between two runs is landed, decided and delivered in seconds, while a run may be under way.

A little longer than others, for the steps and their order are one thought.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import pyarrow as pa

from activations.ledger import LedgerBusyError
from orchestration.delivery import Built, deliver_messages
from orchestration.delivery_policy import PolicyError
from orchestration.destinations import DestinationError
from orchestration.reactive.arriving import Arriving
from orchestration.reactive.copied import Copied
from orchestration.reactive.history import History
from orchestration.reactive.sent_lately import sent_lately, unsettled
from orchestration.reactive.tick import Decided
from orchestration.resources import Folders, Outside

#: So often what time alone makes due is looked for.
DUE_SECONDS = 30.0
#: After how long those are decided about anew whose message could not go; twice as long each time that it still cannot.
AGAIN_SECONDS, AGAIN_AT_MOST = 4.0, 300.0
#: For a run's delivery that holds a SQLite ledger; after that the next tick tries.
LEDGER_SECONDS = 2.0


class Decides(Protocol):
    """What a tick is worked out by (tick.Tick)."""

    def refresh(self) -> bool: ...

    def decide(self, instant: datetime, ledger: pa.Table | None = None) -> Decided: ...

    def again(self, profile_ids: list[str]) -> None: ...

    def done(self) -> None: ...


@dataclass
class Ticked:
    """What a tick came to. rows: landed; decided: messages that were allowed; accepted: by providers; unknown: ids of nobody yet, which a
    run has to know first; is_refreshed: it took what a run left; seconds: by step."""

    rows: int = 0
    people: int = 0
    decided: int = 0
    accepted: int = 0
    withheld: int = 0
    left: int = 0
    unknown: int = 0
    is_refreshed: bool = False
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """The tick in one line."""
        more = "".join(f", {count:,} {word}" for count, word in ((self.withheld, "withheld"), (self.left, "left")) if count)
        steps = ", ".join(f"{name} {seconds:.1f}" for name, seconds in self.seconds.items() if seconds >= 0.05)
        total = f"{sum(self.seconds.values()):.1f} s" + (f" ({steps})" if steps else "")
        return f"{self.people:,} people, {self.decided:,} decided, {self.accepted:,} accepted{more}; {total}"


@dataclass
class Worker:
    """One tick after the other; see `tick`. now: the deployment's clock, aware; stopwatch: seconds that never go back."""

    decides: Decides
    copied: Copied
    built: Built
    arriving: Arriving
    history: History
    outside: Outside
    folders: Folders
    now: Callable[[], datetime]
    stopwatch: Callable[[], float] = time.monotonic
    is_ready: bool = False
    stopped: dict[str, str] = field(default_factory=dict)
    _due_at: float = 0.0
    _doubts_at: float = 0.0
    _has_failed: bool = False
    _waiting: int = 0
    _again: list[str] = field(default_factory=list)
    _again_at: float = 0.0
    _patience: float = AGAIN_SECONDS

    def tick(self) -> Ticked | None:
        """Lands what came, decides about the people concerned and sends; None where there was nothing to decide. After one that raised, the
        next has the same people in hand."""
        try:
            ticked = self._tick()
        except Exception:
            self._has_failed = True
            raise
        return ticked

    def _tick(self) -> Ticked | None:
        ticked = Ticked()
        with _Timed(ticked, "refresh", self.stopwatch):
            ticked.is_refreshed = self.decides.refresh()
            self.copied.refresh()
            self.is_ready = self.copied.is_there and (self.is_ready or ticked.is_refreshed)
            if ticked.is_refreshed:
                self.history.forget()
        if not self.is_ready:
            return None
        if self.arriving.is_something_there():
            with _Timed(ticked, "landing", self.stopwatch):
                ticked.rows = self.arriving.land()
        is_again = bool(self._again) and self.stopwatch() >= self._again_at
        is_left = self._has_failed or self._waiting
        if not (ticked.rows or ticked.is_refreshed or is_again or is_left or self.stopwatch() >= self._due_at):
            return None
        if is_again:
            self.decides.again(self._again)
            self._again = []
        instant = self.now()
        with _Timed(ticked, "deciding", self.stopwatch):
            known = sent_lately(self.outside.ledger_url, instant)
            decided = self.decides.decide(instant, known)
        self._due_at, self._waiting = self.stopwatch() + DUE_SECONDS, decided.waiting
        ticked.people, ticked.decided, ticked.unknown = decided.people, decided.outbox.num_rows, decided.unknown
        with _Timed(ticked, "history", self.stopwatch):
            self.history.keep(decided, instant)
        # what a killed one was sending is decided about no more: a delivery looks what became of it
        is_in_doubt = self.stopwatch() >= self._doubts_at and "sending" in known["status"].to_pylist()
        if decided.outbox.num_rows or is_in_doubt:
            self._doubts_at = self.stopwatch() + DUE_SECONDS
            with _Timed(ticked, "delivery", self.stopwatch):
                self._deliver(decided.outbox, ticked)
        self.decides.done()
        self._has_failed = False
        return ticked

    def _deliver(self, outbox: pa.Table, ticked: Ticked) -> None:
        try:
            places = (self.built, self.outside, self.folders, self.now(), self.now)
            sent = deliver_messages(outbox, *places, lambda _: None, is_brief=True, wait_seconds=LEDGER_SECONDS)
            ticked.accepted = sent.report.accepted
            self.stopped = {name: tally.stopped for name, tally in sent.report.destinations.items() if tally.stopped}
            ticked.withheld = sum(tally.withheld.total() for tally in sent.report.destinations.values())
        except LedgerBusyError:
            pass  # a run sends just now; the decision is made anew, with what that run sent
        except (DestinationError, PolicyError) as error:
            self.arriving.unread["delivery"] = str(error)
        open_ids = unsettled(self.outside.ledger_url, outbox["message_id"].to_pylist())
        rows = zip(outbox["message_id"].to_pylist(), outbox["profile_id"].to_pylist(), strict=True)
        people = sorted({profile_id for message_id, profile_id in rows if message_id in open_ids})
        ticked.left = len(open_ids) - ticked.withheld
        self._patience = min(self._patience * 2, AGAIN_AT_MOST) if people else AGAIN_SECONDS
        if people:
            self._again = sorted({*self._again, *people})
            self._again_at = self.stopwatch() + self._patience


class _Timed:
    def __init__(self, ticked: Ticked, step: str, stopwatch: Callable[[], float]) -> None:
        self._ticked, self._step, self._stopwatch = ticked, step, stopwatch

    def __enter__(self) -> None:
        self._started = self._stopwatch()

    def __exit__(self, *_: object) -> None:
        self._ticked.seconds[self._step] = self._stopwatch() - self._started
