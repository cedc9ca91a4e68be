"""What people allowed although it is far beyond what is usual: rows that the command and the job of approvals append, never changed."""

from __future__ import annotations

from orchestration.sources.table import Table, count, moment, text

APPROVALS = Table(
    "operator",
    "approvals",
    description="What people allowed although it is far beyond what is usual.",
    key=("approval_id",),
    event_time="approved_at",
    watermark=None,
    changes=False,
    columns=(
        text("approval_id", required=True),
        text("campaign", required=True),
        count("approved_count", required=True, above=0),
        text("approved_by", required=True),
        moment("approved_at", required=True),
        moment("expires_at", required=True),
    ),
)
