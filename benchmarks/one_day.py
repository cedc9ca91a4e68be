"""One new day of 1 % beside a rebuild, of the stages that go by days: `python -m benchmarks.one_day [--size S|M|L] [--json]`.

Each stage in a scratch warehouse of made-up rows (identity_people.py, made_up_shop.py): all of it, then one more day, then all of it again
with that day, which must say the same. What counts is processor time without dbt's own start, which is taken from a run of one small model.
dbt runs as the daily run has it, and the rebuild too.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks import identity, identity_people, made_up_shop, marts
from benchmarks.dbt_runs import Ran, dbt, told
from benchmarks.house.figures import Figure, as_json
from orchestration.assets.landed import LANDED
from orchestration.landing import Landing

#: Customers and identifiers by size.
SIZES = {"S": (100_000, 1_000_000), "M": (1_000_000, 10_000_000), "L": (10_000_000, 10_000_000)}
SHARE, GOAL = 0.01, "<= 0.05x"
#: Names of who is probably who are compared anew every day, whatever changed: matching has a benchmark of its own.
VARIABLES = ("--vars", "matching: false")
SMALLEST = "rfm_segments"


@dataclass
class Stage:
    """make fills the warehouse of a folder; pass_a_day adds what is new; answer tells two states apart."""

    name: str
    select: tuple[str, ...]
    days: tuple[str, str]
    make: Callable[[], None]
    pass_a_day: Callable[[duckdb.DuckDBPyConnection], None]
    answer: Callable[[Path], object]


def of_identity(folder: Path, identifiers: int) -> Stage:
    """Identity, of so many identifiers."""
    people = int(identifiers / identity_people.IDENTIFIERS_PER_PERSON)

    def make() -> None:
        Landing(folder / "landing").declare(*LANDED.values())
        with duckdb.connect(str(folder / "warehouse.duckdb"), config=marts.SETTINGS) as connection:
            identity_people.make(connection, people)
        dbt(folder, "seed", *VARIABLES, as_of=identity.DAYS[0])

    return Stage(
        f"identity of {identifiers:,} identifiers",
        ("identity,+changes",),
        identity.DAYS,
        make,
        lambda connection: identity_people.pass_a_day(connection, people, SHARE, identity.DAYS[1]),
        identity.answer,
    )


def of_marts(folder: Path, people: int) -> Stage:
    """The marts, of so many customers."""
    return Stage(
        f"marts of {people:,} customers",
        ("marts",),
        marts.DAYS,
        lambda: marts.make(folder, people),
        lambda connection: made_up_shop.pass_a_day(connection, people, SHARE),
        marts.answer,
    )


def measured(stage: Stage, folder: Path) -> Figure:
    """The stage's figure. Raises AssertionError where the day says another thing than a rebuild."""
    first, second = stage.days
    stage.make()

    def run(*arguments: str, as_of: str) -> Ran:
        return dbt(folder, "run", *arguments, *VARIABLES, as_of=as_of, as_daily=True)

    for _ in range(2):  # the first reads the project
        start = run("--select", SMALLEST, as_of=first)
    whole = run("--select", *stage.select, "--full-refresh", as_of=first)
    with duckdb.connect(str(folder / "warehouse.duckdb"), config=marts.SETTINGS) as connection:
        stage.pass_a_day(connection)
    day = run("--select", *stage.select, as_of=second)
    said = stage.answer(folder)
    run("--select", *stage.select, "--full-refresh", as_of=second)
    assert said == stage.answer(folder), f"a day of {stage.name} does not say what a rebuild says"
    told(f"all of {stage.name}", whole)
    told("one more day", day)
    spent, anchor = (ran.cpu_seconds - start.cpu_seconds for ran in (day, whole))
    note = f"same answer; dbt's start apart: {start.cpu_seconds:.1f} s; {day.seconds:.0f} beside {whole.seconds:.0f} s of wall time"
    return Figure(f"one day of {stage.name}", round(spent, 2), "CPU s", "a rebuild", round(anchor, 2), GOAL, note)


def main() -> None:
    """The whole benchmark, printed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--size", choices=SIZES, default="S")
    options.add_argument("--stage", choices=("identity", "marts"), action="append", help="only this; default: both")
    options.add_argument("--json", action="store_true", help="print the figures as the last line")
    given = options.parse_args()
    people, identifiers = SIZES[given.size]
    figures = []
    for name in given.stage or ("identity", "marts"):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            figures.append(measured(of_marts(folder, people) if name == "marts" else of_identity(folder, identifiers), folder))
            print(f"{figures[-1].name}: {figures[-1].ratio:.1%} of a rebuild; {figures[-1].note}", file=sys.stderr)
    if given.json:
        print(as_json(figures))


if __name__ == "__main__":
    main()
