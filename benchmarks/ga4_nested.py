"""What nesting costs: `python -m benchmarks.ga4_nested [--rows 1000000] [--times 3]`.

Makes GA4 events as the export has them (landing_ga4.py), lands them, and writes the same rows flat: a typed column for each parameter that
staging reads, the first item's fields, the attribution that holds. Then the staging model's own SQL, as dbt compiles it, makes its table
from the landed rows, and SQL by hand (ga4_flat.sql) the same table from the flat ones, each in a process of its own, with the
warehouse's settings. The two tables must be equal, row by row. Told is the median of processor time.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from benchmarks import landing_ga4
from benchmarks.dbt_runs import dbt
from benchmarks.house.figures import Figure, as_json
from orchestration.assets.landed import LANDED
from orchestration.landing import Landing, land_ga4

SETTINGS = {"memory_limit": "4GB", "preserve_insertion_order": False, "force_compression": "uncompressed"}
MODEL = "int_ga4_events_flattened"
_PARAM = "list_filter(event_params, lambda param: param.key = '{}')[1].value.{}"
_TEXTS = ("page_location", "page_title", "content_group", "search_term", "transaction_id", "currency")
_SOURCES = "cross_channel_campaign", "manual_campaign"
FLATTEN = """
    select event_date, event_timestamp, event_name, user_pseudo_id, user_id, {texts},
        {session} as ga_session_id, {engagement} as engagement_msec,
        ecommerce.purchase_revenue as revenue, ecommerce.purchase_revenue_in_usd as revenue_in_usd,
        {value} as event_value, event_value_in_usd,
        items[1].item_id as item_id, items[1].item_name as item_name, items[1].item_category as item_category,
        items[1].item_brand as item_brand, items[1].price as item_price, coalesce(len(items), 0) as items_count,
        device.category as device_category, {traffic},
        session_traffic_source_last_click.cross_channel_campaign.default_channel_group as channel, geo.country as country,
        event_bundle_sequence_id, batch_page_id, batch_ordering_id, batch_event_index,
        _delivered_at as delivered_at, _landed_at as landed_at, _is_backfill as is_backfill
    from raw.ga4_events
"""


def _traffic(name: str, field: str) -> str:
    attributed = [f"session_traffic_source_last_click.{place}.{field}" for place in _SOURCES]
    collected = f"collected_traffic_source.manual_{field}"
    return f"coalesce({', '.join([*attributed, collected, _PARAM.format(name, 'string_value')])}) as {name}"


def make(folder: Path, rows: int) -> None:
    """The landed events, the warehouse with the compiled model in it, and the flat file."""
    Landing(folder / "landing").declare(*LANDED.values())
    landing_ga4.make(folder, rows, days=4, kinds=("parquet",))
    landed = land_ga4(folder / "parquet", Landing(folder / "landing"), landing_ga4.AS_OF)
    assert landed.rows == rows, landed.failures
    dbt(folder, "run", "--select", MODEL, as_of="2026-06-30 09:00:00")
    texts = ", ".join(f"{_PARAM.format(name, 'string_value')} as {name}" for name in _TEXTS)
    traffic = ", ".join(
        _traffic(name, field) for name, field in (("source", "source"), ("medium", "medium"), ("campaign", "campaign_name"))
    )
    numbers = {"session": ("ga_session_id", "int"), "engagement": ("engagement_time_msec", "int"), "value": ("value", "double")}
    query = FLATTEN.format(
        texts=texts, traffic=traffic, **{name: _PARAM.format(key, f"{kind}_value") for name, (key, kind) in numbers.items()}
    )
    with duckdb.connect(str(folder / "warehouse.duckdb"), config=SETTINGS) as connection:
        connection.execute(f"set TimeZone = 'UTC'; copy ({query}) to '{folder}/flat.parquet'")


def stage(folder: Path, way: str) -> None:
    """One way, in this process; prints what it took, and what tells its table from another."""
    if way == "nested":
        (file,) = (folder / "target" / "compiled").rglob(f"{MODEL}.sql")
        query = file.read_text()
    else:
        query = Path(__file__).with_name("ga4_flat.sql").read_text().replace("$flat", f"'{folder}/flat.parquet'")
    with duckdb.connect(str(folder / "warehouse.duckdb"), config=SETTINGS) as connection:
        connection.execute("set TimeZone = 'UTC'")
        started, began = time.perf_counter(), time.process_time()
        connection.execute(f"create or replace table main.{way} as {query}")
        took = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - began}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform != "darwin" else 2**30)
        same = connection.execute(f"select count(*), sum(hash(made)::hugeint)::varchar from main.{way} as made").fetchone()
    print(json.dumps({**took, "peak": peak, "same": same}))


def main() -> None:
    """The whole benchmark, printed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--times", type=int, default=3)
    options.add_argument("--json", action="store_true")
    options.add_argument("--way", choices=("nested", "flat"), help=argparse.SUPPRESS)
    options.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.way:
        return stage(given.folder, given.way)
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), given.rows)
        found: dict[str, list[dict[str, float]]] = {"nested": [], "flat": []}
        for _ in range(given.times):
            for way, taken in found.items():
                command = [sys.executable, "-m", "benchmarks.ga4_nested", "--way", way, "--folder", folder]
                taken.append(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout))
    same = {json.dumps(one["same"]) for taken in found.values() for one in taken}
    assert len(same) == 1, f"the tables differ: {same}"
    told = {way: {key: statistics.median(one[key] for one in taken) for key in ("seconds", "cpu", "peak")} for way, taken in found.items()}
    nested, flat = told["nested"], told["flat"]
    for way, one in told.items():
        print(f"{way:8} {one['seconds']:6.2f} s, {one['cpu']:6.2f} s of processor time, peak {one['peak']:.2f} GiB")
    print(f"{given.rows:,} rows, equal tables: nested takes {nested['cpu'] / flat['cpu']:.2f} times the processor time")
    if given.json:
        beside, rows = "the same rows flat, the same table", f"{given.rows:,} rows"
        print(as_json([
            Figure("staging, processor time", nested["cpu"], "CPU s", beside, flat["cpu"], note=rows),
            Figure("staging", nested["seconds"], "s", beside, flat["seconds"]),
            Figure("peak memory", nested["peak"], "GiB", beside, flat["peak"]),
        ]))  # fmt: skip
    return None


if __name__ == "__main__":
    main()
