"""How fast everybody is scored: `python -m benchmarks.scoring [--people 10000000] [--model churn]`.

Makes the features of so many customers in a scratch warehouse (numbers drawn by SQL, as wide as the real table; with labels for a
sample of 50,000 people at nine origins), trains each model as a run does, and then scores everybody with it through the code that the
assets call, from the warehouse to Parquet in the landing zone. Training and scoring are told apart; each model has a process of its
own, so that its memory can be told. What the scores are worth is not told here.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from ml.features import CUSTOMER_FEATURES
from orchestration.assets.score_tables import DESCRIPTIONS, land_scores
from orchestration.assets.scores import declaration, scored, training_of
from orchestration.landing import Landing
from orchestration.warehouse import Warehouse

if TYPE_CHECKING:
    from ml.served import Served

AS_OF = datetime(2026, 6, 30, 9, tzinfo=UTC)
ORIGINS = 9
#: How the columns that matter hang together; all others are noise of their kind.
RULES = {
    "tenure_days": "30 + cast(900 * {draw} as bigint)",
    "orders_count": "1 + cast(floor(-ln(1 - {draw}) * 2) as bigint)",
    "recency_days": "cast(tenure_days * {draw} as bigint)",
    "order_days_count": "orders_count",
    "avg_order_amount": "20 + 80 * {draw}",
    "revenue_amount": "orders_count * avg_order_amount",
}
LABELS = {
    "next_order_at": "case when {draw} < 0.5 * exp(-recency_days / 90.0) then as_of + interval 1 day * cast(80 * {draw} as int) end",
    "next_90d_orders_count": "cast(orders_count * {draw} * exp(-recency_days / 90.0) as bigint)",
    "next_90d_revenue_amount": "next_90d_orders_count * avg_order_amount",
}


def table(rows: str, name: str, labels: dict[str, str]) -> str:
    """SQL for a table of features over `rows`, a query of (number, profile_id, as_of); the same numbers in every run."""
    noise = {column: "{draw}" if column.endswith("_share") else "cast(60 * {draw} as bigint)" for column in CUSTOMER_FEATURES}
    steps = []
    for place, (column, rule) in enumerate({**RULES, **{key: rule for key, rule in noise.items() if key not in RULES}, **labels}.items()):
        steps.append(rule.replace("{draw}", f"((hash(number * 64 + {place}) % 1000003) / 1000003.0)") + f" as {column}")
    return f"create table features.{name} as select profile_id, as_of, 60 as horizon_days, {', '.join(steps)} from ({rows})"


def make(folder: Path, people: int) -> None:
    """The scratch warehouse."""
    with duckdb.connect(str(folder / "warehouse.duckdb"), config={"memory_limit": "4GB", "preserve_insertion_order": False}) as connection:
        connection.execute("create schema features")
        connection.execute("create table features.horizons as select timestamp '2026-06-30 09:00' as as_of, 60 as horizon_days")
        everybody = f"select range as number, 'p' || range as profile_id, timestamp '2026-06-30 09:00' as as_of from range({people})"
        connection.execute(table(everybody, "customer_features", {}))
        sample = f"""
            select people.range * {ORIGINS} + origins.range as number, 'p' || people.range as profile_id,
                timestamp '2026-06-06' - interval 30 day * origins.range as as_of
            from range(least({people}, 50000)) as people, range({ORIGINS}) as origins
        """
        connection.execute(table(sample, "training_snapshots", LABELS))


def run(folder: Path, name: str) -> None:
    """Trains and scores one model, and prints what each took."""
    from ml.registry import Registry
    from ml.training import Training

    reader, now = Warehouse(data=str(folder)), AS_OF.replace(tzinfo=None)
    started = time.monotonic()
    served = Training(**training_of(name, reader, now), registry=Registry(folder / "models", name)).serve()
    trained = time.monotonic()
    if served.recipe == "fallback" and served.state is not None:  # numbers drawn at random may not pass the gate; what is learned is slower
        served = _learned(folder, name, reader, now)
    begun = time.monotonic()
    rows = land_scores(name, scored(declaration(name), served, reader, print), Landing(folder / "landing"), AS_OF)
    seconds, peak = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    figures = f"{rows:>11,} customers in {seconds:6.1f} s by {served.recipe}, {rows / seconds:>10,.0f} a second"
    print(f"{name:16} {figures}; training {trained - started:5.1f} s; peak {peak:.2f} GiB", flush=True)


def _learned(folder: Path, name: str, reader: Warehouse, now: datetime) -> Served:
    from dataclasses import replace

    from ml import origins
    from ml.recipes import RECIPES
    from ml.registry import Registry
    from ml.training import Training

    training = Training(**training_of(name, reader, now), registry=Registry(folder / "models", name))
    rows, days = training.rows(), training.task.horizon_days
    learned = origins.learned_from(origins.with_outcome(rows, training.task.kind, days), days, training.now)
    state = RECIPES["mean2"].fit(training.task, learned, rows[rows["as_of"] == rows["as_of"].max()], 0)
    return replace(training.serve(), recipe="mean2", state=state)


def main() -> None:
    """Make, then each model in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000_000)
    parser.add_argument("--model", choices=list(DESCRIPTIONS))
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    if given.folder:
        run(given.folder, given.model)
        return
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), given.people)
        for name in [given.model] if given.model else DESCRIPTIONS:
            subprocess.run([sys.executable, "-m", "benchmarks.scoring", "--model", name, "--folder", folder], check=True)


if __name__ == "__main__":
    main()
