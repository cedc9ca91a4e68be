"""What became of each row of the audiences' syncs: the log that a sync leaves as a file, collected by the next run."""

from __future__ import annotations

from orchestration.sources.table import Table, count, moment, text

SYNC_ROWS = Table(
    "feedback",
    "sync_rows",
    description="What became of each row of the audiences' syncs.",
    key=("sync_id", "destination", "audience", "profile_id", "row_id", "action"),
    event_time="synced_at",
    watermark="synced_at",
    changes=False,
    columns=(
        text("sync_id", required=True),
        text("destination", required=True),
        text("audience", required=True),
        text("profile_id"),
        text("row_id"),
        text("action", required=True),
        text("outcome", required=True),
        text("code"),
        text("detail"),
        count("attempts"),
        moment("synced_at", required=True),
        moment("next_at"),
    ),
)

TABLES = (SYNC_ROWS,)

#: What a column is called in the log, where it is called otherwise here.
IN_THE_LOG = {"synced_at": "at", "next_at": "next"}
