"""kill -9 of the collector under load and of the landing behind it, a disk that takes no more: what was answered 2xx lands once."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests
from collector_kit import collecting, event
from landing_kit import AS_OF, landed

from orchestration.landing import QUARANTINE, Landing, land_collected
from orchestration.sources.collector import EVENTS

SENDERS = 8
LAND = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from orchestration.landing import Landing, land_collected
import orchestration.landing.collected as collected

spool, root, point = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
die = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
if point == "before_landing":
    put = Landing.put
    Landing.put = lambda self, unfinished, place: die() if place.name[0] != "_" else put(self, unfinished, place)
else:
    Path.unlink = lambda self, **how: die() if self.suffix == ".jsonl" else os.unlink(self) if self.exists() else None
land_collected(None, spool, Landing(root), datetime.fromisoformat("2026-06-30T09:00:00+00:00"))
"""


class Sender(threading.Thread):
    """Sends events one list after the other until nobody answers; `answered` are those that got a 2xx."""

    def __init__(self, url: str, post: object, number: int, enough: threading.Event) -> None:
        super().__init__()
        self._post, self._number, self._enough = post, number, enough
        self.answered: set[str] = set()

    def run(self) -> None:
        for turn in range(100_000):
            ids = [f"{self._number}-{turn}-{place}" for place in range(20)]
            try:
                answer = self._post([event(0, event_id=one, note="x" * 200) for one in ids])  # type: ignore[operator]
            except requests.RequestException:
                return
            if answer.status_code == 202:
                self.answered.update(ids)
            if turn == 15:
                self._enough.set()


def test_what_was_answered_before_a_kill_lands_once_and_a_new_start_goes_on(tmp_path: Path) -> None:
    answered: set[str] = set()
    landing = Landing(tmp_path / "landing")
    for start in range(2):
        with collecting(tmp_path / "collected") as running:
            enough = threading.Event()
            senders = [Sender(running.url, running.post, start * SENDERS + number, enough) for number in range(SENDERS)]
            for sender in senders:
                sender.start()
            assert enough.wait(60)
            running.kill()  # all senders are in the middle of something
            for sender in senders:
                sender.join(60)
                answered |= sender.answered
    torn = next(running.spool.glob("*.jsonl"))
    with torn.open("a") as file:
        file.write('{"event_id": "torn", "event_name"')  # what a crash leaves of a write
    assert len(answered) > 2 * SENDERS * 20
    result = land_collected(None, running.spool, landing, AS_OF)
    assert dict(result.quarantined) == {}
    found = [one for (one,) in landed(landing, EVENTS, "event_id")]
    assert len(found) == len(set(found))
    assert answered <= set(found)
    assert "torn" not in found
    assert list(running.spool.iterdir()) == []


@pytest.mark.parametrize("point", ["before_landing", "before_deleting"])
def test_a_killed_landing_loses_and_doubles_nothing(tmp_path: Path, point: str) -> None:
    with collecting(tmp_path / "collected") as running:
        assert running.post([event(number) for number in range(100)]).status_code == 202
    landing = Landing(tmp_path / "landing")
    arguments = [sys.executable, "-c", LAND, str(running.spool), str(landing.root), point]
    done = subprocess.run(arguments, check=False, timeout=120, capture_output=True, env={**os.environ})
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert len(list(running.spool.glob("*.jsonl"))) == 1
    land_collected(None, running.spool, landing, AS_OF)
    assert landed(landing, EVENTS, "count(*), count(distinct event_id)") == [(100, 100)]
    assert not landing.files(QUARANTINE)
    assert list(running.spool.iterdir()) == []


def test_what_the_disk_does_not_take_is_answered_503_and_counted_nowhere(tmp_path: Path) -> None:
    with collecting(tmp_path / "collected", longest_file=3_000) as running:
        assert running.post(event(1)).status_code == 202
        torn = running.post([event(number, note="x" * 100) for number in range(100, 140)])
        assert (torn.status_code, torn.headers["Retry-After"]) == (503, "5")
        assert running.post(event(2)).status_code == 202, "a smaller one fits again"
        running.kill()
    log = running.log.read_text()
    assert "cannot be written: File too large" in log
    assert "note" not in log
    landing = Landing(tmp_path / "landing")
    result = land_collected(None, running.spool, landing, AS_OF)
    assert (dict(result.quarantined), result.failures) == ({}, [])
    found = {one for (one,) in landed(landing, EVENTS, "event_id")}
    assert {"e1", "e2"} <= found
    assert "e139" not in found
