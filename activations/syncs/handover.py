"""The rows of a sync's changes to the provider: encoded, in requests, each journalled before it leaves and once it is answered.

Where repeating does no harm, several quick requests share a commit: it says that a few more rows may leave than do, and answers that a
dying process took with it are asked for again. One file, a little longer than most.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from activations.destination import Destination, Polls, Request, Work
from activations.masking import mask_text
from activations.model import Accepted, Deferred, Rejected, Settled, Unknown, why
from activations.syncs.changes import ATTEMPTS
from activations.syncs.encoding import Encoded, Encoding, Refused
from activations.syncs.journal import Journal
from activations.syncs.rows import Rows
from activations.syncs.standing import DOUBTED, HELD, REJECTED, UNTOUCHED, Answers, Standing
from activations.transport.batching import fitting
from activations.transport.conversation import Conversation
from activations.transport.patience import Patience

_LOST_IN_A_ROW = 3
_NOTED_TOGETHER, _NOTED_WITHIN_SECONDS = 8, 0.25


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
        sent = noted = start  # rows before `sent` have left, and the journal says of those before `noted` that they may
        ahead = _NOTED_TOGETHER * limits.rows if self.destination.abilities[work].is_repeatable or work is Work.REMOVE else 0
        noted_at = -math.inf
        with ThreadPoolExecutor(limits.concurrency) as pool:
            while True:
                free = 0 if self.stopped else limits.concurrency - len(under_way)
                ready.extend(islice(requests, max(free - len(ready), 0)))
                leaving = [ready.popleft() for _ in range(min(free, len(ready)))]
                parts = []
                for places, _ in leaving:
                    parts.append(self._part(sent, places[-1] + 1, refused))
                    sent = places[-1] + 1
                is_late = time.monotonic() - noted_at > _NOTED_WITHIN_SECONDS or not (leaving or under_way)
                if sent > noted or (answered and (ahead == 0 or is_late)):
                    noted = min(sent + (0 if is_late else ahead), stop) if leaving else sent
                    self.journal.note(self.sync_id, answered, noted)
                    answered, noted_at = [], time.monotonic()
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
        for more_places, more_rows in Encoding(self.rows, self.destination, self.standing, work).of(start, stop, refused):
            places += more_places
            rows += more_rows
            while (count := fitting([*map(len, rows[: limits.rows])], limits)) < len(rows):
                yield places[:count], rows[:count]
                places, rows = places[count:], rows[count:]
        if rows:
            yield places, rows
