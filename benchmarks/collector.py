"""How many events a second the collector accepts, each answered only once it is written and synced, from 50 senders at a time.

    python -m benchmarks.collector [--seconds 10] [--senders 50]

Starts the collector in a process of its own and sends over kept connections from another; then kills it and counts what is on disk. Side
by side: one event a request and 20 a request; and, as the measure of the disk, how often a file of the same folder can be synced a second
when each event has its own fsync. Prints the median and the 99th percentile of the time to an answer.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

TOKEN = "benchmark-token-1234"  # noqa: S105 (of a server that lives for seconds)
SERVE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from orchestration.collector.server import collector, serve
now = datetime(2026, 6, 30, 9, tzinfo=UTC)
serve(collector(Path(sys.argv[1]), sys.argv[2], lambda: now), "127.0.0.1", 0, lambda url: print(url, flush=True))
"""
EVENT = {
    "event_name": "view_item",
    "event_at": "2026-06-30T08:00:00Z",
    "anonymous_id": "a1b2c3",
    "session_id": "s1",
    "page_url": "https://shop.example/p/espresso-machine?utm_source=newsletter",
    "item_id": "P100",
    "item_price": 199.99,
    "currency": "EUR",
    "properties": {"colour": "red", "size": 4},
}


def send(port: int, number: int, events: int, until: float, taken: list[float], accepted: list[int]) -> None:
    """One sender: list after list over one connection; notes how long each answer took and how many events were accepted."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    turn = 0
    while time.monotonic() < until:
        body = json.dumps([{**EVENT, "event_id": f"{number}-{turn}-{place}"} for place in range(events)])
        started = time.monotonic()
        connection.request("POST", "/events", body, headers)
        answer = connection.getresponse()
        answer.read()
        taken.append(time.monotonic() - started)
        if answer.status == 202:
            accepted.append(events)
        turn += 1


def fleet(port: int, senders: int, events: int, seconds: float) -> dict[str, float]:
    """All senders at once, in this process."""
    taken: list[float] = []
    accepted: list[int] = []
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=send, args=(port, number, events, until, taken, accepted)) for number in range(senders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken.sort()
    return {
        "accepted": sum(accepted),
        "events_per_second": round(sum(accepted) / seconds),
        "median_ms": round(taken[len(taken) // 2] * 1000, 1),
        "p99_ms": round(taken[int(len(taken) * 0.99)] * 1000, 1),
    }


def one_fsync_an_event(folder: Path, seconds: float) -> float:
    """Events a second where each is written and synced by itself, without any server."""
    line = json.dumps({**EVENT, "event_id": "1"}).encode() + b"\n"
    handle = os.open(folder / "floor", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    done, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        os.write(handle, line)
        os.fsync(handle)
        done += 1
    os.close(handle)
    return done / seconds


def measured(senders: int, events: int, seconds: float) -> dict[str, float]:
    """One collector and its senders; what was accepted must be on disk after a kill."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as place:
        folder = Path(place)
        server = subprocess.Popen([sys.executable, "-c", SERVE, place, TOKEN], stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline().rsplit(":", 1)[1])
            command = [sys.executable, __file__, "--fleet", f"{port},{senders},{events},{seconds}"]
            told = subprocess.run(command, check=True, capture_output=True, text=True)
        finally:
            server.kill()
            server.wait()
        result: dict[str, float] = json.loads(told.stdout)
        kept = sum(path.read_bytes().count(b"\n") for path in (folder / "events").glob("*.jsonl"))
        assert kept >= result["accepted"], f"{result['accepted']} events were accepted, {kept} are on disk"
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--senders", type=int, default=50)
    parser.add_argument("--fleet", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.fleet:
        port, senders, events, seconds = given.fleet.split(",")
        print(json.dumps(fleet(int(port), int(senders), int(events), float(seconds))))
        return
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as place:
        print(f"one fsync an event, no server: {one_fsync_an_event(Path(place), min(given.seconds, 3)):,.0f} events/s")
    for events in (1, 20):
        result = measured(given.senders, events, given.seconds)
        print(
            f"{given.senders} senders, {events} event(s) a request: {result['events_per_second']:,} events/s accepted and on disk, "
            f"answered in {result['median_ms']} ms (median), {result['p99_ms']} ms (99th percentile)"
        )


if __name__ == "__main__":
    main()
