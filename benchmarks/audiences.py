"""How fast the audiences are: `python -m benchmarks.audiences [--people 1000000] [--audiences 50] [--times 3]`.

Makes the tables that audiences read for so many made-up customers (what marts and scores would say of them), and beside the shipped
audiences variations of them, each with a condition more, until there are as many as asked for. Then runs all of them, full, as a dbt
process, and in turn a dbt process that builds nothing; told are the medians, the difference, what the slowest models took, and twenty of
them written by hand. How many threads dbt has is the profile's to say; `--threads` tries another number. One file, a little long.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

from benchmarks.dbt_runs import PROJECT, dbt
from benchmarks.house.figures import Figure, as_json
from orchestration.assets.landed import LANDED
from orchestration.landing import Landing

AS_OF = "2026-06-30 09:00:00"
SCORES = {"churn": "0.05 + 0.9 * {chance}", "purchase_30d": "pow({chance}, 4)"}
PERSONAS = ["one-time, lapsed", "loyal, active", "new, quiet", "occasional, quiet, large orders", "new, active"]
SEGMENTS = "champions cannot_lose at_risk loyal potential_loyalists new_customers promising need_attention about_to_sleep hibernating lost"

#: A day before now, by a hash: {share} of {days} days.
_AGO = "timestamp '2026-06-30' - interval 1 minute * (hash(i, {seed}) % ({days} * 1440))::bigint"
TABLES = {
    "profiles.profiles": f"""
        select 'p' || i as profile_id, 'First' || i % 5000 as first_name, 'a' || i || '@example.com' as email,
            (hash(i, 1) % 100 // 15)::bigint as orders_count, (hash(i, 2) % 900)::decimal(18, 4) as revenue_amount,
            {_AGO.format(seed=3, days=700)} as signed_up_at, {_AGO.format(seed=3, days=700)} as first_seen_at,
            {_AGO.format(seed=4, days=700)} as first_order_at, {_AGO.format(seed=5, days=300)} as last_order_at
        from range({{people}}) as numbers (i)""",
    "marts.rfm": """
        select 'p' || i as profile_id, {segments}[(1 + hash(i, 6) % 11)::bigint] as segment,
            (1 + hash(i, 1) % 100 // 15)::bigint as orders_count
        from range({people}) as numbers (i) where hash(i, 7) % 8 > 0""",
    "marts.int_customer_stages": """
        select 'p' || i as profile_id, (1 + hash(i, 1) % 8)::bigint as purchases_count, last as first_order_at, last as last_order_at,
            30.0::double as typical_gap_days, 'active' as stage, 'new' as stage_before, last as active_since_at, 'new' as before_active,
            last + interval 30 day as settles_at, last + interval 45 day as cools_at, last + interval 75 day as at_risk_at,
            last + interval 120 day as lapses_at
        from (
            select i, timestamp '2026-06-30' - interval 1 minute * (hash(i, 5) % 432000)::bigint as last from range({people}) as numbers (i)
        )
        where hash(i, 7) % 8 > 0""",
    "marts.int_customer_visits": """
        select 'p' || i as profile_id, (hash(i, 8) % 9)::bigint as visits_count, timestamp '2026-01-01' as first_visit_at,
            timestamp '2026-01-01' as first_considered_at
        from range({people}) as numbers (i) where hash(i, 9) % 2 = 0""",
    "marts.int_interests_weighed": """
        select 'p' || i // 9 as profile_id, ['category', 'brand', 'price_level'][1 + i % 9 // 3] as interest_type,
            ['low', 'high', 'highest'][1 + i % 3] as interest, (hash(i) % 1000 / 100.0)::decimal(18, 9) as anchor_weight,
            date '2026-06-01' as anchor_date, (hash(i, 2) % 9)::bigint as evidence_count, timestamp '2026-06-01' as last_evidence_at
        from range(9 * {people}) as numbers (i)""",
    "marts.attention": f"""
        select 'p' || i as profile_id, {_AGO.format(seed=10, days=300)} as last_sign_at, 5::bigint as letters_since_count,
            hash(i, 11) % 4 = 0 as is_silent
        from range({{people}}) as numbers (i)""",
    "marts.account_metrics": """
        select 'a' || i as account_id, (hash(i) % 3)::bigint as orders_count from range({people} // 50) as numbers (i)""",
    "identity.account_members": """
        select 'a' || i // 2 as account_id, 'p' || i as profile_id, true as is_main from range({people} // 25) as numbers (i)""",
    "scores.drift": "select name as model, false as is_alarmed from unnest(['churn', 'purchase_30d']) as models (name)",
}


def make(folder: Path, people: int) -> None:
    """The warehouse with what audiences read; scores of two days, as they are landed."""
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("set preserve_insertion_order = false; set memory_limit = '4GB'")
        segments = str(SEGMENTS.split())
        for name, query in TABLES.items():
            connection.execute(f"create schema if not exists {name.partition('.')[0]}")
            connection.execute(f"create or replace table {name} as {query.format(people=people, segments=segments)}")
        for day in (29, 30):
            said = {name: f"{score.format(chance='(hash(i, 12) % 10000 / 10000.0)')} as score" for name, score in SCORES.items()}
            for name, column in (said | {"personas": f"{PERSONAS}[(1 + hash(i, 13) % 5)::bigint] as persona"}).items():
                place = folder / "landing" / "scores" / name
                place.mkdir(parents=True, exist_ok=True)
                connection.execute(
                    f"copy (select 'p' || i as profile_id, timestamp '2026-06-{day} 09:00:00' as as_of, {column} from range({people})"
                    f" as numbers (i)) to '{place}/{day}.parquet'"
                )


def varied(folder: Path, wanted: int) -> Path:
    """A copy of the project with variations of its audiences, so that there are `wanted`; at least; returns its path."""
    project = folder / "dbt_project"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    shipped = sorted((project / "models" / "audiences").rglob("*.sql"))
    plain = [path for path in shipped if "where" in path.read_text() and "group by" not in path.read_text()]
    for number in range(max(0, wanted - len(shipped))):
        path = plain[number % len(plain)]
        body, _, ends = path.read_text().rstrip().rpartition("\nwhere")
        about = path.with_suffix(".yml").read_text().partition("unit_tests:")[0]
        name = f"{path.stem}_part_{number}"
        path.with_name(f"{name}.sql").write_text(
            f"select * from (\n{body}\nwhere{ends}\n) as members\nwhere profile_id like '%{number % 10}'\n"
        )
        path.with_name(f"{name}.yml").write_text(about.replace(f"name: {path.stem}", f"name: {name}"))
    return project


def main() -> None:
    """The whole benchmark, printed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=1_000_000)
    options.add_argument("--audiences", type=int, default=50)
    options.add_argument("--times", type=int, default=3)
    options.add_argument("--threads", type=int, help="of dbt; default: the profile's")
    options.add_argument("--folder", type=Path, help="keep the warehouse here; default: a temporary folder")
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = (given.folder or Path(scratch)).resolve()
        folder.mkdir(exist_ok=True)
        Landing(folder / "landing").declare(*LANDED.values())
        if not (folder / "warehouse.duckdb").exists():
            make(folder, given.people)
        project = varied(folder, given.audiences)
        threads = ["--threads", str(given.threads)] if given.threads else []
        # the views on them, and the project read once, as it is wherever it ran before
        dbt(folder, "run", "--select", "lifecycle", "interests", *threads, as_of=AS_OF, project=project)
        started, ran = [], []
        for _ in range(given.times):
            started.append(dbt(folder, "run", "--exclude", "*", *threads, as_of=AS_OF, project=project))
            ran.append(dbt(folder, "run", "--select", "audiences", *threads, as_of=AS_OF, project=project))
        with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
            names = [path.stem for path in (project / "models" / "audiences").rglob("*.sql")]
            members = sum(connection.execute(f"select count(*) from audiences.{name}").fetchall()[0][0] for name in names)
        command = [sys.executable, "-m", "benchmarks.audiences_by_hand", str(folder)]
        by_hand, by_hand_cpu = map(float, subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split())
    start, whole = (statistics.median(one.whole_seconds for one in runs) for runs in (started, ran))
    at_start, in_all = (statistics.median(one.cpu_seconds for one in runs) for runs in (started, ran))
    print(f"{len(names)} audiences over {given.people:,} customers, {members:,} memberships, {os.cpu_count()} processors")
    print(f"  dbt that builds nothing   {start:6.1f} s  ({', '.join(f'{one.whole_seconds:.1f}' for one in started)})")
    print(f"  dbt that builds them all  {whole:6.1f} s  ({', '.join(f'{one.whole_seconds:.1f}' for one in ran)})")
    print(
        f"  the audiences alone       {whole - start:6.1f} s, {in_all - at_start:.1f} s of processor time, "
        f"peak memory {max(one.peak_gib for one in ran):.2f} GiB"
    )
    slowest = sorted(ran[-1].by_model.items(), key=lambda item: -item[1])[:10]
    print("  slowest: " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in slowest))
    print(f"  twenty of them by hand    {by_hand:6.2f} s, with the same people")
    if given.json:
        twenty = "20 of them by hand, the same people"
        print(as_json([
            Figure(f"{len(names)} audiences without dbt's start", whole - start, "s", twenty, by_hand),
            Figure("dbt that builds nothing", start, "s"),
            Figure("processor time of the audiences", in_all - at_start, "CPU s", twenty, by_hand_cpu),
            Figure("peak memory", max(one.peak_gib for one in ran), "GiB"),
        ]))  # fmt: skip


if __name__ == "__main__":
    main()
