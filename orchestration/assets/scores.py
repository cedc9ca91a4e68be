"""The estimates: each model of ml/models reads the features, learns, scores, and hands its rows to the landing zone."""

import importlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import dagster as dg
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ml.declaration import Declaration
from orchestration.assets.pictures import reliability
from orchestration.assets.samples import sample
from orchestration.resources import Clock, Folders
from orchestration.sources.table import Column, Table, moment, text
from orchestration.warehouse import Warehouse

DESCRIPTIONS = {
    "churn": "The probability that a customer does not order within the shop's own horizon.",
    "purchase_30d": "The probability that a customer orders within 30 days.",
}


def scores_table(name: str) -> Table:
    """How the scores of a model lie in the landing zone; the columns are those of `ml.scoring.SCORE_COLUMNS`."""
    return Table(
        "scores",
        name,
        key=("profile_id", "as_of"),
        event_time="as_of",
        watermark=None,
        stamped=False,
        definition=(
            "profile_id VARCHAR, as_of TIMESTAMP, score DOUBLE, fallback_score DOUBLE, score_365d DOUBLE, horizon_days BIGINT, "
            "because_1 VARCHAR, because_1_effect DOUBLE, because_2 VARCHAR, because_2_effect DOUBLE, model VARCHAR, "
            "model_version VARCHAR, trained_from TIMESTAMP, trained_to TIMESTAMP, data_version VARCHAR, reason VARCHAR"
        ),
        columns=(text("profile_id", required=True), moment("as_of", required=True), Column("score")),
    )


def declaration(name: str) -> Declaration:
    """The model that makes the table `scores.<name>`: module, declaration and table have one name."""
    declared = getattr(importlib.import_module(f"ml.models.{name}"), name)
    assert isinstance(declared, Declaration)
    return declared


def land_scores(name: str, scores: pd.DataFrame, folders: Folders, as_of: datetime) -> None:
    """Hands the scores of one instant over, whole; the same instant again replaces them."""
    landing, table = folders.landing, scores_table(name)
    landing.declare(table)
    with landing.writing(table, f"as_of_{as_of:%Y%m%dT%H%M%S}.parquet") as unfinished:
        pq.write_table(pa.Table.from_pandas(scores, preserve_index=False), unfinished)


def _score_asset(name: str) -> dg.AssetsDefinition:
    @dg.asset(
        key=["scores", name],
        group_name="scores",
        description=DESCRIPTIONS[name],
        kinds={"scikitlearn"},
        deps=[dg.AssetKey(["features", "training_snapshots"]), dg.AssetKey(["features", "customer_features"])],
    )
    def scores(context: dg.AssetExecutionContext, warehouse_reader: Warehouse, folders: Folders, clock: Clock) -> dg.MaterializeResult:
        # scikit-learn takes seconds to import: only where it is used
        from ml.store import save
        from ml.training import train_and_score

        as_of = clock.as_of(context)
        training = warehouse_reader.read("select * from features.training_snapshots")
        features = warehouse_reader.read("select * from features.customer_features")
        scored = train_and_score(declaration(name), training, features, as_of)
        save(scored.card, folders.data / "models")
        land_scores(name, scored.scores, folders, as_of)
        metadata: dict[str, Any] = {key: value for key, value in scored.card.figures().items() if value is not None}
        context.log.info(f"{name}: {len(scored.scores):,} customers, " + _quality(metadata))
        evaluation = scored.card.evaluation
        if evaluation:
            points = [(point.expected, point.observed) for point in evaluation.metrics.reliability]
            metadata["reliability"] = reliability(points)
        return dg.MaterializeResult(
            metadata={
                **metadata,
                "dagster/row_count": len(scored.scores),
                "coefficients": sample(scored.card.coefficients(), rows=30),
                "sample": sample(scored.scores),
            }
        )

    return scores


def _quality(figures: Mapping[str, object]) -> str:
    if "reason" in figures:
        return str(figures["reason"])
    if "auc" not in figures:
        return str(figures.get("notes", "not evaluated"))
    return f"AUC {figures['auc']:.3f} (RFM alone {figures['rfm_auc']:.3f}), calibration error {figures['ece']:.3f}"


SCORES = [_score_asset(name) for name in DESCRIPTIONS]
