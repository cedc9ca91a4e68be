"""How fast decisions are: `python -m benchmarks.decisions [--requests 1000000]`.

Makes a warehouse in which the programme as it is declared asks for so many messages and memberships (made_up_programme.py), then runs the
whole stage `decisions` in a process of its own, from nothing, as a first run does. dbt's own start, whatever the size, is told apart: the
command's time is all of it, the stage's from its first model's start to its last one's end. Beside it, what copying the candidates takes,
every column of them, in DuckDB alone.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import duckdb

from benchmarks import made_up_programme
from benchmarks.dbt_runs import dbt, told
from benchmarks.house.figures import Figure, as_json
from orchestration.assets.landed import LANDED
from orchestration.landing import Landing

AS_OF = "2026-06-30 18:30:00"
#: What stands between the triggers and a decision.
DECIDING = (
    "campaigns", "int_requests_gathered", "int_messages_bounced", "int_requests_tried", "candidates", "int_messages_read",
    "int_messages_counted", "int_scenarios_entered", "fatigue", "int_campaign_history_known", "int_members_known",
    "campaign_limits", "decisions",
)  # fmt: skip
SETTINGS = {"threads": 2, "memory_limit": "4GB", "preserve_insertion_order": False, "force_compression": "uncompressed"}


def make(folder: Path, requests: int) -> None:
    """The warehouse with the made-up programme, and nothing decided."""
    Landing(folder / "landing").declare(*LANDED.values())
    dbt(folder, "seed", as_of=AS_OF)
    dbt(folder, "run", "--exclude", "decisions", "proof", "--vars", "matching: false", as_of=AS_OF)
    with duckdb.connect(str(folder / "warehouse.duckdb"), config=SETTINGS) as connection:
        made_up_programme.make(connection, requests)


def main() -> None:
    """The whole benchmark, printed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--requests", type=int, default=1_000_000)
    options.add_argument("--folder", type=Path, help="keep the warehouse here; default: a temporary folder")
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = (given.folder or Path(scratch)).resolve()
        folder.mkdir(exist_ok=True)
        if not (folder / "warehouse.duckdb").exists():
            make(folder, given.requests)
        started = time.perf_counter()
        ran = dbt(folder, "run", "--select", "decisions", "--full-refresh", as_of=AS_OF)
        whole = time.perf_counter() - started
        with duckdb.connect(str(folder / "warehouse.duckdb"), config=SETTINGS, read_only=True) as connection:
            decided = connection.execute("select count(*), count(distinct profile_id) from decisions.decisions").fetchall()[0]
            reasons = connection.execute(
                "select coalesce(reason, 'goes'), count(*) from decisions.decisions group by 1 order by 2 desc"
            ).fetchall()
        with duckdb.connect(str(folder / "warehouse.duckdb"), config=SETTINGS) as connection:
            started = time.perf_counter()
            connection.execute("create table main.copied as from decisions.candidates")
            copied = time.perf_counter() - started
    told(f"all decisions on {decided[0]:,} candidates of {decided[1]:,} people", ran)
    deciding = sum(seconds for name, seconds in ran.by_model.items() if name in DECIDING)
    print(f"\n  {deciding:.1f} s of it until all is decided, the rest to write messages and lists and to remember")
    print(f"  the command took {whole:.1f} s, {whole - ran.seconds:.1f} s of that dbt's start and end")
    print("  " + ", ".join(f"{reason} {count:,}" for reason, count in reasons))
    if given.json:
        note = f"{decided[0]:,} candidates of {decided[1]:,} people"
        print(as_json([
            Figure("the whole stage", ran.seconds, "s", "copying the candidates", copied, note=note),
            Figure("until all is decided", deciding, "s", "copying the candidates", copied),
            Figure("the command, with dbt's start", whole, "s"),
            Figure("processor time of the command", ran.cpu_seconds, "CPU s"),
            Figure("peak memory", ran.peak_gib, "GiB"),
        ]))  # fmt: skip


if __name__ == "__main__":
    main()
