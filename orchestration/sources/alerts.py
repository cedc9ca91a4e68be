"""What was unlike its own history: a file for each incident, written whole whenever something about it changes."""

from __future__ import annotations

from orchestration.sources.table import Table, moment, text

INCIDENTS = Table(
    "alerts",
    "incidents",
    description="What was unlike its own history, from when to when, and why.",
    key=("alert_id",),
    event_time="opened_at",
    watermark=None,
    changes=False,
    stamped=False,
    definition="alert_id VARCHAR, opened_at TIMESTAMP, seen_at TIMESTAMP, closed_at TIMESTAMP, step VARCHAR, dimension VARCHAR, "
    "name VARCHAR, direction VARCHAR, value DOUBLE, usual DOUBLE, low DOUBLE, high DOUBLE, severity VARCHAR, cause VARCHAR, "
    "evidence VARCHAR, what_next VARCHAR, sentence VARCHAR, told_opened_at TIMESTAMP, told_closed_at TIMESTAMP",
    columns=(text("alert_id", required=True), moment("opened_at", required=True)),
)
