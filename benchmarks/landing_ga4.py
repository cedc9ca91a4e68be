"""Lands GA4 events from Parquet, from newline JSON and from a BigQuery: rows per second and the peak of resident memory of each.

    python -m benchmarks.landing_ga4 [--rows 1000000] [--bigquery-rows 200000] [--days 10]

Makes events like those of a shop (12 parameters each, items in one of eight) in a temporary folder, spread over some days. Each way in
is a process of its own; the BigQuery is a local server that answers as the API does, in a process of its own too, its pages made before
the clock starts, so that the time is that of the client and the landing. What landed must be the same events each time. Beside the files,
in processes of their own: DuckDB alone writing the same days to Parquet, which judges nothing. One file, a little long.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "unit")]
from benchmarks.house.figures import Figure, as_json  # noqa: E402 (after the path to it)

AS_OF = datetime(2026, 6, 30, 9, tzinfo=UTC)
KEYS = ("page_location", "page_title", "page_referrer", "source", "medium", "campaign", "content_group")
NUMBERS = ("ga_session_id", "ga_session_number", "engagement_time_msec", "batch_ordering_id", "entrances")


def make(folder: Path, rows: int, days: int, kinds: tuple[str, ...] = ("parquet", "json")) -> None:
    """The same days as Parquet, as newline JSON with integers as text."""
    from orchestration.sources.ga4_schema import DEFINITION

    nothing = "'float_value': null::double, 'double_value': null::double"
    texts = [f"{{'key': '{key}', 'value': {{'string_value': '{key} ' || i % 997, 'int_value': null::bigint, {nothing}}}}}" for key in KEYS]
    whole = [f"{{'key': '{key}', 'value': {{'string_value': null, 'int_value': i % 9973, {nothing}}}}}" for key in NUMBERS]
    items = "[{'item_id': 'p' || i % 500, 'item_name': 'Tea ' || i % 500, 'price': 4.5, 'quantity': 1}]"
    with duckdb.connect() as connection:
        connection.execute("set preserve_insertion_order = false")
        for number in range(days):
            day = f"{AS_OF - timedelta(days=days - number):%Y%m%d}"
            start = int(datetime.strptime(f"{day}+0000", "%Y%m%d%z").timestamp()) * 1_000_000
            connection.execute(f"create or replace table day ({DEFINITION})")
            connection.execute(f"""
                insert into day by name select '{day}' as event_date, {start} + i * 1000 as event_timestamp, 'page_view' as event_name,
                    [{", ".join((*texts, *whole))}] as event_params, 'd' || i % 50000 as user_pseudo_id, i as event_bundle_sequence_id,
                    1 as batch_event_index, {{'category': 'mobile', 'language': 'de'}} as device, {{'country': 'Germany'}} as geo,
                    case when i % 8 = 0 then {items} else [] end as items, true as is_active_user
                from range({rows // days}) as made (i)
            """)
            for kind in kinds:
                (folder / kind).mkdir(exist_ok=True)
            connection.execute(f"copy day to '{folder}/parquet/events_{day}.parquet' (format parquet)")
            columns = (
                "* replace (event_timestamp::varchar as event_timestamp, event_bundle_sequence_id::varchar as event_bundle_sequence_id)"
            )
            if "json" in kinds:
                connection.execute(f"copy (select {columns} from day) to '{folder}/json/events_{day}.jsonl' (format json)")


def serve(folder: Path, rows: int) -> None:
    """A BigQuery with the first rows of each day, until the parent closes the pipe. Prints its address when its pages are made."""
    from api_kit import Reply, serving
    from bigquery_kit import BigQuery, page_rows

    pretend = BigQuery(page_rows=2000)
    files = sorted((folder / "parquet").iterdir())
    (folder / "pages").mkdir()
    for path in files:
        table = duckdb.sql(f"from '{path}' limit {rows // len(files)}").to_arrow_table()
        pretend.put(path.stem, table)
        for first in range(0, table.num_rows, pretend.page_rows):
            body = {"totalRows": str(table.num_rows), "rows": page_rows(table.slice(first, pretend.page_rows))}
            following = {"pageToken": f"t{first + pretend.page_rows}"} if first + pretend.page_rows < table.num_rows else {}
            (folder / "pages" / f"{path.stem}_{first // pretend.page_rows}").write_text(json.dumps({**body, **following}))
    pretend.before_page = lambda name, page: Reply((folder / "pages" / f"{name}_{page}").read_bytes())
    with serving(pretend.answer) as pretend.served:
        print(pretend.url, flush=True)
        sys.stdin.read()


def copy(way: str, where: str, folder: Path) -> None:
    """The days by DuckDB alone, as they stand; prints the same as `land`."""
    reader, rows, started = "read_parquet" if way.endswith("parquet") else "read_json", 0, time.monotonic()
    (folder / way).mkdir()
    with duckdb.connect(config={"memory_limit": "4GB", "preserve_insertion_order": False}) as connection:
        for file in sorted(Path(where).iterdir()):
            written = f"copy (from {reader}('{file}')) to '{folder}/{way}/{file.stem}.parquet' (compression zstd)"
            rows += connection.execute(written).fetchall()[0][0]
    told(rows, time.monotonic() - started, [])


def told(rows: int, seconds: float, failures: list[str]) -> None:
    """Prints what this process did."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    peak = used.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    cpu = used.ru_utime + used.ru_stime
    print(json.dumps({"rows": rows, "seconds": seconds, "cpu": cpu, "mb": peak, "failures": failures}))


def land(way: str, where: str, folder: Path) -> None:
    """One way in, in this process; prints rows, seconds and MB."""
    from bigquery_kit import DATASET, PROJECT

    from orchestration.landing import Landing, land_ga4
    from orchestration.landing.ga4 import land_export
    from orchestration.sources.bigquery.dataset import opened
    from orchestration.sources.ga4_bigquery import day_tables

    landing, started = Landing(folder / f"landing_{way}"), time.monotonic()
    if way == "bigquery":
        with opened(PROJECT, DATASET, where) as dataset:
            landed = land_export(lambda: day_tables(dataset), landing, AS_OF)
    else:
        landed = land_ga4(Path(where), landing, AS_OF)
    told(landed.rows, time.monotonic() - started, list(landed.failures))


ALONE = "DuckDB alone, nothing judged"


def figures(found: dict[str, dict[str, float]]) -> list[Figure]:
    """What the house wants to know of the ways in."""
    given = []
    for way, name in (("parquet", "Parquet"), ("json", "newline JSON"), ("bigquery", "BigQuery's API")):
        one, alone = found[way], found.get(f"copied_{way}")

        def beside(unit: str, alone: dict[str, float] | None = alone) -> tuple[str, float | None]:
            return (ALONE, alone[unit]) if alone else ("", None)

        given += [
            Figure(f"{name} landed", one["speed"], "rows/s", *beside("speed"), note=f"{one['rows']:,} rows"),
            Figure(f"{name}, processor time", one["cpu"], "CPU s", *beside("cpu")),
            Figure(f"{name}, peak memory", one["mb"] / 1024, "GiB"),
        ]
    return given


def main() -> None:
    """Runs the ways and prints a line each."""
    parser = argparse.ArgumentParser()
    for name, default in (("--rows", 1_000_000), ("--bigquery-rows", 200_000), ("--days", 10)):
        parser.add_argument(name, type=int, default=default)
    parser.add_argument("--as", dest="part", nargs="+")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.part:
        part, *rest = given.part
        if part == "serve":
            serve(Path(rest[0]), given.bigquery_rows)
        else:
            (copy if part.startswith("copied") else land)(part, rest[0], Path(rest[1]))
        return
    me, found = [sys.executable, __file__, "--bigquery-rows", str(given.bigquery_rows), "--as"], {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        make(folder, given.rows, given.days)
        with subprocess.Popen([*me, "serve", place], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdin is not None and server.stdout is not None
            url = server.stdout.readline().strip()
            files = [(way, str(folder / way.removeprefix("copied_"))) for way in ("copied_parquet", "parquet", "copied_json", "json")]
            for way, where in (*files, ("bigquery", url)):
                done = subprocess.run([*me, way, where, place], check=True, stdout=subprocess.PIPE, text=True)
                one = found[way] = json.loads(done.stdout.splitlines()[-1])
                assert not one["failures"], one["failures"]
                speed = one["speed"] = one["rows"] / one["seconds"]
                took = f"{one['seconds']:6.1f} s ({one['cpu']:.1f} s of processor time)"
                print(f"{way:>14}: {one['rows']:>10,} rows in {took}, {speed:>9,.0f} rows/s, peak {one['mb']:,.0f} MB")
            server.stdin.close()
    if given.json:
        print(as_json(figures(found)))


if __name__ == "__main__":
    main()
