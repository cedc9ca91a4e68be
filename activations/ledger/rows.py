"""Messages and outcomes as rows of the ledger, and back."""

import json
from dataclasses import dataclass, fields
from datetime import datetime

from activations.model import Accepted, Message, Rejected, Settled, Unknown, why

UNCONFIRMED = "unconfirmed"
"""error_code of a row whose answer was lost: it may be sent again only where that is harmless."""
NOT_SENT = "not_sent"
"""error_code of a row that surely did not go out, and outcome of such an attempt."""

TEXTS = ["message_id", "campaign", "profile_id", "channel", "destination", "payload"]
"""Columns that are a message's own."""
_FIELDS = [field.name for field in fields(Message)]


@dataclass(frozen=True, slots=True)
class Hold:
    """What a worker has of a row: the number that must still be the row's when it acts, and how often it was tried before."""

    fence: int
    attempts: int


Holds = dict[str, Hold]
"""By message_id."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A message that may have been sent, as it was claimed."""

    message: Message
    claimed_at: datetime
    hold: Hold


def payload_of(message: Message) -> str:
    """The message as JSON, in ASCII: every database takes it, whatever characters a shop's data has."""
    return json.dumps({name: getattr(message, name) for name in _FIELDS} | {"occurred_at": message.occurred_at.isoformat()})


def message_of(payload: str) -> Message:
    """The message as it was."""
    values = json.loads(payload)
    return Message(**values | {"occurred_at": datetime.fromisoformat(values["occurred_at"])})


def texts_of(message: Message) -> list[str]:
    """What a claim says of the message itself, as TEXTS names it."""
    return [*(getattr(message, name) for name in TEXTS[:-1]), payload_of(message)]


@dataclass(frozen=True, slots=True)
class Result:
    """What an outcome makes of a row, and of the attempt: equal for many rows of a request, which are then written at once."""

    status: str
    attempt: str
    provider_ref: str | None = None
    code: str | None = None
    detail: str | None = None


def result(outcome: Settled, is_repeatable: bool) -> Result:
    """`is_repeatable`: a lost answer is no reason to hold the row."""
    if isinstance(outcome, Accepted):
        return Result("accepted", "accepted", provider_ref=outcome.provider_ref)
    if isinstance(outcome, Rejected):
        detail = f"{outcome.field}: {outcome.detail}" if outcome.field else outcome.detail
        return Result("rejected", "rejected", code=outcome.code, detail=detail)
    if isinstance(outcome, Unknown):
        return Result("pending" if is_repeatable else "unknown", "unknown", code=UNCONFIRMED, detail=outcome.detail)
    return Result("pending", NOT_SENT, code=NOT_SENT, detail=why(outcome))
