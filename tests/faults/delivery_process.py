"""Deliveries and syncs in processes of their own, which `Mother` starts and which may die on the way.

A life says `what` ("deliver" or "sync"), `url` (the provider), `plain` (see Plain), `ledger` (SQLAlchemy URL) and `tag`, which makes ids
and addresses its own; `point`, `nth`, `how`: see Doom; `tell`: a file for how often each point was passed.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from kill_doom import Doom
from kill_mother import Life, bear

from activations.destination import Ability, Limits, Request, Work
from activations.destinations import Klaviyo, Twilio
from activations.ledger import Ledger
from activations.messages.engine import deliver
from activations.messages.report import DeliveryReport
from activations.model import Accepted, Message, Outcome, Unknown, Unreachable
from activations.transport.patience import Patience

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
LEASE_SECONDS = 1.0
PATIENCE = Patience(first_wait_seconds=0.01, longest_wait_seconds=1.0)
LARGE, SMALL = {"klaviyo": 60, "twilio": 30}, {"klaviyo": 12, "twilio": 5, "plain": 5}
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


def run(url: str, ledger: str, tag: int, timeout_seconds: float = 10.0, *, plain: str = "", is_small: bool = False) -> DeliveryReport:
    """Delivers the outbox `tag` in this process."""
    book, shares = Ledger(ledger, lease_seconds=LEASE_SECONDS), SMALL if is_small else LARGE
    ours = {"klaviyo": klaviyo(url, 4 if is_small else 10, timeout_seconds), "twilio": twilio(url, timeout_seconds), "plain": Plain(plain)}
    try:
        return deliver(messages(tag, shares), {name: ours[name] for name in shares}, book, lambda: NOW, patience=PATIENCE)
    finally:
        book.close()


def live(life: Life) -> None:
    """One life."""
    doom = Doom(life.get("point"), life.get("nth", 0), life.get("how", "KILL"))
    doom.everywhere([Ledger, Klaviyo, Twilio, Plain])
    if life["what"] == "deliver":
        run(life["url"], life["ledger"], life["tag"], plain=life["plain"], is_small=True)
    if "tell" in life:
        Path(life["tell"]).write_text(json.dumps(doom.passed))


if __name__ == "__main__":
    bear(live)
