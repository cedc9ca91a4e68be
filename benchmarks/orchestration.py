"""What running it costs beside the work: `python -m benchmarks.orchestration [--customers 5000] [--times 3]`.

Makes the demo's shop, lets `regulars run` do a daily run on it, and reads from Dagster's own log when each step began and ended: what the
command took beyond the sum of its steps is starting, importing, planning, writing things down and the report at the end. Steps of this
job run one after the other, so their sum is the time in which there was work. Then imports the code location in fresh processes, beside
Dagster and its dbt integration alone.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.house.figures import Figure, as_json
from orchestration.environment import elsewhere

#: With what a command sets before it imports anything.
LOCATION = "from orchestration.environment import prepare; prepare(); import orchestration.definitions"
ALONE = "import dagster, dagster_dbt"
EVENTS = {"STEP_START", "STEP_SUCCESS", "STEP_FAILURE"}


@dataclass(frozen=True)
class Run:
    """Of a run, in seconds: the whole command, its steps, before the first of them, between them, after the last; of processor time."""

    whole: float
    steps: float
    before: float
    between: float
    after: float
    cpu: float
    count: int


def process(command: list[str], folder: Path) -> tuple[float, float, float]:
    """Runs it on a data folder: when it began, seconds, seconds of processor time. Raises RuntimeError with the end of what it printed."""
    began, started = time.time(), time.perf_counter()
    with tempfile.TemporaryFile("w+") as printed:
        child = subprocess.Popen(command, stdout=printed, stderr=subprocess.STDOUT, env=elsewhere(folder))
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            printed.seek(0)
            raise RuntimeError(printed.read()[-2000:])
    return began, seconds, used.ru_utime + used.ru_stime


def steps(home: Path) -> list[tuple[float, float]]:
    """When each step of the last run began and ended, in order."""
    import dagster as dg

    with dg.DagsterInstance.from_config(str(home)) as instance:
        (run,) = instance.get_runs(limit=1)
        started: dict[str, float] = {}
        spans = []
        for entry in instance.all_logs(run.run_id):
            event = entry.dagster_event
            if event is None or event.step_key is None or event.event_type_value not in EVENTS:
                continue
            if event.event_type_value == "STEP_START":
                started[event.step_key] = entry.timestamp
            else:
                spans.append((started[event.step_key], entry.timestamp))
    return sorted(spans)


def daily(folder: Path, customers: int) -> Run:
    """A daily run on a new demo shop, which is made before."""
    create = [sys.executable, "-m", "demo", "create", "--folder", str(folder / "demo"), "--customers", str(customers)]
    process(create, folder)
    began, seconds, cpu = process([str(Path(sys.executable).parent / "regulars"), "run"], folder)
    spans = steps(folder / "dagster_home")
    worked = sum(end - start for start, end in spans)
    first, last = spans[0][0], max(end for _, end in spans)
    return Run(seconds, worked, first - began, last - first - worked, began + seconds - last, cpu, len(spans))


def imported(statement: str, folder: Path, times: int) -> tuple[float, float]:
    """Median seconds, and of processor time, of a fresh process that imports and ends; once before, so that the files are at hand."""
    taken = [process([sys.executable, "-c", statement], folder)[1:] for _ in range(times + 1)][1:]
    return statistics.median(one for one, _ in taken), statistics.median(cpu for _, cpu in taken)


def main() -> None:
    """The whole benchmark, printed."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--customers", type=int, default=5000)
    options.add_argument("--times", type=int, default=3)
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:  # where a run failed, something of it may be at work still
        folder = Path(name)
        run = daily(folder, given.customers)
        location, location_cpu = imported(LOCATION, folder, given.times)
        alone, alone_cpu = imported(ALONE, folder, given.times)
    beyond = run.whole - run.steps
    shop = f"demo shop of {given.customers:,} customers, {run.count} steps"
    print(f"daily run, {shop}: {run.whole:.1f} s ({run.cpu:.1f} s of processor time), its steps {run.steps:.1f} s")
    print(
        f"  {beyond:.1f} s beyond them, {beyond / run.whole:.1%}: {run.before:.1f} before, {run.between:.1f} between, {run.after:.1f} after"
    )
    print(f"code location imported in {location:.1f} s ({location_cpu:.1f} s of processor time), Dagster and dbt's alone {alone:.1f} s")
    if given.json:
        beside = "Dagster and dagster-dbt alone"
        print(as_json([
            Figure("daily run beyond its steps' work", beyond / run.whole * 100, "%", note=shop),
            Figure("daily run", run.whole, "s", "the sum of its steps' work", run.steps),
            Figure("before the first step", run.before, "s"),
            Figure("between the steps", run.between, "s"),
            Figure("after the last step", run.after, "s"),
            Figure("daily run, processor time", run.cpu, "CPU s"),
            Figure("importing the code location", location, "s", beside, alone),
            Figure("importing the code location, processor time", location_cpu, "CPU s", beside, alone_cpu),
        ]))  # fmt: skip


if __name__ == "__main__":
    main()
