"""What is known of experiments besides the warehouse's own log: past ones that somebody imported, what each was found to bring, and what
was decided. One file for each import, instant or verdict, replaced whole; nothing is changed in place."""

from __future__ import annotations

from orchestration.sources.table import Column, Table, moment, text


def _table(name: str, description: str, key: tuple[str, ...], event_time: str, definition: str, columns: tuple[Column, ...]) -> Table:
    return Table(
        "experiments",
        name,
        key=key,
        event_time=event_time,
        watermark=None,
        changes=False,
        stamped=False,
        description=description,
        definition=definition,
        columns=columns,
    )


UNITS = _table(
    "units",
    "Who was in which arm of an experiment of the past.",
    ("experiment", "unit_id"),
    "assigned_at",
    "experiment VARCHAR, unit_id VARCHAR, arm VARCHAR, is_control BOOLEAN, assigned_at TIMESTAMP, segment VARCHAR, "
    "profile_key_type VARCHAR, profile_key VARCHAR, outcome_days BIGINT, imported_at TIMESTAMP",
    (
        text("experiment", required=True),
        text("unit_id", required=True),
        text("arm", required=True),
        Column("is_control", "BOOLEAN", required=True),
        moment("assigned_at", required=True),
        text("profile_key", personal=True),
    ),
)

OUTCOMES = _table(
    "outcomes",
    "What came of each of them, where the import says so.",
    ("experiment", "unit_id", "metric"),
    "imported_at",
    "experiment VARCHAR, unit_id VARCHAR, metric VARCHAR, value DOUBLE, covariate DOUBLE, imported_at TIMESTAMP",
    (text("experiment", required=True), text("unit_id", required=True), text("metric", required=True)),
)

VERDICTS = _table(
    "verdicts",
    "What was decided about each experiment, when, on what figures and why.",
    ("verdict_id",),
    "decided_at",
    "verdict_id VARCHAR, experiment VARCHAR, phase VARCHAR, look BIGINT, decided_at TIMESTAMP, decision VARCHAR, winner VARCHAR, "
    "next_phase VARCHAR, reason VARCHAR, decided_by VARCHAR, metric VARCHAR, estimate DOUBLE, low DOUBLE, high DOUBLE, "
    "information DOUBLE, boundary_z DOUBLE, people_count BIGINT, rule_version VARCHAR, retired VARCHAR",
    (text("verdict_id", required=True), text("experiment", required=True), moment("decided_at", required=True)),
)

EFFECTS = _table(
    "effects",
    "What each experiment was found to bring, as of each run.",
    ("as_of", "experiment", "phase", "segment_type", "segment", "metric", "arm"),
    "as_of",
    "as_of TIMESTAMP, experiment VARCHAR, phase VARCHAR, segment_type VARCHAR, segment VARCHAR, metric VARCHAR, arm VARCHAR, "
    "control_arm VARCHAR, people_count BIGINT, control_people_count BIGINT, value DOUBLE, control_value DOUBLE, effect DOUBLE, "
    "effect_low DOUBLE, effect_high DOUBLE, lift DOUBLE, lift_low DOUBLE, lift_high DOUBLE, always_low DOUBLE, always_high DOUBLE, "
    "p_value DOUBLE, adjusted_p_value DOUBLE, is_primary BOOLEAN, plan VARCHAR, look BIGINT, looks BIGINT, information DOUBLE, "
    "boundary_z DOUBLE, is_look_due BOOLEAN, minimum_effect DOUBLE, needed_count BIGINT, ratio_p_value DOUBLE, is_ratio_alarm BOOLEAN, "
    "is_adjusted BOOLEAN, state VARCHAR, sentence VARCHAR",
    (moment("as_of", required=True), text("experiment", required=True), text("arm", required=True)),
)

TABLES = (UNITS, OUTCOMES, VERDICTS, EFFECTS)
