"""How fast identity is: `python -m benchmarks.identity [--identifiers 10000000]`.

Makes people in a scratch warehouse (identity_people.py), then runs the dbt models of the stage in a process of their own: all at once, then
after one more day. Prints seconds by model, the process's peak memory, scipy on the same links in the same run, and how many rounds chains
take. dbt's own start (4 s, whatever the size) is not counted: a run's time is from its first model's start to its last one's end.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from pathlib import Path

import duckdb

from benchmarks import identity_people
from benchmarks.dbt_runs import dbt, told
from benchmarks.house.figures import Figure, as_json
from benchmarks.identity_scipy import components_by_scipy
from orchestration.assets.landed import LANDED
from orchestration.landing import Landing

DAYS = ("2026-01-01 09:00:00", "2026-01-02 09:00:00")


def chains(folder: Path, *lengths: int) -> None:
    """Prints how many rounds and seconds a chain of each length takes, its nodes in random order."""
    (folder / "chains").mkdir(exist_ok=True)
    Landing(folder / "chains" / "landing").declare(*LANDED.values())
    for length in lengths:
        with duckdb.connect(str(folder / "chains" / "warehouse.duckdb")) as connection:
            connection.execute("create schema if not exists identity")
            connection.execute(f"""create or replace table identity.int_links_accepted as
                select md5_number('node' || range) as left_key, md5_number('node' || (range + 1)) as right_key from range({length - 1})""")
            connection.execute("create table if not exists identity.int_reviews_read (action varchar, is_known boolean)")
        ran = dbt(folder / "chains", "run", "--select", "int_components_settled", as_of=DAYS[0])
        (rounds,) = re.findall(r"in (\d+) rounds", ran.printed)
        with duckdb.connect(str(folder / "chains" / "warehouse.duckdb"), read_only=True) as connection:
            found = connection.execute("select count(*), count(distinct component_key) from identity.int_components_settled").fetchone()
        assert found == (length, 1), found
        print(f"chain of {length:>9,}: {rounds} rounds, {ran.by_model['int_components_settled']:.1f} s")


def answer(folder: Path) -> tuple[object, ...] | None:
    """What tells two states of identity apart: counts and sums over who has which id."""
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute("""
            select count(*), count(distinct profile_id),
                sum(hash(identifier_type, identifier_value, profile_id, is_shared, first_seen_at, last_seen_at))
            from identity.identifiers""").fetchone()


def main() -> None:
    """The whole benchmark, printed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--identifiers", type=int, default=10_000_000)
    options.add_argument("--share", type=float, default=0.01, help="new people of the incremental day")
    options.add_argument("--folder", type=Path, help="keep the warehouse here; default: a temporary folder")
    options.add_argument("--check", action="store_true", help="after the day, rebuild and compare")
    options.add_argument("--json", action="store_true", help="the figures as JSON at the end, and no chains")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = (given.folder or Path(scratch)).resolve()
        folder.mkdir(exist_ok=True)
        Landing(folder / "landing").declare(*LANDED.values())
        count = int(given.identifiers / identity_people.IDENTIFIERS_PER_PERSON)
        with duckdb.connect(str(folder / "warehouse.duckdb"), config={"memory_limit": "3GB", "threads": 2}) as connection:
            identity_people.make(connection, count)
        select = ["--select", "identity,+changes", "--vars", "matching: false"]
        dbt(folder, "seed", as_of=DAYS[0])
        full = dbt(folder, "run", *select, "--full-refresh", as_of=DAYS[0])
        told(f"all of {(answer(folder) or [0])[0]:,} identifiers", full)
        print(*re.findall(r"identity: .*", full.printed), sep="\n")
        by_scipy, by_scipy_cpu = components_by_scipy(folder / "warehouse.duckdb", full.by_model["int_components_settled"])
        with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
            identity_people.pass_a_day(connection, count, given.share, DAYS[1])
        day = dbt(folder, "run", *select, as_of=DAYS[1])
        told("one more day", day)
        print(f"  {day.seconds / full.seconds:.1%} of a rebuild")
        if given.check:
            before = answer(folder)
            dbt(folder, "run", *select, "--full-refresh", as_of=DAYS[1])
            print(f"  the same answer as a rebuild: {before == answer(folder)}")
        if given.json:
            settled = full.by_model["int_components_settled"]
            rows = f"{(answer(folder) or [0])[0]:,} identifiers after the day"
            print(as_json([
                Figure("all identifiers to people", full.seconds, "s", note=rows),
                Figure("processor time, with dbt's start", full.cpu_seconds, "CPU s"),
                Figure("who belongs together, of it", settled, "s", "scipy on the same links, from keys to keys", by_scipy),
                Figure("scipy on the same links, processor time", by_scipy_cpu, "CPU s"),
                Figure("one more day, 1 % new", day.seconds, "s", "all of them", full.seconds),
                Figure("peak memory", full.peak_gib, "GiB"),
            ]))  # fmt: skip
            return
        chains(folder, 64, 1_000, 100_000, 1_000_000)


if __name__ == "__main__":
    main()
