"""What a sync costs: `python -m benchmarks.delivery_syncs [--members 10000000] [--profiles 1000000]`.

1. The difference of so many members (36 characters of profile_id, 32 of row_hash; 1 % changed, 1 % new, 1 % gone; and none): the goal for
   10 million is 8 s and 6 GiB on two processors.
2. The engine: so many profiles of about 400 bytes through the whole sync (difference, file of changes, JSON, journal, snapshot, row log) to
   a destination in this process that takes everything, in batches of 1,000: processor time a row, and what of it is
   reading and JSON alone would be, row by row; the goal is 5 microseconds. Then the same audience again, which must make no request.
3. The calls and seconds to Klaviyo's endpoints of the demo's provider: the goal is 105 imports a million.

Each figure has a process of its own, so that its memory can be told.

A little longer than most files: one story.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import orjson
import pyarrow as pa

from activations.destination import Ability, Limits, Request, Work
from activations.destinations.json_columns import json_object, rows_of
from activations.ledger import Ledger
from activations.model import Accepted, Outcome
from activations.syncs.difference import difference
from activations.syncs.rows import Rows, as_mappings
from activations.syncs.snapshots import Snapshots
from activations.syncs.sync import sync

if TYPE_CHECKING:
    from activations.syncs.report import SyncReport

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
_MD5 = "md5(i::varchar)"
_ID = " || '-' || ".join(f"{_MD5}[{some}]" for some in ("1:8", "9:12", "13:16", "17:20", "21:32"))
PROFILES = f"""
    select {_ID} as profile_id, md5('h' || i) as row_hash, 'ann.' || i || '@example.com' as email,
        '+4917' || lpad(i::varchar, 8, '0') as phone, 'Ann' as first_name, 'Example-' || (i % 5000) as last_name,
        'DE' as country_code, i % 40 as orders_count,
        (i % 9000) / 7.0 as revenue, (array['champions', 'loyal', 'at_risk'])[1 + i % 3] as segment,
        round((i % 100) / 100.0, 2)::double as churn_probability,
        'buys about every ' || (i % 90) || ' days, and it has been ' || (i % 300) || ' since the last order' as because, i % 24 as send_hour
    from range({{count}}) as numbers(i)
"""


class TakesAll:
    """Takes everything, in this process, as fast as can be."""

    name = "takes_all"
    abilities: ClassVar = {
        work: Ability(Limits(rows=1_000, size_bytes=5_000_000), is_repeatable=True) for work in (Work.UPSERT, Work.REMOVE)
    }

    def __init__(self) -> None:
        self.requests = self.size_bytes = 0

    def encode(self, work: Work, row: Mapping[str, Any]) -> bytes:
        return orjson.dumps(row)

    def encode_together(self, work: Work, batch: pa.RecordBatch) -> list[bytes]:
        return rows_of(json_object(zip(batch.schema.names, batch.columns, strict=True)))

    def send(self, request: Request) -> list[Outcome]:
        self.requests += 1
        self.size_bytes += sum(map(len, request.rows))
        return [Accepted()] * len(request.rows)


def make(folder: Path, members: int, profiles: int) -> None:
    """The desired tables and the acknowledged one, as DuckDB writes them, each in an order of its own."""
    with duckdb.connect(config={"memory_limit": "4GB", "preserve_insertion_order": False, "temp_directory": str(folder)}) as connection:
        acknowledged = f"select {_ID} as profile_id, md5('h' || i) as row_hash from range({members}) as numbers(i) order by hash(i * 7 + 1)"
        desired = f"""
            select {_ID} as profile_id, md5(case when i % 100 = 1 then 'c' else 'h' end || i) as row_hash
            from range({members} + {members} // 100) as numbers(i) where i % 100 <> 0 or i >= {members} order by hash(i * 3 + 1)
        """
        for name, query in {"acknowledged": acknowledged, "desired": desired, "profiles": PROFILES.format(count=profiles)}.items():
            connection.execute(f"copy ({query}) to '{folder}/{name}.parquet'")


def differ(folder: Path, name: str) -> str:
    """Seconds of a difference."""
    started = time.perf_counter()
    found = difference("everybody", Rows(folder / f"{name}.parquet"), Rows(folder / "acknowledged.parquet"))
    seconds = time.perf_counter() - started
    counts = f"{len(found.created):,} new, {len(found.updated):,} changed, {len(found.gone):,} gone"
    return f"{seconds:.1f} s ({time.process_time():.1f} s of processor time), {counts}"


def engine(folder: Path) -> str:
    """Microseconds a row, with and without the JSON."""
    rows = Rows(folder / "profiles.parquet")
    names = [name for name in rows.schema.names if name != "row_hash"]
    started = time.process_time()
    size = sum(len(orjson.dumps(row)) for batch in rows.batches(names) for row in as_mappings(batch))
    json_alone = time.process_time() - started
    taker = TakesAll()
    report, cpu, seconds = _synced(folder, taker)
    assert report.accepted == rows.count, report
    again, cpu_again, _ = _synced(folder, taker)
    assert again.requests == 0, again
    each = 1e6 / rows.count
    whole = f"{cpu * each:.2f} microseconds of processor time a row of {size / rows.count:.0f} bytes"
    parts = f"{json_alone * each:.2f} for reading rows and their JSON alone"
    return f"{whole} ({parts}), {seconds:.1f} s, {taker.requests} requests; without change {cpu_again * each:.2f} and no request"


def _synced(folder: Path, destination: Any) -> tuple[SyncReport, float, float]:
    ledger = Ledger(f"sqlite:///{folder}/{destination.name}.db")  # opened by a run once, whatever the rows
    began, started = time.process_time(), time.perf_counter()
    report = sync("everybody", folder / "profiles.parquet", destination, Snapshots(folder / "snapshots", ledger), lambda: NOW)
    ledger.close()
    return report, time.process_time() - began, time.perf_counter() - started


def klaviyo(folder: Path) -> str:
    """Calls and seconds of a first load to the demo's provider."""
    from activations.destinations import Klaviyo
    from demo.provider.options import Options
    from demo.provider.server import running

    with running(folder / "provider", options=Options(limits="off")) as provider:
        report, cpu, seconds = _synced(folder, Klaviyo("pk_x", base_url=provider.url))
        assert not report.stopped, report
    return f"{report.accepted:,} profiles in {report.requests} imports, {seconds:.0f} s, {cpu:.0f} s of processor time for both sides"


FIGURES = {
    "difference, 3 % changed": lambda folder: differ(folder, "desired"),
    "difference, no change": lambda folder: differ(folder, "acknowledged"),
    "engine": engine,
    "Klaviyo": klaviyo,
}


def main() -> None:
    """Makes the tables, then each figure in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=10_000_000)
    parser.add_argument("--profiles", type=int, default=1_000_000)
    parser.add_argument("--figure", choices=list(FIGURES))
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.folder:
        told = FIGURES[given.figure](given.folder)
        print(f"{given.figure:24} {told}; peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB", flush=True)
        return
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), given.members, given.profiles)
        for figure in [given.figure] if given.figure else FIGURES:
            subprocess.run([sys.executable, "-m", "benchmarks.delivery_syncs", "--figure", figure, "--folder", folder], check=True)


if __name__ == "__main__":
    main()
