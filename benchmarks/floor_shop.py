"""The large shop, landed and built without its systems: for the benchmark of the full build beside the SQL by hand."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from benchmarks.dbt_runs import dbt
from orchestration.assets.landed import LANDED
from orchestration.landing import Landing

#: What the last of our stages need, proof and alerts left out.
STAGES = ["staging", "identity", "profiles", "marts", "features", "scores", "audiences", "triggers", "decisions"]


def land(shop: Path, folder: Path) -> str:
    """Lands the shop's Parquet files as a first load of them would, but for rows without a time; returns the instant of the run."""
    as_of = str(json.loads((shop / "clock.json").read_text())["as_of"])[:19].replace("T", " ")
    landing = Landing(folder / "landing")
    landing.declare(*LANDED.values())
    with duckdb.connect() as connection:
        for place in sorted((shop / "tables").glob("*/*.parquet")):
            copied = f"select *, timestamp '{as_of}' as _landed_at, true as _is_backfill, false as _is_deleted from '{place}'"
            connection.execute(f"copy ({copied}) to '{folder / 'landing' / place.parent.name / place.stem / place.name}' (format parquet)")
        for place in sorted((shop / "ga4").glob("*.parquet")):
            copied = f"select *, timestamp '{as_of}' as _landed_at, true as _is_backfill from '{place}' where event_timestamp is not null"
            connection.execute(f"copy ({copied}) to '{folder / 'landing' / 'ga4' / 'events' / place.name}' (format parquet)")
    return as_of


def build(folder: Path, as_of: str) -> None:
    """Builds everything once, so that what is given to both sides is there."""
    dbt(folder, "seed", as_of=as_of)
    dbt(folder, "run", "--select", *STAGES, as_of=as_of)
