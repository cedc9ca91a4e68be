"""What became of each message, in one vocabulary for all providers. klaviyo.py and twilio.py fetch it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NotRequired, TypedDict

from activations.webhooks.event import STATUSES
from orchestration.sources.table import Column, Table, moment, text

ENGAGEMENT = Table(
    "feedback",
    "engagement",
    description="What the providers say became of the messages, in one vocabulary.",
    key=("event_id",),
    event_time="occurred_at",
    watermark="occurred_at",
    changes=False,
    # Providers show an event later than it happened; known events are recognised by their id, so a long overlap costs only reading.
    overlap=timedelta(days=1),
    columns=(
        text("event_id", required=True),
        text("destination", required=True),
        text("channel", required=True, values=("email", "sms")),
        text("status", required=True, values=STATUSES),
        text("message_id"),
        text("address", personal=True),
        Column("is_machine", "BOOLEAN"),
        moment("occurred_at", required=True),
        text("provider_ref"),  # theirs, as the ledger has it
        text("reason"),  # their code or words, without addresses
        text("link"),  # what was clicked, without query
    ),
)

WEBHOOK_EVENTS = Table(
    "feedback",
    "webhook_events",
    description="What the providers told unasked, in one vocabulary.",
    key=("event_id",),
    event_time="occurred_at",
    watermark=None,
    changes=False,
    refused_at_most=1,  # one provider's new word must not stop the others
    left_out=("content_type", "query", "body", "body64"),  # of what could not be read: the quarantine has it as it came
    columns=ENGAGEMENT.columns,
)

TABLES = (ENGAGEMENT, WEBHOOK_EVENTS)


class Engagement(TypedDict):
    """One row of `feedback_engagement`. message_id is ours, where the provider carries it; occurred_at is aware UTC."""

    event_id: str
    destination: str
    channel: str
    status: str
    message_id: str | None
    address: str | None
    is_machine: bool
    occurred_at: datetime | None
    provider_ref: NotRequired[str | None]
    reason: NotRequired[str | None]
    link: NotRequired[str | None]
