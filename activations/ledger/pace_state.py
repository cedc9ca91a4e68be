"""A gauge that several workers share, as it stands in a row of `paces`."""

import json
from collections.abc import Sequence

from activations.transport.dialects import Advice
from activations.transport.gauge import Gauge
from activations.transport.windows import Limit


class SharedGauge:
    """Times are seconds by the clock that all workers share. `text` is what `text()` gave the last worker, None for a new row."""

    def __init__(self, limits: Sequence[Limit], text: str | None, now: float) -> None:
        self.gauge = Gauge(limits)
        self._held: dict[str, list[list[float]]] = {}
        if text:
            state = json.loads(text)
            self.gauge.restore(state["gauge"], now)
            for worker, given in state["held"].items():
                self._held[worker] = [some for some in given if not self._is_over(some, now)]
        self.gauge.under_way = int(sum(some[0] for given in self._held.values() for some in given))

    def _is_over(self, some: list[float], now: float) -> bool:
        """Its worker died, or was stopped for so long that it may not use its leave any more."""
        requests, until = some
        if until > now:
            return False
        self.gauge.leaves(int(requests))
        self.gauge.answered(until, requests=int(requests))
        return True

    def give(self, worker: str, requests: int, until: float) -> None:
        """Leave for so many requests, whose answers are there by `until`."""
        self.gauge.leaves(requests)
        given = self._held.setdefault(worker, [])
        if given and given[-1][1] == until:
            given[-1][0] += requests
        else:
            given.append([requests, until])

    def over(self, worker: str, at: float, heard: Advice) -> None:
        """A request of this worker was over then."""
        if not self._take_one(worker):
            self.gauge.leaves()  # was counted as over when its time was; it is counted once more, now that it is known
        self.gauge.answered(at, heard)

    def give_back(self, worker: str) -> None:
        """Leave for one request that was not used, and never will be."""
        if self._take_one(worker):
            self.gauge.under_way -= 1

    def _take_one(self, worker: str) -> bool:
        given = self._held.get(worker)
        if not given:
            return False
        given[0][0] -= 1
        if given[0][0] <= 0:
            given.pop(0)
        return True

    def text(self) -> str:
        """What the next worker needs to know."""
        return json.dumps({"gauge": self.gauge.state(), "held": {worker: given for worker, given in self._held.items() if given}})
