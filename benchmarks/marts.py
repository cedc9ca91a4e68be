"""How fast the marts are, in one file: `python -m benchmarks.marts [--people 1000000]`.

Makes a shop in a scratch warehouse (made_up_shop.py: five orders, ten lines and ten events a person), then runs the dbt models of the
stage in a process of their own: all at once, then after one more day of 1 %. Beside them, in the same run and on the same rows, SQL
written by hand for the same results (floor/marts.sql), in one process without dbt; the results are compared. dbt's own start (5 s,
whatever the size) is not counted: a run's time is from its first model's start to its last one's end.
"""

from __future__ import annotations

import argparse
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from benchmarks import made_up_shop
from benchmarks.dbt_runs import dbt, told
from orchestration.assets.landed import LANDED
from orchestration.landing import Landing

FLOOR = Path(__file__).parent / "floor" / "marts.sql"
DAYS = ("2026-06-30 00:00:00", "2026-07-01 00:00:00")
#: The models that give what a table by hand gives; the hand has no other.
BESIDE = {
    "orders": ["orders"],
    "order_items": ["order_items"],
    "gapped": ["int_events_gapped"],
    "sessions": ["sessions"],
    "carts": ["carts"],
    "funnels": ["funnels"],
    "customer_months": ["int_customer_months", "int_months_counted"],
    "rfm": ["rfm"],
    "rfm_history": ["int_customers_scored", "rfm_history"],
    "customer_metrics": ["customer_metrics"],
    "customer_visits": ["int_customer_visits"],
    "acquisitions": ["acquisitions"],
    "products_seen": ["int_products_seen"],
    "products_placed": ["int_products_placed"],
    "searches": ["searches"],
    "customer_stages": ["int_orders_paced", "int_customer_stages"],
    "lifecycle": ["lifecycle"],
    "interests": ["int_topics_seen", "int_interests_weighed", "interests"],
    "attention": ["attention"],
    "product_changes": ["product_changes"],
    "deliveries": ["deliveries"],
    "account_metrics": ["account_metrics"],
}
SETTINGS = {"threads": 2, "memory_limit": "4GB", "preserve_insertion_order": False, "force_compression": "uncompressed"}


def make(folder: Path, people: int) -> None:
    """The warehouse with the made-up shop, and no mart yet."""
    Landing(folder / "landing").declare(*LANDED.values())
    dbt(folder, "seed", as_of=DAYS[0])
    dbt(folder, "run", "--select", "staging", "identity", "profiles", "--vars", "matching: false", as_of=DAYS[0])
    with duckdb.connect(str(folder / "warehouse.duckdb"), config=SETTINGS) as connection:
        made_up_shop.make(connection, people)


def floor(folder: Path) -> None:
    """Runs the SQL by hand and prints what each table took; it is called in a process of its own, so that its memory can be told."""
    total = 0.0
    with duckdb.connect(str(folder / "warehouse.duckdb"), config=SETTINGS) as connection:
        connection.execute("set timezone = 'UTC'; drop schema if exists by_hand cascade; create schema by_hand")
        for statement in FLOOR.read_text().replace("$as_of", f"timestamp '{DAYS[0]}'").split(";\n"):
            if not statement.strip():
                continue
            name = re.search(r"^create table by_hand\.(\w+)", statement, re.MULTILINE)
            started = time.perf_counter()
            connection.execute(statement)
            took = time.perf_counter() - started
            total += took
            if name:
                print(f"  {took:7.2f} s  {name[1]}")
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"by hand: {total:.1f} s, peak memory {used.ru_maxrss / 2**20:.2f} GiB, {used.ru_utime + used.ru_stime:.0f} s of processor time")


def compare(folder: Path) -> None:
    """Prints for each table by hand whether the mart of that name holds the same, all rows, of the columns that it has."""
    with duckdb.connect(str(folder / "warehouse.duckdb"), config=SETTINGS, read_only=True) as connection:
        marts = {
            row[0] for row in connection.execute("select table_name from information_schema.tables where table_schema = 'marts'").fetchall()
        }
        tables = connection.execute("select table_name from information_schema.tables where table_schema = 'by_hand' order by 1").fetchall()
        for (name,) in tables:
            if name in marts:
                columns = ", ".join(f"{row[0]}::{row[1]}" for row in connection.execute(f"describe marts.{name}").fetchall())
                one, other = (
                    connection.execute(f"select count(*), sum(hash({columns})::hugeint) from {schema}.{name} as given").fetchone()
                    for schema in ("by_hand", "marts")
                )
                print(f"  {name}: {'the same' if one == other else f'DIFFERENT: {one} by hand, {other}'}")


def main() -> None:
    """The whole benchmark, printed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=1_000_000)
    options.add_argument("--share", type=float, default=0.01, help="of a new day")
    options.add_argument("--folder", type=Path, help="keep the warehouse here; default: a temporary folder")
    options.add_argument("--check", action="store_true", help="after the day, rebuild and compare")
    options.add_argument("--floor", action="store_true", help="only the SQL by hand, on a warehouse that was kept")
    given = options.parse_args()
    if given.floor:
        return floor(given.folder)
    with tempfile.TemporaryDirectory() as scratch:
        folder = (given.folder or Path(scratch)).resolve()
        folder.mkdir(exist_ok=True)
        if not (folder / "warehouse.duckdb").exists():
            make(folder, given.people)
        select = ["--select", "marts"]
        full = dbt(folder, "run", *select, "--full-refresh", as_of=DAYS[0])
        told(f"all marts of {given.people:,} people", full)
        command = [sys.executable, "-m", "benchmarks.marts", "--floor", "--folder", str(folder)]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        print(f"\n{printed}")
        hand = {name: float(seconds) for seconds, name in re.findall(r"([\d.]+) s  (\w+)", printed)}
        ours = {name: sum(full.by_model[model] for model in models) for name, models in BESIDE.items()}
        for name, seconds in hand.items():
            print(f"  {name:18} {ours[name]:6.2f} s beside {seconds:6.2f} s: {ours[name] / seconds:.2f}x")
        print(
            f"  all of these {sum(ours.values()):.1f} s beside {sum(hand.values()):.1f} s: {sum(ours.values()) / sum(hand.values()):.2f}x"
        )
        compare(folder)
        with duckdb.connect(str(folder / "warehouse.duckdb"), config=SETTINGS) as connection:
            made_up_shop.pass_a_day(connection, given.people, given.share)
        day = dbt(folder, "run", *select, as_of=DAYS[1])
        told("one more day", day)
        print(f"  {day.seconds / full.seconds:.1%} of a rebuild")
        if given.check:
            before = answer(folder)
            dbt(folder, "run", *select, "--full-refresh", as_of=DAYS[1])
            after = answer(folder)
            print(f"  other than a rebuild: {sorted(name for name in after if before[name] != after[name]) or 'nothing'}")
    return None


def answer(folder: Path) -> dict[str, object]:
    """What tells two states of each mart apart: how many rows and the sum of their hashes."""
    with duckdb.connect(str(folder / "warehouse.duckdb"), config=SETTINGS, read_only=True) as connection:
        tables = connection.execute("select table_name from information_schema.tables where table_schema = 'marts'").fetchall()
        return {
            name: connection.execute(f"select count(*), sum(hash(given)::hugeint) from marts.{name} as given").fetchone()
            for (name,) in tables
        }


if __name__ == "__main__":
    main()
