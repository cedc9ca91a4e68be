"""The estimates: each model of ml/models learns where there is something new to learn from, and scores everybody, batch by batch."""

import importlib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ml.declaration import Declaration
from orchestration.assets.samples import sample
from orchestration.assets.score_evidence import land_evidence, told
from orchestration.assets.score_tables import DESCRIPTIONS, land_scores
from orchestration.resources import Clock, Folders
from orchestration.systems import policy
from orchestration.warehouse import Warehouse

if TYPE_CHECKING:
    from ml.eligibility import Shop
    from ml.served import Served

BATCH_ROWS = 250_000
_SHOP = """
    select
        (select count(*) from features.customer_features) as buyers,
        (select max(tenure_days) from features.customer_features) as history_days,
        (select min(recency_days) from features.customer_features) as latest_order_days,
        (select max(as_of) from features.customer_features) as seen_at,
        (select max(horizon_days) from features.horizons) as horizon_days
"""
_SNAPSHOTS = "select * from features.training_snapshots where as_of in (select unnest(?))"


class ScoresConfig(dg.Config):
    """In the launchpad: whether to train anew although the stored model is still the right one."""

    train_anew: bool = False


def declaration(name: str) -> Declaration:
    """The model that makes the table `scores.<name>`: module, declaration and table have one name."""
    declared = getattr(importlib.import_module(f"ml.models.{name}"), name)
    assert isinstance(declared, Declaration)
    return declared


def shop_of(reader: Warehouse, now: datetime) -> "Shop":
    """What decides over eligibility. ValueError where the features are from after `now` (naive UTC)."""
    from ml.eligibility import Shop

    row = reader.read(_SHOP).iloc[0]
    if pd.notna(row.seen_at) and row.seen_at > now:
        raise ValueError(f"features.customer_features is as of {row.seen_at}, which is after {now}: build the warehouse as of {now} first")
    known = [float("nan") if pd.isna(row[name]) else float(row[name]) for name in ("history_days", "latest_order_days")]
    return Shop(int(row.buyers), known[0], known[1], None if pd.isna(row.horizon_days) else int(row.horizon_days))


def training_of(name: str, reader: Warehouse, now: datetime) -> dict[str, Any]:
    """What `ml.training.Training` takes of the warehouse and of the policy."""
    times = reader.read("select distinct as_of from features.training_snapshots").as_of
    return {
        "declared": declaration(name),
        "shop": shop_of(reader, now),
        "origin_times": [pd.Timestamp(moment) for moment in times],
        "read": lambda moments: reader.read(_SNAPSHOTS, [[moment.to_pydatetime() for moment in moments]]),
        "now": pd.Timestamp(now),
        "most_rows": int(policy("training_rows")),
    }


def scored(declared: Declaration, served: "Served", reader: Warehouse, progress: Any) -> Iterator[pa.Table]:
    """The scores of everybody in features.customer_features, batch by batch."""
    from ml.scoring import needed_columns, score

    columns = ", ".join(needed_columns(declared))
    done = 0
    with reader.open() as connection:
        connection.execute("set memory_limit = '1GB'")  # what was read is not read again: it needs no cache
        # asked as a relation it streams; as a statement's result all rows would be held
        batches: Any = connection.sql(f"select {columns} from features.customer_features").to_arrow_reader(BATCH_ROWS)
        with closing(batches):
            for batch in batches:
                yield score(declared, served, batch)
                done += batch.num_rows
                if done % (BATCH_ROWS * 8) == 0:
                    progress(f"{declared.name}: {done:,} customers scored")


def _score_asset(name: str) -> dg.AssetsDefinition:
    @dg.asset(
        key=["scores", name],
        group_name="scores",
        description=DESCRIPTIONS[name],
        kinds={"scikitlearn"},
        deps=[dg.AssetKey(["features", "training_snapshots"]), dg.AssetKey(["features", "customer_features"])],
    )
    def scores(
        context: dg.AssetExecutionContext, config: ScoresConfig, warehouse_reader: Warehouse, folders: Folders, clock: Clock
    ) -> dg.MaterializeResult:
        # scikit-learn takes seconds to import: only where it is used
        from ml.registry import Registry
        from ml.training import Training

        as_of = clock.as_of(context)
        now = as_of.astimezone(UTC).replace(tzinfo=None)
        registry = Registry(folders.data / "models", name)
        served = Training(**training_of(name, warehouse_reader, now), registry=registry, progress=context.log.info).serve(
            anew=config.train_anew
        )
        if served.evidence is not None:
            land_evidence(served, folders)
        for note in served.notes:
            context.log.info(f"{name}: {note}")
        seen: list[pa.Table] = []
        counts = {"scored": 0, "sum": 0.0}

        def counted() -> Iterator[pa.Table]:
            for batch in scored(declaration(name), served, warehouse_reader, context.log.info):
                if not seen:
                    seen.append(batch.slice(0, 5))
                known = batch["score"].drop_null()
                counts["scored"] += len(known)
                counts["sum"] += float(pc.sum(known).as_py() or 0)
                yield batch

        rows = land_scores(name, counted(), folders.landing, as_of)
        context.log.info(f"{name}: {rows:,} customers, {int(counts['scored']):,} scored; " + (served.reason or served.card["verdict"]))
        mean = {"mean_score": counts["sum"] / counts["scored"]} if counts["scored"] else {}
        shown = {"sample": sample(seen[0].to_pandas(), columns=16)} if seen else {}
        return dg.MaterializeResult(
            metadata={"dagster/row_count": rows, "scored_count": int(counts["scored"]), **mean, **shown, **told(served)}
        )

    return scores


SCORES = [_score_asset(name) for name in DESCRIPTIONS]
