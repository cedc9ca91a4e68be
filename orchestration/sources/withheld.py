"""What the last look before sending withheld: rows that the delivery appends, never changed; the next run decides on the messages anew."""

from __future__ import annotations

from orchestration.sources.table import Table, moment, text

WITHHELD = Table(
    "delivery",
    "withheld",
    description="What the last look before sending withheld.",
    key=("message_id", "withheld_at"),
    event_time="withheld_at",
    watermark=None,
    changes=False,
    columns=(
        text("message_id", required=True),
        text("campaign", required=True),
        text("profile_id", required=True),
        text("channel", required=True),
        text("reason", required=True),
        moment("withheld_at", required=True),
    ),
)
