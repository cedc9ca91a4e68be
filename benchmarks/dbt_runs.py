"""dbt in a process of its own, with what it took: for benchmarks of the models."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
#: dbt as the daily run has it (orchestration/lean_dbt.py), for a process of its own.
AS_DAILY = """
import sys
from dbt.cli.main import dbtRunner
from orchestration.lean_dbt import lean
with lean():
    sys.exit(not dbtRunner().invoke(sys.argv[1:]).success)
"""


@dataclass
class Ran:
    """A run of the stage. seconds: from the first model's start to the last one's end; by_model: each one's; peak_gib: of the process;
    whole_seconds: of the process, dbt's own start included."""

    seconds: float
    by_model: dict[str, float]
    peak_gib: float
    cpu_seconds: float
    printed: str
    whole_seconds: float = 0.0


def dbt(folder: Path, *arguments: str, as_of: str, project: Path = PROJECT, as_daily: bool = False) -> Ran:
    """Runs a dbt command on the warehouse of a folder; as_daily: as the daily run does, not as dbt's own command. Raises RuntimeError with
    what it printed."""
    place = {"project-dir": project, "profiles-dir": project, "target-path": folder / "target", "log-path": folder / "logs"}
    command = [*([sys.executable, "-c", AS_DAILY] if as_daily else [str(Path(sys.executable).parent / "dbt")]), *arguments]
    command += [text for name, path in place.items() for text in (f"--{name}", str(path))]
    environment = {**os.environ, "REGULARS_DATA": str(folder), "REGULARS_AS_OF": as_of}
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
        _, status, used = os.wait4(process.pid, 0)
        took = time.perf_counter() - started
        output.seek(0)
        printed = output.read()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(printed)
    results = json.loads((folder / "target" / "run_results.json").read_text())["results"]
    spans = [step for result in results for step in result["timing"] if step["name"] == "execute"]
    times = [datetime.fromisoformat(step[end]) for step in spans for end in ("started_at", "completed_at")]
    models = {result["unique_id"].split(".")[-1]: result["execution_time"] for result in results}
    return Ran(
        (max(times) - min(times)).total_seconds() if times else 0.0,
        models,
        used.ru_maxrss / 2**20,
        used.ru_utime + used.ru_stime,
        printed,
        took,
    )


def told(title: str, ran: Ran) -> None:
    """Prints a run, model by model."""
    print(f"\n{title}: {ran.seconds:.1f} s, peak memory {ran.peak_gib:.2f} GiB, {ran.cpu_seconds:.0f} s of processor time with dbt's start")
    for name, seconds in ran.by_model.items():
        print(f"  {seconds:7.2f} s  {name}")
