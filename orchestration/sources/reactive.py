"""What the warm worker decided between two runs: rows that it appends, never changed; the next run takes them into the history of decisions
and into the draws."""

from __future__ import annotations

from orchestration.sources.table import Table, moment, text

DECISIONS = Table(
    "reactive",
    "decisions",
    description="What the warm worker decided between two runs, each time that it turned out another.",
    key=("message_id", "decided_at"),
    event_time="decided_at",
    watermark=None,
    changes=False,
    columns=(
        text("message_id", required=True),
        text("kind", required=True),
        text("campaign", required=True),
        text("profile_id", required=True),
        text("occasion"),
        text("channel"),
        text("outcome", required=True),
        moment("decided_at", required=True),
        text("because"),
        text("rule_version"),
        text("experiment"),
        text("variant"),
    ),
)

ASSIGNMENTS = Table(
    "reactive",
    "assignments",
    description="Whom the warm worker drew into what between two runs, written down before anything was sent.",
    key=("experiment", "phase", "profile_id"),
    event_time="assigned_at",
    watermark=None,
    changes=False,
    definition=(
        "experiment VARCHAR, phase VARCHAR, profile_id VARCHAR, arm VARCHAR, is_control BOOLEAN, bucket DOUBLE, assigned_at TIMESTAMP, "
        "campaign VARCHAR, channel VARCHAR, message_id VARCHAR, ids_count BIGINT"
    ),
)

TABLES = (DECISIONS, ASSIGNMENTS)
