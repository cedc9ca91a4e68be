"""The words of feedback: what came in, an event of one message, an event that cannot be taken.

queued, sent       the provider has it; has handed it on
rejected           never sent: the provider dropped it before (suppressed there, invalid, a template that failed)
deferred           not taken yet, and still being tried
failed             given up for a reason that may pass (a soft bounce that is final, blocked by the receiver); suppresses nobody
bounced            nothing arrives there, for good (a hard bounce); suppresses
delivered          the receiving server, or the handset's network, took it
opened, clicked    by the person, or by a machine where `is_machine`
complained, unsubscribed   said by the person; suppress
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, get_args

Status = Literal[
    "queued",
    "sent",
    "rejected",
    "failed",
    "bounced",
    "deferred",
    "delivered",
    "opened",
    "clicked",
    "complained",
    "unsubscribed",
]
Channel = Literal["email", "sms"]
STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass(frozen=True, slots=True)
class Post:
    """A request of a provider, after its signature was found good."""

    body: bytes = field(repr=False)
    content_type: str
    """As the header has it; empty where there was none."""
    query: str = field(repr=False)
    """The query of the address that it came to, without the question mark. Twilio's has our message's id in it."""
    received_at: datetime
    """When it came in; aware. It stands for the time of what a vendor gives no time of (Twilio), and bounds all other times."""


@dataclass(frozen=True, slots=True)
class Event:
    """What became of one message, or what a person said by it."""

    event_id: str
    """The vendor's, else a hash of what makes the event one: the same when it is told again, also by polling."""
    channel: Channel
    status: Status
    occurred_at: datetime
    """Aware, UTC."""
    message_id: str | None = None
    """Ours, where the message carried it."""
    provider_ref: str | None = None
    """Theirs, as the destination's Accepted has it."""
    address: str | None = field(default=None, repr=False)
    is_machine: bool = False
    reason: str | None = None
    """A code or the provider's words without addresses, 200 characters at most."""
    link: str | None = None
    """What was clicked, without query and fragment."""


@dataclass(frozen=True, slots=True)
class Unread:
    """An event that cannot be taken."""

    place: int
    """Its place in the body, from 0."""
    why: str
    """The field and its fault; no value that could be personal."""


class BodyError(ValueError):
    """The body as a whole is none of this vendor's. The message has nothing of the body in it."""


class Vendor(Protocol):
    """Reads one vendor's webhooks."""

    @property
    def name(self) -> str: ...

    def events(self, post: Post) -> list[Event | Unread | None]:
        """In the body's order; None for what says nothing of a message (a test, a new subscriber). Raises BodyError, and nothing else."""


def hashed_id(vendor: str, *parts: object) -> str:
    """An id for an event that has none: the same for the same parts, in whatever batch they come."""
    return f"{vendor}-{hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:40]}"
