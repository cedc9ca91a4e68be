"""The whole build as a user runs it, from landing to decisions: `python -m benchmarks.full_build [--size S] [--folder F]`.

Makes the large shop and loads it into a PostgreSQL of its own (neither is measured), then runs the job `rehearsal` from nothing, in a
process of its own, and tells for each stage its time, the processor time and peak resident memory of the process and all below it, and
rows. Beside it a fixed start: the same run of a shop of 300 customers. With --folder the shop is kept there and found again, as is what
was told (full_build.json); --beside such a file of another size says how each stage grows.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.build_stages import counted, stretches, summed
from benchmarks.large_shop import made, running
from benchmarks.process_tree import Watch

TINY = ("--customers", "300")
SLOWEST = 40
#: Below this a stage says nothing of how it grows.
LEAST_SECONDS = 1.0


def built(folder: Path, data: Path, memory: str) -> dict[str, Any]:
    """Runs the build of the shop in a folder, from nothing, and says what it took; `failed` is the end of what it printed, or empty."""
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    command = [str(Path(sys.executable).parent / "regulars"), "run", "--job", "rehearsal"]
    with running(folder) as world, (data / "printed").open("w+") as printed:
        environment = {**world, "REGULARS_DATA": str(data), "REGULARS_MEMORY": memory}
        started = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=printed, stderr=subprocess.STDOUT)
        with Watch(process.pid) as seen:
            status = process.wait()
        seconds = time.perf_counter() - started
        printed.seek(0)
        failed = printed.read()[-5000:] if status else ""
    if failed:  # told first: of a run that died early there may be nothing to sum up
        print(f"The run failed; what follows is what it took until then. It printed at its end:\n{failed}")
    found = stretches(data)
    stages = {name: asdict(stage) for name, stage in summed(found, seen).items()}
    for name, rows in counted(data / "dagster_home").items():
        if name in stages:
            stages[name]["rows"] = rows
    parts = sorted(summed(found, seen, by_part=True).items(), key=lambda part: -part[1].cpu_seconds)
    return {
        "failed": failed,
        "wall_seconds": seconds,
        "cpu_seconds": seen.cpu[-1],
        "peak_gib": max(seen.resident) / 2**30,
        "stages": stages,
        "slowest": {name: asdict(part) for name, part in parts[:SLOWEST]},
        **json.loads((folder / "large.json").read_text()),
    }


def exponents(small: dict[str, Any], large: dict[str, Any]) -> dict[str, float]:
    """How each stage's processor time grows between two sizes (1: as the customers do), its part of the fixed start taken off."""
    times = math.log(large["customers"] / small["customers"])
    found = {}
    for name, stage in {**large["stages"], "all": large}.items():
        of_small = small if name == "all" else small["stages"].get(name, {"cpu_seconds": 0.0})
        start = [
            (one["start"] if name == "all" else one["start"]["stages"].get(name, {})).get("cpu_seconds", 0.0) for one in (small, large)
        ]
        before, after = of_small["cpu_seconds"] - min(start), stage["cpu_seconds"] - min(start)
        if before >= LEAST_SECONDS and after >= LEAST_SECONDS:
            found[name] = math.log(after / before) / times
    return found


def told(title: str, run: dict[str, Any]) -> None:
    """Prints a run by stage."""
    outcome = " (FAILED)" if run["failed"] else ""
    print(f"\n{title}{outcome}: {run['wall_seconds']:.0f} s, {run['cpu_seconds']:.0f} CPU s, peak memory {run['peak_gib']:.2f} GiB")
    print(f"  {'stage':24}{'wall s':>10}{'CPU s':>10}{'GiB':>8}{'rows':>14}")
    for name, stage in run["stages"].items():
        print(f"  {name:24}{stage['wall_seconds']:10.1f}{stage['cpu_seconds']:10.1f}{stage['peak_gib']:8.2f}{stage['rows']:14,}")
    print("  the most processor time:")
    for name, part in run["slowest"].items():
        print(f"    {part['wall_seconds']:8.1f} s {part['cpu_seconds']:8.1f} CPU s {part['peak_gib']:6.2f} GiB  {name}")


def figures(run: dict[str, Any], grown: dict[str, float]) -> list[dict[str, Any]]:
    """As the benchmark house takes them."""
    start = run["start"]
    named = [
        {"name": "the whole build, processor time", "value": run["cpu_seconds"], "unit": "CPU s"},
        {"name": "the whole build", "value": run["wall_seconds"], "unit": "s"},
        {"name": "the whole build, peak memory", "value": run["peak_gib"], "unit": "GiB"},
        {"name": "the fixed start, processor time", "value": start["cpu_seconds"], "unit": "CPU s"},
    ]
    for name, stage in run["stages"].items():
        named.append({"name": f"{name}, processor time", "value": stage["cpu_seconds"], "unit": "CPU s"})
        named.append({"name": f"{name}, peak memory", "value": stage["peak_gib"], "unit": "GiB"})
    named += [{"name": f"{name}, growth", "value": exponent, "unit": "exponent"} for name, exponent in grown.items()]
    return [{**figure, "value": round(float(figure["value"]), 3)} for figure in named]


def main() -> None:
    """The whole benchmark, printed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--size", choices=("S", "M", "L"), default="S")
    options.add_argument("--customers", type=int, help="a size of its own")
    options.add_argument("--folder", type=Path, help="keep the shop and what was built here; default: a temporary folder")
    options.add_argument("--memory", default="4GB", help="the warehouse's REGULARS_MEMORY")
    options.add_argument("--beside", type=Path, help="full_build.json of another size")
    options.add_argument("--json", action="store_true", help="the figures as JSON at the end")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        folder = (given.folder or Path(scratch)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        made(folder / "tiny", *TINY)
        made(folder / "shop", "--size", given.size, *(("--customers", str(given.customers)) if given.customers else ()))
        start = built(folder / "tiny", folder / "tiny_data", given.memory)
        told("the fixed start: a shop of 300 customers", start)
        if start["failed"]:
            raise SystemExit(1)
        run = built(folder / "shop", folder / "data", given.memory) | {"start": start}
        told(f"size {given.size}", run)
        (folder / "full_build.json").write_text(json.dumps(run, indent=1) + "\n")
    if run["failed"]:
        raise SystemExit(1)
    grown = {}
    if given.beside:
        small, large = sorted((json.loads(given.beside.read_text()), run), key=lambda one: int(one["customers"]))
        grown = exponents(small, large)
        print("\ngrowth with the customers, processor time without the fixed start (1: in step with them):")
        for name, exponent in grown.items():
            print(f"  {name:24}{exponent:6.2f}")
    if given.json:
        print(json.dumps({"figures": figures(run, grown)}))


if __name__ == "__main__":
    main()
