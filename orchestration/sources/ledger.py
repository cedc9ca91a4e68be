"""The delivery ledger as a source: what was sent, and what the provider answered. The loop closes here, on the next run."""

from __future__ import annotations

from orchestration.sources.table import Table, count, moment, text

DELIVERIES = Table(
    "feedback",
    "deliveries",
    description="What the ledger knows of every message that was handed to a provider.",
    key=("message_id",),
    event_time="updated_at",
    # Which worker has the row and until when, and the message while it is in doubt, address included.
    left_out=("owner", "payload", "fence", "lease_until"),
    columns=(
        text("message_id", required=True),
        text("campaign", required=True),
        text("profile_id", required=True),
        text("channel", required=True),
        text("destination", required=True),
        text("status", required=True, values=("sending", "accepted", "rejected", "unknown", "pending")),
        text("provider_ref"),
        text("error_code"),
        text("error_detail"),
        count("attempts"),
        moment("claimed_at"),
        moment("finished_at"),
        moment("updated_at", required=True),
    ),
)

ATTEMPTS = Table(
    "feedback",
    "attempts",
    description="Every time that a message was handed to a provider.",
    key=("message_id", "number"),
    event_time="started_at",
    columns=(
        text("message_id", required=True),
        count("number", required=True),
        text("worker"),
        moment("started_at", required=True),
        moment("finished_at"),
        text("outcome"),
        text("code"),
        text("detail"),
        moment("updated_at", required=True),
    ),
)

TABLES = (DELIVERIES, ATTEMPTS)
