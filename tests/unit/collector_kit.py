"""The collector as a process of its own, and senders to it."""

import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import requests
from receiver_process import Running, started

TOKEN = "a-token-long-enough"
AT = "2026-06-30T08:00:00Z"
MADE = """
from orchestration.collector.app import Limits
app = collector(folder, options.pop("token"), now, Limits(**options))
"""


class Collector(Running):
    """A running collector."""

    def post(self, body: Any, token: str = TOKEN, **headers: str) -> requests.Response:
        data = body if isinstance(body, bytes) else json.dumps(body)
        return requests.post(f"{self.url}/events", data=data, headers={"Authorization": f"Bearer {token}", **headers}, timeout=30)

    @property
    def spool(self) -> Path:
        return self.folder / "events"


def collecting(folder: Path, **options: Any) -> AbstractContextManager[Collector]:
    """A collector that keeps below `folder`; options: of Limits, and longest_file."""
    return started(Collector, MADE, folder, {"token": TOKEN, **options})


def event(number: int, **changes: Any) -> dict[str, Any]:
    return {"event_id": f"e{number}", "event_name": "page_view", "event_at": AT, "anonymous_id": "a1", **changes}
