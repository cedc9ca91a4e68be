"""What a process and all it starts use, from the system's own tables (/proc), seen several times a second: Linux alone has them."""

from __future__ import annotations

import os
import threading
import time
from bisect import bisect_left
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Watched:
    """Seen at `times` (seconds since 1970): processor seconds used so far, and resident bytes at the moment."""

    times: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    resident: list[int] = field(default_factory=list)

    def cpu_between(self, first: float, last: float) -> float:
        """Processor seconds used between two times."""
        return self._cpu_at(last) - self._cpu_at(first)

    def peak_between(self, first: float, last: float) -> float:
        """The most that was resident between two times, in GiB."""
        seen = self.resident[max(bisect_left(self.times, first) - 1, 0) : bisect_left(self.times, last) + 1]
        return max(seen, default=0) / 2**30

    def _cpu_at(self, when: float) -> float:
        after = bisect_left(self.times, when)
        if after == 0 or after == len(self.times):
            return self.cpu[min(after, len(self.cpu) - 1)] if self.cpu else 0.0
        span = self.times[after] - self.times[after - 1]
        share = (when - self.times[after - 1]) / span if span else 0.0
        return self.cpu[after - 1] + share * (self.cpu[after] - self.cpu[after - 1])


class Watch:
    """Watches a process from another thread for as long as the block runs."""

    def __init__(self, pid: int, every: float = 0.2) -> None:
        self.seen = Watched()
        self._pid = pid
        self._every = every
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        while not self._stop.is_set():
            cpu, resident = used(self._pid)
            if resident:
                self.seen.times.append(time.time())
                self.seen.cpu.append(max(cpu, self.seen.cpu[-1] if self.seen.cpu else 0.0))
                self.seen.resident.append(resident)
            self._stop.wait(self._every)

    def __enter__(self) -> Watched:
        self._thread.start()
        return self.seen

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()


def used(pid: int) -> tuple[float, int]:
    """Processor seconds of a process, of those below it, and of those that have ended and been waited for; resident bytes."""
    seconds, resident = 0.0, 0
    waiting = [pid]
    while waiting:
        place = Path("/proc", str(waiting.pop()))
        try:
            fields = (place / "stat").read_text().rpartition(")")[2].split()
            resident += int((place / "statm").read_text().split()[1]) * _PAGE
            for task in (place / "task").iterdir():
                waiting += [int(child) for child in (task / "children").read_text().split()]
        except (FileNotFoundError, ProcessLookupError):  # it has just ended
            continue
        seconds += sum(int(ticks) for ticks in fields[11:15]) / _TICKS
    return seconds, resident
