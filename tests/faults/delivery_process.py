"""Deliveries in processes of their own that can be killed at a named point: one line of JSON in, one exit code out.

A line holds url (the provider), ledger (SQLAlchemy URL), tag (makes the messages' ids and addresses its own), point and nth (kill -9
oneself when this point is passed for the nth time), after_seconds (kill -9 oneself by the clock).
"""

import json
import os
import signal
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from activations.destination import Ability, Limits, Work
from activations.destinations import Klaviyo, Twilio
from activations.ledger import Ledger
from activations.messages.engine import deliver
from activations.messages.report import DeliveryReport
from activations.model import Message, Settled
from activations.transport.patience import Patience

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
POINTS = ("before_claim", "after_claim", "before_request", "after_answer", "before_record", "after_record")
PATIENCE = Patience(first_wait_seconds=0.01, longest_wait_seconds=1.0)
KLAVIYO_MESSAGES, TWILIO_MESSAGES = 60, 30


class Doom:
    """Kills this process, as `kill -9` would, when a point is passed for the nth time."""

    def __init__(self, point: str | None = None, nth: int = 0) -> None:
        self._point, self._nth = point, nth
        self._passed: Counter[str] = Counter()
        self._lock = threading.Lock()

    def passes(self, point: str) -> None:
        with self._lock:
            self._passed[point] += 1
            if point == self._point and self._passed[point] == self._nth:
                os.kill(os.getpid(), signal.SIGKILL)


class DoomedLedger(Ledger):
    def __init__(self, url: str, doom: Doom) -> None:
        super().__init__(url)
        self._doom = doom

    def claim(self, messages: Sequence[Message], at: datetime) -> set[str]:
        self._doom.passes("before_claim")
        claimed = super().claim(messages, at)
        self._doom.passes("after_claim")
        return claimed

    def record(self, outcomes: Mapping[str, Settled], at: datetime, *, is_repeatable: bool) -> None:
        self._doom.passes("before_record")
        super().record(outcomes, at, is_repeatable=is_repeatable)
        self._doom.passes("after_record")


class DoomedAdapter(HTTPAdapter):
    def __init__(self, doom: Doom) -> None:
        super().__init__(pool_maxsize=8)
        self._doom = doom

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self._doom.passes("before_request")
        response = super().send(request, *args, **kwargs)
        self._doom.passes("after_answer")
        return response


def messages(tag: int) -> Iterator[Message]:
    for number in range(KLAVIYO_MESSAGES):
        yield _message(f"{tag}-k{number}", "email", "klaviyo", f"ann{tag}.{number}@example.com")
    for number in range(TWILIO_MESSAGES):
        yield _message(f"{tag}-t{number}", "sms", "twilio", f"+4917{tag:05d}{number:02d}")


def _message(message_id: str, channel: str, destination: str, address: str) -> Message:
    who = f"profile-{message_id}"
    return Message(message_id, "win_back", who, channel, destination, address, "win_back", "marketing", "Hi", "Hi Ann", "Ann", NOW, "1")


def run(url: str, ledger: str, tag: int, doom: Doom | None = None, timeout_seconds: float = 10.0) -> DeliveryReport:
    fate = doom or Doom()
    timeouts = (timeout_seconds, timeout_seconds)
    klaviyo = Klaviyo("pk_x", base_url=url, timeout_seconds=timeouts)
    klaviyo.abilities = {Work.MESSAGE: Ability(Limits(rows=10, size_bytes=1_000_000), is_repeatable=True)}
    callback = "https://shop.example.com/twilio"
    sender = "MG" + "b" * 32
    twilio = Twilio("AC" + "a" * 32, "t", messaging_service_sid=sender, status_callback=callback, base_url=url, timeout_seconds=timeouts)
    for destination in (klaviyo, twilio):
        destination._http.session.mount("http://", DoomedAdapter(fate))
    book = DoomedLedger(ledger, fate)
    try:
        return deliver(messages(tag), {"klaviyo": klaviyo, "twilio": twilio}, book, lambda: NOW, patience=PATIENCE)
    finally:
        book.close()


def live(given: dict[str, Any]) -> None:
    """The life of one process: a delivery, and perhaps its end."""
    if "after_seconds" in given:
        doomsday = threading.Timer(given["after_seconds"], os.kill, (os.getpid(), signal.SIGKILL))
        doomsday.daemon = True
        doomsday.start()
    run(given["url"], given["ledger"], given["tag"], Doom(given.get("point"), given.get("nth", 0)))


if __name__ == "__main__":
    for line in sys.stdin:  # a fresh process for each line, forked so that the imports are paid for once
        child = os.fork()
        if child == 0:
            try:
                live(json.loads(line))
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()
