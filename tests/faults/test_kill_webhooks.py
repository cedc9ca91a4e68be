"""kill -9 of the receiver of webhooks under load, and of the landing behind it: what was answered 200 lands, and once."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests
from landing_kit import AS_OF, landed
from webhook_receiver import Receiver, event, receiving

from activations.webhooks.registry import VENDORS
from orchestration.landing import QUARANTINE, Landing, land_webhooks
from orchestration.landing.entries import entries
from orchestration.sources.engagement import WEBHOOK_EVENTS

SENDERS = 8
LAND = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from activations.webhooks.registry import VENDORS
from orchestration.landing import Landing, land_webhooks

spool, root, point = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
die = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
if point == "before_deleting":
    Path.unlink = lambda self, **how: die() if self.suffix == ".jsonl" else os.unlink(self) if self.exists() else None
else:
    put = Landing.put
    is_it = lambda place: place.name[0] != "_" and (place.parent.parent.name == "quarantine") == (point == "before_quarantine")
    Landing.put = lambda self, unfinished, place: die() if is_it(place) else put(self, unfinished, place)
land_webhooks(spool, VENDORS, Landing(root), datetime.fromisoformat("2026-06-30T09:00:00+00:00"))
"""


def send(running: Receiver, number: int, enough: threading.Event, answered: set[str]) -> None:
    """List after list until nobody answers; each list has an event that cannot be read."""
    for turn in range(100_000):
        events = [event(0, sg_event_id=f"{number}-{turn}-{place}") for place in range(5)]
        try:
            answer = running.sendgrid(*events, event(0, event="levitated", sg_event_id=f"{number}-{turn}"))
        except requests.RequestException:
            return
        if answer.status_code == 200:
            answered.update(one["sg_event_id"] for one in events)
        if turn == 15:
            enough.set()


def test_what_was_answered_before_a_kill_lands_once_and_a_new_start_goes_on(tmp_path: Path) -> None:
    answered: set[str] = set()
    landing = Landing(tmp_path / "landing")
    for start in range(2):
        with receiving(tmp_path / "collected") as running:
            enough = threading.Event()
            senders = [threading.Thread(target=send, args=(running, start * SENDERS + one, enough, answered)) for one in range(SENDERS)]
            for sender in senders:
                sender.start()
            assert enough.wait(60)
            running.kill()  # all senders are in the middle of something
            for sender in senders:
                sender.join(60)
    assert len(answered) > 2 * 15 * 5
    result = land_webhooks(running.spool, VENDORS, landing, AS_OF)
    assert result.failures == [] and set(result.quarantined) == {"event_unreadable"}
    found = [one for (one,) in landed(landing, WEBHOOK_EVENTS, "event_id")]
    assert len(found) == len(set(found))
    assert answered <= set(found)
    assert len(entries(landing)) >= len(answered) // 5, "nor is any of what could not be read lost"
    assert list(running.spool.iterdir()) == []


@pytest.mark.parametrize("point", ["before_landing", "before_quarantine", "before_deleting"])
def test_a_killed_landing_loses_and_doubles_nothing(tmp_path: Path, point: str) -> None:
    with receiving(tmp_path / "collected") as running:
        assert running.sendgrid(*(event(number) for number in range(100)), event(7, event="levitated")).status_code == 200
    landing = Landing(tmp_path / "landing")
    arguments = [sys.executable, "-c", LAND, str(running.spool), str(landing.root), point]
    done = subprocess.run(arguments, check=False, timeout=120, capture_output=True, env={**os.environ})
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert len(list(running.spool.glob("*.jsonl"))) == 1
    land_webhooks(running.spool, VENDORS, landing, AS_OF)
    assert landed(landing, WEBHOOK_EVENTS, "count(*), count(distinct event_id)") == [(100, 100)]
    assert landed(landing, QUARANTINE, "count(*)") == [(1,)]
    assert list(running.spool.iterdir()) == []
