"""Tells an address of yours what began and what is over: JSON with `text`, as Slack, Mattermost and their like read it, and all figures.

The body: {"text": "…", "event": "opened" | "closed", "alert": {alert_id, opened_at, closed_at, step, dimension, name, direction, severity,
cause, evidence, what_next, value, usual, low, high, sentence}}. Signed, where there is a secret, as standardwebhooks.com has it:
`webhook-signature: v1,<base64 of HMAC-SHA256 over "<webhook-id>.<webhook-timestamp>.<body>">`; the same telling has the same `webhook-id`.
"""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import orjson

from activations.model import Throttled
from activations.transport.download import NoAuth
from activations.transport.http import Http, NoAnswer
from alerts.incidents import Incident
from orchestration.resources import Clock, Outside

#: Seconds before the second try and the third; who limits us may ask for more, up to so many.
WAITS = (1.0, 5.0)
LONGEST_WAIT = 30.0


class Webhook:
    """url: where to, which may be all that lets in, and so stands in no error. secret: empty for unsigned. now: dates the signature."""

    def __init__(self, url: str, secret: str, now: Callable[[], datetime], sleep: Callable[[float], None]) -> None:
        parts = urlsplit(url)
        base = f"{parts.scheme}://{parts.netloc}"
        self._is_address = bool(parts.scheme in ("https", "http") and parts.hostname)
        self._path = url.removeprefix(base) or "/"
        self._secret, self._now, self._sleep = secret.encode(), now, sleep
        self._http = Http(base, NoAuth(), {"Content-Type": "application/json"}, timeout_seconds=(5.0, 10.0))

    def tell(self, one: Incident, event: str) -> str | None:
        """Whether it was taken: None, else why not. At least once: the same `webhook-id` is the same telling."""
        if not self._is_address:
            return "ALERT_WEBHOOK_URL is no address; it looks like https://host/path"
        body = orjson.dumps({"text": text_of(one, event), "event": event, "alert": facts(one)})
        why = ""
        for wait in (*WAITS, None):
            try:
                answer = self._http.ask("POST", self._path, data=body, headers=self._signed(one, event, body), expects_json=False)
                if answer.is_success:
                    return None
                return f"it answered {answer.status}"
            except NoAnswer as failure:
                why = str(failure)
                asked = failure.outcome.wait_seconds if isinstance(failure.outcome, Throttled) else None
            if wait is not None:
                self._sleep(min(max(wait, asked or 0), LONGEST_WAIT))
        return why

    def _signed(self, one: Incident, event: str, body: bytes) -> dict[str, str]:
        key, moment = f"{one.alert_id}_{event}", str(int(self._now().timestamp()))
        headers = {"webhook-id": key, "webhook-timestamp": moment}
        if self._secret:
            digest = hmac.digest(self._secret, f"{key}.{moment}.".encode() + body, "sha256")
            headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
        return headers


def webhook_of(outside: Outside, clock: Clock) -> Webhook | None:
    """As ALERT_WEBHOOK_URL and ALERT_WEBHOOK_SECRET say; None where there is none."""
    url, secret = outside.setting("ALERT_WEBHOOK_URL"), outside.setting("ALERT_WEBHOOK_SECRET")
    return Webhook(url, secret, clock.this_second, time.sleep) if url else None


def text_of(one: Incident, event: str) -> str:
    """What people read."""
    if event == "closed":
        return f"Over: {one.finding.step}, {one.finding.name} ({one.finding.direction}), since {one.opened_at:%Y-%m-%d %H:%M} UTC."
    return f"{one.finding.severity.upper()}: {one.finding.sentence} {one.finding.what_next}".strip()


def facts(one: Incident) -> dict[str, Any]:
    """What programs read."""
    return {"alert_id": one.alert_id, "opened_at": one.opened_at, "closed_at": one.closed_at, **asdict(one.finding)}


def tell_all(webhook: Webhook, incidents: list[Incident], at: datetime) -> tuple[list[Incident], list[str]]:
    """Tells what has not been told. Gives those that were taken, marked so, and why others were not."""
    told, failed = [], []
    for one in incidents:
        if one.closed_at is not None and one.told_opened_at is not None and one.told_closed_at is None:
            why, marked = webhook.tell(one, "closed"), replace(one, told_closed_at=at)
        elif one.closed_at is None and one.told_opened_at is None:
            why, marked = webhook.tell(one, "opened"), replace(one, told_opened_at=at)
        else:
            continue
        if why is None:
            told.append(marked)
        else:
            failed.append(why)
    return told, failed
