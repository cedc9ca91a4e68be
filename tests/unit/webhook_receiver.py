"""The receiver of webhooks as a process of its own, and SendGrid as its sender."""

import json
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import requests
import webhook_kit
from receiver_process import Running, started
from webhook_kit import SENDGRID_KEY, public_text

TOKEN = "a-token-long-enough"
SECRETS = {"sendgrid": public_text(SENDGRID_KEY), "mailchimp": "mailchimp-secret", "postmark": TOKEN}
AT = 1_782_800_000
MADE = """
from orchestration.collector.receivers import receivers
from orchestration.collector.server import Webhooks
from orchestration.collector.webhooks import Clocks, Limits
clocks = Clocks(now, time.time, time.monotonic)
made = receivers(options.pop("secrets"), options.pop("tokens", {}))
app = collector(folder, "", now, webhooks=Webhooks(made, options.pop("public_url", ""), clocks, Limits(**options)))
"""


class Receiver(Running):
    """A running receiver."""

    def post(self, name: str, body: bytes, headers: dict[str, str], query: str = "") -> requests.Response:
        return requests.post(f"{self.url}/webhooks/{name}{query}", data=body, headers=headers, timeout=30)

    def sendgrid(self, *events: dict[str, Any], seconds: float = 0.0, **changes: Any) -> requests.Response:
        """Signed as SendGrid does, so many seconds from now; changes: of the headers."""
        return self.post("sendgrid", *signed(events, seconds, **changes))

    @property
    def spool(self) -> Path:
        return self.folder / "webhooks"

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


def receiving(folder: Path, secrets: dict[str, str] | None = None, **options: Any) -> AbstractContextManager[Receiver]:
    """A receiver that keeps below `folder`; options: of Limits, and longest_file, tokens, public_url."""
    return started(Receiver, MADE, folder, {"secrets": SECRETS if secrets is None else secrets, **options})
