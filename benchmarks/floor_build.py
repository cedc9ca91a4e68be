"""The full build beside the best SQL by hand for the same results, in one file: `python -m benchmarks.floor_build FOLDER`.

FOLDER is a data folder whose warehouse was built by ours, or with --large a folder of the large shop (python -m demo.shop.large), which is
landed and built first. It is copied; on the copy each stage
is built anew by dbt (--full-refresh, without tests) in a process of its own, and floor/<stage>.sql is run on the same landed files in
another, into a warehouse of its own. Then each table by hand is compared with ours of that schema and name. Only what both have is
timed: ours are the models of the tables by hand and the steps within their stage that these need.

Given to both, because no SQL makes them: telephone numbers as parsed, matches by likeness, scores, the seeds and what campaigns declare;
and, because in a first build it is next to nothing, what was sent before with what follows from it. The hand makes what the shop, CRM, GA4
and customer service give, by the policy as dbt_project.yml has it. Not made by hand, and so of neither side: the history of ids
(identity.founders, changes, reviews), account_founders, and of the marts what nothing decides by (metrics, cohorts, alerts, reach …).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import duckdb

from benchmarks import floor_shop
from benchmarks.dbt_runs import dbt

SQL = Path(__file__).parent / "floor"
#: In order; each with the schema of its tables.
STAGES = {
    "landing": "staging",
    "identity": "identity",
    "profiles": "profiles",
    "marts": "marts",
    "features": "features",
    "decisions": "decisions",
}
#: Given to both: not made by SQL, or what was sent before (nothing, in a first build) and what follows from it.
GIVEN = ["int_phones_listed", "int_phones_parsed", "matches", "campaigns", "campaign_limits", "fatigue", "experiments", "assignments"]
GIVEN += ["int_requests_tried", "int_messages_counted", "int_messages_bounced", "int_scenarios_entered", "int_variants_drawn"]
#: What of ours makes a stage's tables, beside the models of that stage itself.
MADE_OF = {"decisions": ["path:models/triggers", "path:models/audiences"]}
SETTINGS: dict[str, str | bool | int | float | list[str]] = {"preserve_insertion_order": False, "force_compression": "uncompressed"}
ALL_TABLES = "select table_schema || '.' || table_name from information_schema.tables order by 1"
#: From so many rows on a table is compared by the sum of its rows' hashes alone.
COMPARED_BY_ROW = 1_000_000


@dataclass
class Cost:
    """What a stage took; peak_gib is of its process."""

    wall_seconds: float
    cpu_seconds: float
    peak_gib: float


@dataclass
class Stage:
    """A stage, both ways. unequal: how many rows only one side has, by table; left_out: columns of ours that the hand has not."""

    name: str
    floor: Cost
    tables: list[str]
    by_statement: dict[str, float]
    ours: Cost | None = None
    unequal: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, list[str]] = field(default_factory=dict)


def run_stage(name: str, folder: Path, as_of: str, memory: str) -> None:
    """Runs a stage by hand and prints what its statements took; called in a process of its own."""
    values = {"$as_of": f"timestamp '{as_of}'", "$landing": str(folder / "landing"), "by_hand.": f"{STAGES[name]}."}
    text = "\n".join(line for line in (SQL / f"{name}.sql").read_text().splitlines() if not line.lstrip().startswith("--"))
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    took: dict[str, float] = {}
    with duckdb.connect(str(folder / "floor.duckdb"), config={**SETTINGS, "memory_limit": memory}) as connection:
        connection.execute(f"set timezone = 'UTC'; attach '{folder / 'warehouse.duckdb'}' as ours (read_only)")
        connection.execute(f"create schema if not exists work; create schema if not exists {STAGES[name]}")
        began = time.perf_counter(), time.process_time()
        for statement in text.split(";\n"):
            if statement.strip():
                started = time.perf_counter()
                connection.execute(statement)
                took[" ".join(statement.split()[:3])] = round(time.perf_counter() - started, 3)
        cost = time.perf_counter() - began[0], time.process_time() - began[1]
    print(json.dumps({"wall": cost[0], "cpu": cost[1], "took": took}))


def by_hand(name: str, folder: Path, as_of: str, memory: str) -> Stage:
    """A stage by hand, in a process of its own."""
    before = set(tables(folder))
    command = [sys.executable, "-m", "benchmarks.floor_build", str(folder), "--stage", name, "--as-of", as_of, "--memory", memory]
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{name} by hand failed")
        output.seek(0)
        told = json.loads(output.read())
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        known = {row[0] for row in connection.execute(ALL_TABLES).fetchall()}
    made = [table for table in tables(folder) if table in known and table not in before]
    return Stage(name, Cost(told["wall"], told["cpu"], used.ru_maxrss / 2**20), made, told["took"])


def tables(folder: Path) -> list[str]:
    """The tables and views by hand."""
    if not (folder / "floor.duckdb").exists():
        return []
    with duckdb.connect(str(folder / "floor.duckdb"), read_only=True) as connection:
        return [row[0] for row in connection.execute(ALL_TABLES).fetchall()]


def build(stage: Stage, folder: Path, as_of: str, start: float) -> Cost:
    """Our stage: the models of the tables by hand with the steps of the stage that they need. start: the processor time of a dbt
    command that builds next to nothing, which is not counted."""
    folders = {table.split(".")[0] for table in stage.tables}
    selected = [f"+{table.split('.')[1]},path:models/{schema}" for table in stage.tables for schema in sorted(folders)]
    selected += MADE_OF.get(stage.name, [])
    ran = dbt(folder, "run", "--full-refresh", "--select", *selected, "--exclude", *GIVEN, as_of=as_of)
    return Cost(ran.seconds, ran.cpu_seconds - start, ran.peak_gib)


def compare(stage: Stage, folder: Path) -> None:
    """Notes which tables by hand differ from ours, and by how much. Fractions (double) are compared to nine figures."""
    with duckdb.connect(str(folder / "floor.duckdb"), config=SETTINGS, read_only=True) as connection:
        connection.execute(f"set timezone = 'UTC'; attach '{folder / 'warehouse.duckdb'}' as ours (read_only)")
        for table in stage.tables:
            ours = {row[0]: row[1] for row in connection.execute(f"describe ours.{table}").fetchall()}
            hand = {row[0] for row in connection.execute(f"describe {table}").fetchall()}
            shared = [name for name in ours if name in hand]
            if left_out := [name for name in ours if name not in hand]:
                stage.left_out[table] = left_out
            columns = ", ".join(_comparable(name, ours[name]) for name in shared)
            sides = [f"select {columns} from {side}{table}" for side in ("", "ours.")]
            sums = [connection.execute(f"select count(*), sum(hash(given)::hugeint) from ({side}) as given").fetchone() for side in sides]
            if sums[0] == sums[1]:
                continue
            told = f"{sums[0][0] if sums[0] else 0} rows by hand, {sums[1][0] if sums[1] else 0} ours"
            if sums[0] and sums[0][0] < COMPARED_BY_ROW:
                only = [
                    connection.execute(f"select count(*) from ({one} except all {other})").fetchone()
                    for one, other in (sides, reversed(sides))
                ]
                told += f"; only by hand {only[0] and only[0][0]}, only ours {only[1] and only[1][0]}"
            stage.unequal[table] = told


def _comparable(name: str, kind: str) -> str:
    """A column as it is compared: as ours is typed."""
    if kind in ("DOUBLE", "FLOAT"):
        return f'printf(\'%.9g\', "{name}"::double) as "{name}"'
    return f'"{name}"::{kind} as "{name}"'


def told(stage: Stage) -> None:
    """Prints a stage."""
    ours = stage.ours or Cost(0, 0, 0)
    print(
        f"{stage.name:10} ours {ours.cpu_seconds:7.1f} CPU s ({ours.wall_seconds:.1f} s, {ours.peak_gib:.2f} GiB), by hand "
        f"{stage.floor.cpu_seconds:7.1f} CPU s ({stage.floor.wall_seconds:.1f} s, {stage.floor.peak_gib:.2f} GiB): "
        f"{ours.cpu_seconds / max(stage.floor.cpu_seconds, 0.001):.2f}x; {len(stage.tables)} tables, "
        f"{'all equal' if not stage.unequal else f'{len(stage.unequal)} DIFFERENT'}"
    )
    for table, difference in stage.unequal.items():
        print(f"    {table}: {difference}")
    for table, columns in stage.left_out.items():
        print(f"    {table}: not compared {', '.join(columns)}")


def main() -> None:
    """The whole benchmark, printed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--as-of", help="the instant of the last run; default: as run_summary.json has it")
    options.add_argument("--stages", nargs="*", default=[name for name in STAGES if (SQL / f"{name}.sql").exists()])
    options.add_argument("--memory", default="4GB")
    options.add_argument("--floor-only", action="store_true", help="compare with the warehouse as it is, build nothing of ours")
    options.add_argument("--in-place", action="store_true", help="on the folder itself, which is a copy already")
    options.add_argument("--large", action="store_true", help="the folder is one of the large shop")
    options.add_argument("--json", type=Path)
    options.add_argument("--stage", help=argparse.SUPPRESS)
    given = options.parse_args()
    folder = given.folder.resolve()
    if given.stage:
        return run_stage(given.stage, folder, given.as_of, given.memory)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        if given.large:
            as_of = floor_shop.land(folder, Path(scratch))
            folder = Path(scratch)
            floor_shop.build(folder, as_of)
        else:
            as_of = given.as_of or json.loads((folder / "run_summary.json").read_text())["as_of"][:19].replace("T", " ")
        if not given.in_place and not given.large:
            for name in ("warehouse.duckdb", "landing"):
                place = Path(scratch) / name
                shutil.copytree(folder / name, place) if (folder / name).is_dir() else shutil.copy(folder / name, place)
            folder = Path(scratch)
        (folder / "floor.duckdb").unlink(missing_ok=True)
        stages = []
        start = 0.0
        for _ in range(0 if given.floor_only else 2):  # the first reads the whole project
            start = dbt(folder, "run", "--select", "stg_operator__approvals", as_of=as_of).cpu_seconds
        for name in given.stages:
            stage = by_hand(name, folder, as_of, given.memory)
            stage.ours = None if given.floor_only else build(stage, folder, as_of, start)
            compare(stage, folder)
            told(stage)
            sys.stdout.flush()
            stages.append(stage)
        ours, hand = (sum(cost.cpu_seconds for cost in costs if cost) for costs in zip(*((s.ours, s.floor) for s in stages), strict=True))
        print(f"all: ours {ours:.1f} CPU s beside {hand:.1f}: {ours / hand:.2f}x, and {start:.1f} CPU s of dbt's own start a command")
        if given.json:
            given.json.write_text(json.dumps([asdict(stage) for stage in stages], indent=1))
    return None


if __name__ == "__main__":
    main()
