"""A worker's life: tick after tick until it is told to end; what it says to people, to the sensors and to Dagster's UI."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import dagster as dg

from activations.masking import mask_text
from orchestration.reactive import presence
from orchestration.reactive.worker import Ticked, Worker

#: So often it looks whether something came.
LOOK_SECONDS = 0.25
#: The UI is told of what was sent at most so often.
TELL_SECONDS = 60.0
#: After a fault of ours it waits, longer each time; sensors start runs meanwhile.
LONGEST_PAUSE = 60.0
MESSAGES = dg.AssetKey(["delivery", "messages"])


def live(worker: Worker, data: Path, ended: threading.Event, say: Callable[[str], None]) -> None:
    """Ticks until `ended` is set; the batch in hand is brought to its end. A fault is said, and the next tick tries anew."""
    faults, unread, unknown, teller = 0, dict[str, str](), 0, Teller(data)
    while not ended.is_set():
        try:
            ticked = worker.tick()
            faults = 0
        except Exception as error:  # whatever it is: who waits for an answer gets it from the next tick, or from a run
            faults += 1
            presence.say(data, is_able=False)
            say(f"! this tick failed: {type(error).__name__}: {mask_text(str(error))}")
            ended.wait(min(2.0**faults, LONGEST_PAUSE))
            continue
        for words in (*worker.arriving.unread.values(), *worker.stopped.values()):
            if words not in unread.values():
                say(f"! {words}")
        unread = worker.arriving.unread | worker.stopped
        if ticked is None:
            ended.wait(LOOK_SECONDS)
            continue
        unknown = ticked.unknown if ticked.is_refreshed else max(unknown, ticked.unknown)
        presence.say(data, is_able=True, unknown=unknown)
        if ticked.people or ticked.rows:
            say(ticked.line)
        teller.count(ticked)
    teller.tell()
    say("ended")


class Teller:
    """Tells the UI what was sent, some ticks together, as a materialisation of delivery/messages outside of a run."""

    def __init__(self, data: Path, stopwatch: Callable[[], float] = time.monotonic) -> None:
        self._data, self._stopwatch = data, stopwatch
        self._counts: Counter[str] = Counter()
        self._last = float("-inf")

    def count(self, ticked: Ticked) -> None:
        """Adds a tick; tells where something was sent and enough time has gone."""
        self._counts.update(ticks=1, people=ticked.people, decided=ticked.decided, accepted=ticked.accepted, withheld=ticked.withheld)
        if self._counts["accepted"] and self._stopwatch() - self._last >= TELL_SECONDS:
            self.tell()

    def tell(self) -> None:
        """Tells what was counted since it last did, if anything was sent."""
        if not self._counts["accepted"]:
            return
        with dg.DagsterInstance.get() as instance:
            words = "sent by the warm worker between two runs"
            instance.report_runless_asset_event(dg.AssetMaterialization(MESSAGES, description=words, metadata=dict(self._counts)))
        self._counts.clear()
        self._last = self._stopwatch()
