"""How scores and what is said about models lie in the landing zone: their tables, and the one way to hand them over."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.landing import Landing
from orchestration.sources.table import Column, Table, moment, text
from orchestration.systems import policy

DESCRIPTIONS = {
    "purchase_30d": "The probability that a customer orders within 30 days.",
    "purchase_90d": "The probability that a customer orders within 90 days.",
    "churn": "The probability that a customer does not order within the shop's own horizon.",
    "expected_orders": "How many orders a customer will make within 90 days, and within a year.",
    "expected_spend": "What a customer's orders will come to within 90 days, and within a year.",
}
#: The end of every table of scores: which model said it, and why it said nothing.
MADE_BY = "model VARCHAR, model_version VARCHAR, trained_from TIMESTAMP, trained_to TIMESTAMP, data_version VARCHAR, reason VARCHAR"
_SCORES = (
    "profile_id VARCHAR, as_of TIMESTAMP, score DOUBLE, fallback_score DOUBLE, score_365d DOUBLE, horizon_days BIGINT, "
    f"because_1 VARCHAR, because_1_effect DOUBLE, because_2 VARCHAR, because_2_effect DOUBLE, {MADE_BY}"
)


def scores_table(name: str, definition: str = _SCORES, key: tuple[str, ...] = ("profile_id", "as_of")) -> Table:
    """How one table of scores lies in the landing zone; by default the columns of `ml.scoring.SCHEMA`."""
    return Table(
        "scores",
        name,
        key=key,
        event_time="as_of",
        watermark=None,
        stamped=False,
        definition=definition,
        columns=(
            text("profile_id", required=True),
            moment("as_of", required=True),
            *((Column("score"),) if "score " in definition else ()),
        ),
    )


def _about_models(name: str, columns: str) -> Table:
    return Table(
        "scores",
        name,
        key=("name", "model_version"),
        event_time="trained_at",
        watermark=None,
        stamped=False,
        definition=f"name VARCHAR, model_version VARCHAR, trained_at TIMESTAMP, {columns}",
        columns=(text("name", required=True), text("model_version", required=True), moment("trained_at", required=True)),
    )


#: What is known of every version that was ever made (one row each), and of the backtest behind it (many).
ABOUT_MODELS = {
    table.name: table
    for table in (
        _about_models(
            "model_versions",
            "recipe VARCHAR, horizon_days BIGINT, trained_from TIMESTAMP, trained_to TIMESTAMP, rows_count BIGINT, positives_count BIGINT, "
            "origins_count BIGINT, data_version VARCHAR, sklearn_version VARCHAR, verdict VARCHAR, card VARCHAR",
        ),
        _about_models(
            "backtests",
            "recipe VARCHAR, origin TIMESTAMP, band VARCHAR, metric VARCHAR, value DOUBLE, low DOUBLE, high DOUBLE, rows_count BIGINT",
        ),
        _about_models("reliability", "recipe VARCHAR, bin BIGINT, rows_count BIGINT, expected DOUBLE, observed DOUBLE"),
        _about_models("lift", "recipe VARCHAR, top_share DOUBLE, captured_share DOUBLE, lift DOUBLE"),
    )
}


def land(table: Table, name: str, batches: Iterable[pa.Table], landing: Landing) -> int:
    """Hands one file over, whole, batch by batch; the same name again replaces it. Returns the rows. Without a batch nothing lands."""
    landing.declare(table)
    parts: Iterator[pa.Table] = iter(batches)
    first = next(parts, None)
    if first is None:
        return 0
    rows = 0
    with landing.writing(table, name) as unfinished, pq.ParquetWriter(unfinished, first.schema) as writer:
        while first is not None:
            writer.write_table(first)
            rows += first.num_rows
            first = next(parts, None)
    return rows


def land_scores(name: str, batches: Iterable[pa.Table], landing: Landing, as_of: datetime, table: Table | None = None) -> int:
    """Hands the scores of one instant over, whole; the same instant again replaces them. Returns the rows."""
    target = table or scores_table(name)
    rows = land(target, file_of(as_of), batches, landing)
    forget(target, landing, as_of)
    return rows


def file_of(as_of: datetime) -> str:
    """The name of the file of one instant; later instants have later names."""
    return f"as_of_{as_of:%Y%m%dT%H%M%S}.parquet"


def forget(table: Table, landing: Landing, as_of: datetime) -> None:
    """Removes what was estimated longer before this instant than anybody looks back (`scores_kept_days`)."""
    oldest = file_of(as_of - timedelta(days=int(policy("scores_kept_days"))))
    for place in landing.files(table):
        if place.name.startswith("as_of_") and place.name < oldest:
            place.unlink(missing_ok=True)


def about(table: Table, rows: Iterable[dict[str, Any]]) -> pa.Table:
    """Rows of a table that is declared by its definition (ABOUT_MODELS, and those of experiments), in the types that it names."""
    names = [part.split()[0] for part in table.definition.split(", ")]
    types = {"VARCHAR": pa.string(), "TIMESTAMP": pa.timestamp("us"), "BIGINT": pa.int64(), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_()}
    fields = [(name, types[part.split()[1]]) for name, part in zip(names, table.definition.split(", "), strict=True)]
    return pa.Table.from_pylist([{name: row.get(name) for name in names} for row in rows], schema=pa.schema(fields))
