"""The receiver of webhooks as a process of its own, and SendGrid as its sender."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import webhook_kit
from webhook_kit import SENDGRID_KEY, public_text

TOKEN = "a-token-long-enough"
SECRETS = {"sendgrid": public_text(SENDGRID_KEY), "mailchimp": "mailchimp-secret", "postmark": TOKEN}
AT = 1_782_800_000
SERVE = """
import json, resource, sys, time
from datetime import UTC, datetime
from pathlib import Path
from orchestration.collector.receivers import receivers
from orchestration.collector.server import Webhooks, collector, serve
from orchestration.collector.webhooks import Clocks, Limits
folder, options = Path(sys.argv[1]), json.loads(sys.argv[2])
longest_file = options.pop("longest_file", None)
if longest_file is not None:  # a disk that takes no more than so many bytes of a file
    resource.setrlimit(resource.RLIMIT_FSIZE, (longest_file, longest_file))
clocks = Clocks(lambda: datetime(2026, 6, 30, 9, tzinfo=UTC), time.time, time.monotonic)
made = receivers(options.pop("secrets"), options.pop("tokens", {}))
app = collector(folder, "", clocks.now, webhooks=Webhooks(made, options.pop("public_url", ""), clocks, Limits(**options)))
serve(app, "127.0.0.1", 0, lambda url: print(url, flush=True))
"""


@dataclass
class Receiver:
    """A running receiver: `url`, the process, its folder, and the file with what it logged."""

    url: str
    process: subprocess.Popen[str]
    folder: Path
    log: Path

    def kill(self) -> None:
        """As `kill -9`."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def post(self, name: str, body: bytes, headers: dict[str, str], query: str = "") -> requests.Response:
        return requests.post(f"{self.url}/webhooks/{name}{query}", data=body, headers=headers, timeout=30)

    def sendgrid(self, *events: dict[str, Any], seconds: float = 0.0, **changes: Any) -> requests.Response:
        """Signed as SendGrid does, so many seconds from now; changes: of the headers."""
        return self.post("sendgrid", *signed(events, seconds, **changes))

    @property
    def spool(self) -> Path:
        return self.folder / "webhooks"

    def kept(self) -> list[dict[str, Any]]:
        """The requests on disk, in no order; a half-written last line is none."""
        texts = [path.read_text() for path in self.spool.glob("*.jsonl")]
        return [json.loads(line) for text in texts for line in text.split("\n")[:-1]]

    def told(self, name: str) -> dict[str, int]:
        """What it counted."""
        return requests.get(f"{self.url}/health", timeout=10).json()["webhooks"][name]


def signed(events: Any, seconds: float = 0.0, **changes: str) -> tuple[bytes, dict[str, str]]:
    body = events if isinstance(events, bytes) else json.dumps(events).encode() + b"\r\n"
    body, headers = webhook_kit.sendgrid("", time.time() + seconds, "", body)
    return body, {**headers, **{name.replace("_", "-"): value for name, value in changes.items()}}


def event(number: int, **changes: Any) -> dict[str, Any]:
    """One of SendGrid's."""
    return {
        "email": f"ann{number}@example.com",
        "timestamp": AT + number,
        "event": "bounce",
        "type": "bounce",
        "sg_event_id": f"e{number}",
        "sg_message_id": f"m{number}.recvd-0-1.0",
        "message_key": f"key{number}",
        "reason": "550 5.1.1 no such user",
        **changes,
    }


@contextmanager
def receiving(folder: Path, secrets: dict[str, str] | None = None, **options: Any) -> Iterator[Receiver]:
    """A receiver that keeps below `folder`; options: of Limits, and longest_file, tokens, public_url."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log.txt"
    with log.open("a") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(folder), json.dumps({"secrets": SECRETS if secrets is None else secrets, **options})],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, log.read_text()
        try:
            yield Receiver(url, process, folder, log)
        finally:
            process.terminate()
            process.wait(20)
            process.stdout.close()
