"""Deliveries for processes that may die on the way, to two providers: see one_life."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import requests
from kill_mother import Life

from activations.destination import Ability, Destination, Limits, Request, Work
from activations.destinations import Klaviyo, Twilio
from activations.ledger import Ledger
from activations.messages.engine import deliver
from activations.messages.report import DeliveryReport
from activations.model import Accepted, Message, Outcome, Unknown, Unreachable
from activations.transport.patience import Patience

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
LEASE_SECONDS = 1.0
PATIENCE = Patience(first_wait_seconds=0.01, longest_wait_seconds=1.0, longest_throttled_seconds=0.3, longest_poll_wait_seconds=0.01)
LARGE = {"klaviyo": 60, "twilio": 30}
SIZES = {"small": {"klaviyo": 12, "twilio": 5, "plain": 5}, "middling": {"klaviyo": 40, "twilio": 12, "plain": 12}}
"""Messages of an outbox by destination."""


class Plain:
    """A provider without mercy: it takes lists of rows by POST, drops no repeat and cannot be asked."""

    def __init__(self, url: str) -> None:
        self.name = "plain"
        self.abilities = {work: Ability(Limits(rows=3, size_bytes=100_000), is_repeatable=False) for work in (Work.MESSAGE, Work.APPEND)}
        self._url = url

    def encode(self, work: Work, row: Message | Mapping[str, Any]) -> bytes:
        return json.dumps(row.message_id if isinstance(row, Message) else row["row_id"]).encode()

    def send(self, request: Request) -> list[Outcome]:
        try:
            answer = requests.post(self._url, data=b"[%b]" % b",".join(request.rows), timeout=10)
        except requests.RequestException as error:
            return [Unreachable("down") if "NewConnection" in str(error) else Unknown("lost")] * len(request.rows)
        return [Accepted() if answer.ok else Unknown("no")] * len(request.rows)


def klaviyo(url: str, rows: int, timeout_seconds: float = 10.0) -> Klaviyo:
    """Small requests, so that there are several."""
    destination = Klaviyo("pk_x", base_url=url, timeout_seconds=(timeout_seconds, timeout_seconds))
    small = {work: Ability(Limits(rows=rows, size_bytes=1_000_000), is_repeatable=True) for work in destination.abilities}
    destination.abilities = {**destination.abilities, **small}
    return destination


def twilio(url: str, timeout_seconds: float = 10.0) -> Twilio:
    return Twilio(
        "AC" + "a" * 32,
        "t",
        messaging_service_sid="MG" + "b" * 32,
        status_callback="https://shop.example.com/twilio",
        base_url=url,
        timeout_seconds=(timeout_seconds, timeout_seconds),
    )


def messages(tag: int, shares: Mapping[str, int] = LARGE) -> Iterator[Message]:
    for destination, count in shares.items():
        for number in range(count):
            key = f"{tag}-{destination[0]}{number}"
            address = f"+4917{tag:06d}{number:02d}" if destination == "twilio" else f"{destination}{tag}.{number}@example.com"
            yield _message(key, "sms" if destination == "twilio" else "email", destination, address)


def _message(message_id: str, channel: str, destination: str, address: str) -> Message:
    who = f"profile-{message_id}"
    return Message(message_id, "win_back", who, channel, destination, address, "win_back", "marketing", "Hi", "Hi Ann", "Ann", NOW, "1")


def run(url: str, ledger: str, tag: int, timeout_seconds: float = 10.0) -> DeliveryReport:
    """Delivers a large outbox in this process."""
    ours = {"klaviyo": klaviyo(url, 10, timeout_seconds), "twilio": twilio(url, timeout_seconds)}
    return _deliver(messages(tag), ours, Ledger(ledger, lease_seconds=LEASE_SECONDS))


def deliver_now(life: Life) -> DeliveryReport:
    """Delivers the outbox of this life in this process."""
    ours = {"klaviyo": klaviyo(life["url"], 4), "twilio": twilio(life["url"]), "plain": Plain(life["plain"])}
    book = Ledger(life["ledger"], lease_seconds=life.get("lease_seconds", LEASE_SECONDS))
    return _deliver(messages(life["tag"], SIZES[life.get("size", "small")]), ours, book)


def _deliver(outbox: Iterator[Message], destinations: Mapping[str, Destination], book: Ledger) -> DeliveryReport:
    try:
        return deliver(outbox, destinations, book, lambda: NOW, patience=PATIENCE)
    finally:
        book.close()
