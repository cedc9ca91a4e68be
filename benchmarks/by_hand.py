"""Our models beside SQL by hand for the same tables: `python -m benchmarks.by_hand [--size S] [--data FOLDER]`.

Runs floor_build.py on the large shop (made for this, or `--data`, a data folder that has been run), and gives its figures to the house.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.built_shop import built
from benchmarks.house.figures import Figure, as_json


def main() -> None:
    """The comparison, and its figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--size", choices=("S", "M", "L"), default="S")
    options.add_argument("--data", type=Path, help="a data folder that has been run, instead of making one")
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name, built(given.size, given.data) as (data, _):
        file = Path(name, "floor.json")
        told = subprocess.run(
            [sys.executable, "-m", "benchmarks.floor_build", str(data), "--json", str(file)], check=True, stdout=subprocess.PIPE, text=True
        ).stdout
        stages = json.loads(file.read_text())
    print(told)
    if given.json:
        print(as_json(figures(stages)))


def figures(stages: list[dict]) -> list[Figure]:
    """All together, and stage by stage; what is not equal stands in the notes."""
    found = []
    for stage in stages:
        ours, hand = stage["ours"], stage["floor"]
        unequal = ", ".join(f"{table} is not equal ({how})" for table, how in stage["unequal"].items())
        note = unequal or f"{len(stage['tables'])} tables, all equal"
        found.append(Figure(f"{stage['name']}, processor time", ours["cpu_seconds"], "CPU s", "by hand", hand["cpu_seconds"], note=note))
        found.append(Figure(f"{stage['name']}, peak memory", ours["peak_gib"], "GiB", "by hand", hand["peak_gib"]))
    sums = [sum(stage[side]["cpu_seconds"] for stage in stages) for side in ("ours", "floor")]
    names = ", ".join(stage["name"] for stage in stages)
    return [Figure("all of it, processor time", sums[0], "CPU s", "by hand, in DuckDB alone", sums[1], note=names), *found]


if __name__ == "__main__":
    main()
