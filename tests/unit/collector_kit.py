"""The collector as a process of its own, and senders to it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

TOKEN = "a-token-long-enough"
AT = "2026-06-30T08:00:00Z"
SERVE = """
import json, resource, sys
from datetime import UTC, datetime
from pathlib import Path
from orchestration.collector.app import Limits
from orchestration.collector.server import collector, serve
folder, token, options = Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
longest_file = options.pop("longest_file", None)
if longest_file is not None:  # a disk that takes no more than so many bytes of a file
    resource.setrlimit(resource.RLIMIT_FSIZE, (longest_file, longest_file))
app = collector(folder, token, lambda: datetime(2026, 6, 30, 9, tzinfo=UTC), Limits(**options))
serve(app, "127.0.0.1", 0, lambda url: print(url, flush=True))
"""


@dataclass
class Collector:
    """A running collector: `url`, the process, its folder, and the file with what it logged."""

    url: str
    process: subprocess.Popen[str]
    folder: Path
    log: Path

    def kill(self) -> None:
        """As `kill -9`."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def post(self, body: Any, token: str = TOKEN, **headers: str) -> requests.Response:
        data = body if isinstance(body, bytes) else json.dumps(body)
        return requests.post(f"{self.url}/events", data=data, headers={"Authorization": f"Bearer {token}", **headers}, timeout=30)

    @property
    def spool(self) -> Path:
        return self.folder / "events"

    def kept(self) -> list[dict[str, Any]]:
        """The events on disk, in no order; a half-written last line is none."""
        texts = [path.read_text() for path in self.spool.glob("*.jsonl")]
        return [json.loads(line) for text in texts for line in text.split("\n")[:-1]]


@contextmanager
def collecting(folder: Path, **options: Any) -> Iterator[Collector]:
    """A collector that keeps below `folder`; options: of Limits, and longest_file."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log.txt"
    with log.open("a") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(folder), TOKEN, json.dumps(options)],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, log.read_text()
        try:
            yield Collector(url, process, folder, log)
        finally:
            process.terminate()
            process.wait(20)
            process.stdout.close()


def event(number: int, **changes: Any) -> dict[str, Any]:
    return {"event_id": f"e{number}", "event_name": "page_view", "event_at": AT, "anonymous_id": "a1", **changes}
