"""Whether the receiver of webhooks stays up and quick, loses nothing and takes nothing that is not a provider's, on one core.

    python -m benchmarks.webhooks [--rate 500] [--seconds 60] [--senders 64] [--seed 1]

Starts the receiver pinned to one core and sends from another process what webhook_traffic.py makes: seven providers' signed requests, mixed
with bad ones of six kinds. Requests leave by the clock, whether the last was answered or not, timed from when they were due. Then the
receiver is killed, and what it kept is landed and held against each answer. `chrt -r 5` before the command keeps others off its core.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import orjson

from benchmarks.webhook_traffic import KINDS, SECRETS, VENDORS, Sent, Traffic

SERVE = """
import json, os, sys, time
from datetime import UTC, datetime
from pathlib import Path
os.sched_setaffinity(0, {int(sys.argv[3])})
from orchestration.collector.receivers import receivers
from orchestration.collector.server import Webhooks, collector, serve
from orchestration.collector.webhooks import Clocks
clocks = Clocks(lambda: datetime.fromtimestamp(time.time(), UTC), time.time, time.monotonic)
webhooks = Webhooks(receivers(json.loads(sys.argv[2]), {}), "https://hooks.shop.example", clocks)
serve(collector(Path(sys.argv[1]), "", clocks.now, webhooks=webhooks), "127.0.0.1", 0, lambda url: print(url, flush=True))
"""


class Sender:
    """A connection that is kept; made anew where it was closed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, sent: Sent) -> int:
        """The status; 0 where there was no answer."""
        try:
            if self._streams is None:
                self._streams = await asyncio.open_connection("127.0.0.1", self._port)
            reader, writer = self._streams
            headers = {"Host": "x", **sent.headers, "Content-Length": str(len(sent.body))}
            head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            writer.write(f"POST /webhooks/{sent.name} HTTP/1.1\r\n{head}\r\n".encode() + sent.body)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            await reader.readexactly(length)
            if b"connection: close" in answer.lower() or sent.kind == "oversized":
                self.close()
            return int(answer.split(b" ", 2)[1])
        except (OSError, asyncio.IncompleteReadError):
            self.close()
            return 0

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None


async def sending(port: int, rate: float, seconds: float, senders: int, seed: int) -> list[tuple[str, str, str, int, float]]:
    """kind, name, mark, status and seconds of each request."""
    free: asyncio.Queue[Sender] = asyncio.Queue()
    for _ in range(senders):
        free.put_nowait(Sender(port))
    traffic, found, tasks = Traffic(seed), [], set()

    async def one(sender: Sender, sent: Sent, due: float) -> None:
        status = await sender.send(sent)
        found.append((sent.kind, sent.name, sent.mark, status, time.perf_counter() - due))
        if sent.kind == "good" and status == 200:
            traffic.kept.append(sent)
        free.put_nowait(sender)

    began = time.perf_counter()
    for number in range(int(rate * seconds)):
        due = began + number / rate
        await asyncio.sleep(max(due - time.perf_counter(), 0))
        task = asyncio.create_task(one(await free.get(), traffic.next(), due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    return found


def told(found: list[tuple[str, str, str, int, float]], seconds: float, peak_mb: float, folder: Path) -> None:
    """Prints times and losses. Raises AssertionError where something was lost, or taken that must not be."""
    from activations.webhooks.registry import VENDORS as READERS
    from orchestration.landing import Landing, land_webhooks

    taken = sorted(one[4] for one in found)
    p50, p95, p99 = (taken[int(len(taken) * share)] * 1000 for share in (0.5, 0.95, 0.99))
    print(f"{len(found):,} requests in {seconds:.1f} s ({len(found) / seconds:,.0f} a second) of {len(VENDORS)} providers")
    print(f"answered in p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms, at most {taken[-1] * 1000:.1f} ms; {peak_mb:.0f} MB")
    for kind, (_, wanted) in KINDS.items():
        print(f"  {kind:<10} {dict(Counter(one[3] for one in found if one[0] == kind))}, {wanted} is right")
    wrong = [one for one in found if one[3] != KINDS[one[0]][1]]
    lines = [line for path in (folder / "webhooks").glob("*.jsonl") for line in path.read_bytes().split(b"\n")[:-1]]
    text = "\n".join(orjson.loads(line).get("body", "") for line in lines)
    kept = {one[2] for one in found if one[3] == 200}
    lost = [mark for mark in kept if mark not in text]
    intruders = [one[2] for one in found if one[0] in ("forged", "stale", "oversized", "typed") and one[2] in text]
    landed = land_webhooks(folder / "webhooks", READERS, Landing(folder / "landing"), datetime.fromtimestamp(time.time(), UTC))
    events = sum(5 if name == "sendgrid" else 1 for name, mark in {(one[1], one[2]) for one in found if one[3] == 200})
    print(f"kept {len(lines):,} requests; answered 200 and not on disk: {len(lost)}; refused and on disk: {len(intruders)}")
    print(f"landed {landed.rows:,} events of {events:,}; not understood {sum(landed.quarantined.values()):,}; wrong answers {len(wrong)}")
    assert not wrong and not lost and not intruders and landed.rows == events, wrong[:5]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=500.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--senders", type=int, default=64)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, set(cores[1:]) or set(cores))
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as place:
        command = [sys.executable, "-c", SERVE, place, json.dumps(SECRETS), str(cores[0])]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline().rsplit(":", 1)[1])
            began = time.perf_counter()
            found = asyncio.run(sending(port, given.rate, given.seconds, given.senders, given.seed))
            seconds = time.perf_counter() - began
            status = Path(f"/proc/{server.pid}/status").read_text()
            peak_mb = int(status.partition("VmHWM:")[2].split()[0]) / 1024
        finally:
            server.kill()
            server.wait()
        told(found, seconds, peak_mb, Path(place))


if __name__ == "__main__":
    main()
