"""A million made-up contacts through find_matches: wall time, peak memory of its own process, precision and recall of pairs.

    python -m benchmarks.matching [records]

The contacts are made and written first, by another process, and are not part of the figures.
"""

from __future__ import annotations

import csv
import multiprocessing
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.made_up_people import FIELDS, SEED, made_up

COLUMNS = (*FIELDS, "company_name")


def write(folder: Path, records: int) -> None:
    """records.parquet and truth.parquet of so many made-up contacts."""
    rows = list(made_up(records))
    types = {name: pa.date32() if name == "birth_date" else pa.string() for name in COLUMNS}
    columns = {name: pa.array([row.get(name) for _, row in rows], kind) for name, kind in types.items()}
    keys = pa.array([f"r{place}" for place in range(len(rows))])
    pq.write_table(pa.table({"record_key": keys, **columns}), folder / "records.parquet")
    pq.write_table(pa.table({"record_key": keys, "person": pa.array([person for person, _ in rows])}), folder / "truth.parquet")


def match(folder: Path) -> None:
    """matches.parquet; prints time and memory of this process."""
    from matching.decisions import Settings
    from matching.matches import find_matches

    with SEED.open() as lines:
        variants = [(row["name"], row["variant_of"]) for row in csv.DictReader(lines)]
    records = pq.read_table(folder / "records.parquet")
    began, used = time.perf_counter(), time.process_time()
    found = find_matches(records, variants, Settings())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    sys.stdout.write(f"{len(records):,} records: {wall:.1f} s wall, {cpu:.1f} s CPU, peak {peak:.2f} GiB" + "\n")
    pq.write_table(found, folder / "matches.parquet")


def judge(folder: Path) -> None:
    """Precision and recall of the accepted pairs, before any chain; and what became of the rest."""
    with duckdb.connect() as connection:
        said = connection.execute(f"""
            with found as (select * from '{folder}/matches.parquet'), truth as (select * from '{folder}/truth.parquet'),
            judged as (
                select decision, l.person = r.person as is_true from found
                join truth as l on found.left_key = l.record_key join truth as r on found.right_key = r.record_key
            )
            select decision, is_true, count(*) from judged group by all
        """).fetchall()
        true_pairs = connection.sql(
            f"select sum(n * (n - 1) / 2) from (select count(*) as n from '{folder}/truth.parquet' group by person)"
        ).fetchall()[0][0]
    counts = Counter({(decision, is_true): number for decision, is_true, number in said})
    good, bad = counts["accepted", True], counts["accepted", False]
    sys.stdout.write(
        f"pairs accepted {good + bad:,}: precision {good / max(good + bad, 1):.4f}, recall {good / true_pairs:.4f} of {true_pairs:,.0f}"
        + "\n"
    )
    sys.stdout.write(
        f"pairs in review {counts['review', True] + counts['review', False]:,}, of them one person {counts['review', True]:,}" + "\n"
    )


def main(records: int = 1_000_000) -> None:
    """Makes, matches and judges, each in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as name:
        steps = ((write, (Path(name), records)), (match, (Path(name),)), (judge, (Path(name),)))
        for step, arguments in steps:
            process = context.Process(target=step, args=arguments)
            process.start()
            process.join()
            if process.exitcode:
                raise SystemExit(f"{step.__name__} ended with {process.exitcode}")


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:]))
