"""Whom the providers must not write to: lists that they keep themselves and that were read back, in one vocabulary."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TypedDict

from activations.destination import Suppression
from orchestration.sources.table import Table, moment, text

SUPPRESSIONS = Table(
    "feedback",
    "suppressions",
    description="Whom the providers must not write to, as they say themselves.",
    key=("suppression_id",),
    event_time="said_at",
    watermark="said_at",
    changes=False,
    columns=(
        text("suppression_id", required=True),
        text("destination", required=True),
        text("channel", required=True, values=("email", "sms")),
        text("address", required=True, personal=True),
        text("reason", required=True, values=("bounced", "complained", "unsubscribed", "blocked")),
        moment("said_at", required=True),
    ),
)

TABLES = (SUPPRESSIONS,)


class Suppressed(TypedDict):
    """One row of `feedback_suppressions`. suppression_id: a hash of who says what of whom, so that a key shows no address; address: lower
    case, a number in E.164; said_at: aware, when the provider says that it began."""

    suppression_id: str
    destination: str
    channel: str
    address: str
    reason: str
    said_at: datetime


def row_of(destination: str, said: Suppression, seen_at: datetime) -> Suppressed:
    """What a destination says, as it lands. seen_at: aware; stands for a time that the provider does not tell."""
    address = said.address.strip().lower()
    key = "|".join((destination, said.channel, address, said.reason))
    return {
        "suppression_id": hashlib.sha256(key.encode()).hexdigest()[:32],
        "destination": destination,
        "channel": said.channel,
        "address": address,
        "reason": said.reason,
        "said_at": said.at or seen_at,
    }
