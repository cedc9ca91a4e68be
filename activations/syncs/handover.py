"""The rows of a sync's changes to the provider: encoded, in requests, each journalled before it leaves and once it is answered.

A little longer than most files."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

import numpy as np
import pyarrow.compute as pc

from activations.destination import Destination, Polls, Request, Work
from activations.masking import mask_text
from activations.model import Accepted, Deferred, Rejected, Settled, Unknown, why
from activations.syncs.addresses import NAMES, addresses
from activations.syncs.changes import ACTION, ATTEMPTS, FORMER_REF, OF, OURS
from activations.syncs.journal import Journal
from activations.syncs.rows import Rows, as_mappings
from activations.syncs.standing import ACCEPTED, DOUBTED, HELD, REJECTED, UNTOUCHED, Answers, Standing
from activations.syncs.waits import NO_ADDRESS
from activations.transport.batching import fitting
from activations.transport.conversation import Conversation
from activations.transport.patience import Patience

_LOST_IN_A_ROW = 3
_AT_ONCE = 1_000
_NOT_SENT = {*OURS.names, "row_hash", "audience"}
Encoded = tuple[list[int], list[bytes]]
"""Rows as they are sent, and their places among the changes, ascending."""
RowsFrom = Iterator[tuple[int, Iterable[Mapping[str, Any]]]]
Row = TypeVar("Row")
Refused = dict[int, tuple[int, str, str]]


@dataclass(slots=True)
class Handover:
    """Of the file of changes `rows` of the sync `sync_id`. What became of each row is noted in `standing`; `stopped` says why a
    provider could not be used any more.
    """

    sync_id: str
    rows: Rows
    destination: Destination
    journal: Journal
    standing: Standing
    patience: Patience
    progress: Callable[[], None]
    is_first_load: bool
    target: str = ""
    stopped: str | None = None
    requests: int = 0
    _lost_in_a_row: int = 0
    _attempts: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self._attempts = self.rows.whole([ATTEMPTS]).column(0).fill_null(0).to_numpy()

    def hand_over(self, work: Work, start: int, stop: int) -> None:
        """Sends the rows from `start`, before `stop`, until all are answered or the provider cannot be used."""
        limits = self.destination.abilities[work].limits
        refused: Refused = {}
        requests = self._requests(work, start, stop, refused)
        ready: deque[Encoded] = deque()
        under_way: dict[Future[list[Settled]], Answers] = {}
        answered: list[Answers] = []
        sent = start  # rows before it have left
        with ThreadPoolExecutor(limits.concurrency) as pool:
            while True:
                free = 0 if self.stopped else limits.concurrency - len(under_way)
                ready.extend(islice(requests, max(free - len(ready), 0)))
                leaving = [ready.popleft() for _ in range(min(free, len(ready)))]
                parts = []
                for places, _ in leaving:
                    parts.append(self._part(sent, places[-1] + 1, refused))
                    sent = places[-1] + 1
                if leaving or answered:
                    self.journal.note(self.sync_id, answered, sent)
                    answered = []
                for part, (places, rows) in zip(parts, leaving, strict=True):
                    part.asked = places
                    under_way[pool.submit(self._settle, work, places, rows)] = part
                if not under_way:
                    break
                ready.extend(islice(requests, max(1 - len(ready), 0)))  # while the requests are under way
                for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                    part = under_way.pop(future)
                    self._take(work, part, future.result())
                    answered.append(part)
                self.progress()
        if not self.stopped and sent < stop:  # what was not worth a request
            rest = self._part(sent, stop, refused)
            self.standing.take(rest)
            self.journal.note(self.sync_id, [rest], stop)

    def _part(self, start: int, stop: int, refused: Refused) -> Answers:
        return Answers(start, stop, {place: refused.pop(place) for place in [place for place in refused if place < stop]})

    def _settle(self, work: Work, places: list[int], rows: list[bytes]) -> list[Settled]:
        # Rows that were refused before are likely to be refused alike, without anything being wrong with the set-up.
        is_sound = self.standing.accepted > 0 or bool((self._attempts[places] > 0).all())
        ability = self.destination.abilities[work]
        poll = self.destination.poll if isinstance(self.destination, Polls) else None
        request = lambda some: self.destination.send(Request(work, some, self.target, self.is_first_load))  # noqa: E731
        return Conversation(request, ability.is_repeatable or work is Work.REMOVE, self.patience, poll, is_sound).settle(rows)

    def _take(self, work: Work, part: Answers, outcomes: list[Settled]) -> None:
        """Outcomes as they are written down."""
        is_repeatable = self.destination.abilities[work].is_repeatable or work is Work.REMOVE
        lost = 0
        for place, outcome in zip(part.asked, outcomes, strict=True):
            if isinstance(outcome, Accepted):
                if outcome.provider_ref is not None and work is Work.UPSERT:
                    part.refs[place] = outcome.provider_ref
            elif isinstance(outcome, Rejected):
                detail = f"{outcome.field}: {outcome.detail}" if outcome.field else outcome.detail
                part.others[place] = (REJECTED, outcome.code, mask_text(detail))
            elif isinstance(outcome, Unknown):
                lost += 1
                part.others[place] = (DOUBTED if is_repeatable else HELD, "unconfirmed", mask_text(outcome.detail))
            elif isinstance(outcome, Deferred):
                part.others[place] = (UNTOUCHED, "deferred", mask_text(outcome.detail))
            else:
                part.others[place] = (UNTOUCHED, "not_sent", mask_text(why(outcome)))
                self.stopped = self.stopped or why(outcome)
        self._lost_in_a_row = self._lost_in_a_row + 1 if lost == len(outcomes) else 0
        if lost and (is_repeatable or self._lost_in_a_row >= _LOST_IN_A_ROW):
            self.stopped = self.stopped or "its answers are lost"
        self.requests += 1
        self.standing.take(part)

    def _requests(self, work: Work, start: int, stop: int, refused: Refused) -> Iterator[Encoded]:
        limits = self.destination.abilities[work].limits
        places: list[int] = []
        rows: list[bytes] = []
        for more_places, more_rows in self._encoded(work, start, stop, refused):
            places += more_places
            rows += more_rows
            while (count := fitting([*map(len, rows)], limits)) < len(rows):
                yield places[:count], rows[:count]
                places, rows = places[count:], rows[count:]
        if rows:
            yield places, rows

    def _encoded(self, work: Work, start: int, stop: int, refused: Refused) -> Iterator[Encoded]:
        """The rows that are worth a request, with their places; `refused` gets the others, before a later place is given."""
        encode, limits = self.destination.encode, self.destination.abilities[work].limits
        longest = min(limits.size_bytes, limits.row_bytes or limits.size_bytes)
        for first, rows in self._removals(start, stop, refused) if work is Work.REMOVE else self._upserts(start, stop, refused):
            coming, place = iter(rows), first
            while some := list(islice(coming, _AT_ONCE)):
                places = list(range(place, place + len(some)))
                place += len(some)
                if refused:
                    places, some = _without(refused, places, some)
                try:
                    encoded = [encode(work, row) for row in some]
                except (TypeError, ValueError):
                    encoded = [self._alone(work, row, at, refused) for at, row in zip(places, some, strict=True)]
                if max(map(len, encoded), default=0) > longest:
                    for at, row in zip(places, encoded, strict=True):
                        if len(row) > longest:
                            refused[at] = (REJECTED, "row_too_large", f"{len(row)} bytes, at most {longest} are taken")
                if refused:
                    places, encoded = _without(refused, places, encoded)
                if places:
                    yield places, encoded

    def _alone(self, work: Work, row: Mapping[str, Any], place: int, refused: Refused) -> bytes:
        try:
            return self.destination.encode(work, row)
        except (TypeError, ValueError) as error:
            refused.setdefault(place, (REJECTED, "not_encodable", type(error).__name__))
            return b""

    def _upserts(self, start: int, stop: int, refused: Refused) -> RowsFrom:
        names = [name for name in self.rows.schema.names if name not in _NOT_SENT]
        for first, batch in self.rows.between(start, stop, names):
            for place in np.flatnonzero(pc.is_null(addresses(batch)).to_numpy(zero_copy_only=False)).tolist():
                refused[first + place] = (REJECTED, NO_ADDRESS, "neither an e-mail address nor a phone number")
            yield first, as_mappings(batch)

    def _removals(self, start: int, stop: int, refused: Refused) -> RowsFrom:
        for first, batch in self.rows.between(start, stop, [ACTION, OF, "profile_id", *NAMES, FORMER_REF]):
            rows = []
            for place, row in enumerate(batch.to_pylist(), first):
                if row[OF] >= 0 and self.standing.status[row[OF]] not in (ACCEPTED, DOUBTED, HELD):
                    refused[place] = (UNTOUCHED, "not_sent", "the new address was not taken")
                hidden = {"profile_id": None, "provider_ref": None} if row[ACTION] == "left" else {"provider_ref": row[FORMER_REF]}
                rows.append({name: row[name] for name in ("profile_id", *NAMES)} | hidden)
            yield first, rows


def _without(refused: Refused, places: list[int], rows: list[Row]) -> tuple[list[int], list[Row]]:
    kept = [(place, row) for place, row in zip(places, rows, strict=True) if place not in refused]
    return [place for place, _ in kept], [row for _, row in kept]
