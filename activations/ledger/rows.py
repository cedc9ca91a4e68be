"""Messages and outcomes as rows of the ledger, and back."""

import json
from dataclasses import dataclass, fields
from datetime import datetime

from activations.model import Accepted, Message, Rejected, Settled, Unknown, why

UNCONFIRMED = "unconfirmed"
"""error_code of a row whose answer was lost: it may be sent again only where that is harmless."""


_FIELDS = [field.name for field in fields(Message)]


@dataclass(frozen=True, slots=True)
class Claim:
    """A message in doubt, as it was claimed."""

    message: Message
    status: str
    claimed_at: datetime
    detail: str | None


def claimed_row(message: Message, owner: str, at: datetime) -> dict[str, object]:
    """The row that claims a message."""
    payload = json.dumps(
        {name: getattr(message, name) for name in _FIELDS} | {"occurred_at": message.occurred_at.isoformat()}, ensure_ascii=False
    )
    names = ("message_id", "campaign", "profile_id", "channel", "destination")
    row: dict[str, object] = {name: getattr(message, name) for name in names}
    return row | {
        "status": "sending",
        "attempts": 1,
        "claimed_at": at,
        "updated_at": at,
        "owner": owner,
        "payload": payload,
    }


def message_of(payload: str) -> Message:
    """The message as it was claimed."""
    fields = json.loads(payload)
    return Message(**fields | {"occurred_at": datetime.fromisoformat(fields["occurred_at"])})


def result_row(outcome: Settled, at: datetime, is_repeatable: bool) -> dict[str, object]:
    """The changed columns, each with the prefix `new_`."""
    row: dict[str, object] = dict.fromkeys(("new_provider_ref", "new_error_code", "new_error_detail"))
    row |= {"new_updated_at": at, "new_finished_at": at}
    if isinstance(outcome, Accepted):
        return row | {"new_status": "accepted", "new_provider_ref": outcome.provider_ref}
    if isinstance(outcome, Rejected):
        detail = f"{outcome.field}: {outcome.detail}" if outcome.field else outcome.detail
        return row | {"new_status": "rejected", "new_error_code": outcome.code, "new_error_detail": detail}
    if isinstance(outcome, Unknown):
        status = "pending" if is_repeatable else "unknown"
        return row | {"new_status": status, "new_error_code": UNCONFIRMED, "new_error_detail": outcome.detail}
    return row | {
        "new_status": "pending",
        "new_error_code": "not_sent",
        "new_error_detail": why(outcome),
        "new_finished_at": None,
    }
