"""How long a campaign's backtest takes: `python -m benchmarks.backtest [--size S] [--days 90] [--data FOLDER]`.

Makes the large shop and everything up to the outbox (`regulars run --job rehearsal`; nothing is sent), then plays a trigger and an audience
over past days with `regulars campaigns backtest`, each in a process of its own. `--data` takes a data folder that has been run already.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.built_shop import REGULARS, built
from benchmarks.house.figures import Figure, as_json

CAMPAIGNS = {"trigger": "cart_abandoned", "audience": "at_risk_regulars"}


def command(arguments: list[str], environment: Mapping[str, str]) -> tuple[float, float, float, str]:
    """Seconds, of processor time, peak GiB, and what it printed. Raises RuntimeError with the end of that."""
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as printed, tempfile.TemporaryFile("w+") as complaints:
        child = subprocess.Popen([REGULARS, *arguments], stdout=printed, stderr=complaints, env=dict(environment))
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        for output in (printed, complaints):
            output.seek(0)
        if child.returncode:
            raise RuntimeError((printed.read() + complaints.read())[-2000:])
        peak = used.ru_maxrss / (2**20 if sys.platform != "darwin" else 2**30)
        return seconds, used.ru_utime + used.ru_stime, peak, printed.read()


def main() -> None:
    """The whole benchmark, printed."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--size", choices=("S", "M"), default="S")
    options.add_argument("--days", type=int, default=90)
    options.add_argument("--data", type=Path, help="a data folder with a warehouse, instead of making one")
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    figures = []
    with built(given.size, given.data) as (_, environment):
        start, *_ = command(["campaigns", "backtest", CAMPAIGNS["trigger"], "--days", "1"], environment)
        for kind, name in CAMPAIGNS.items():
            seconds, cpu, peak, printed = command(["campaigns", "backtest", name, "--days", str(given.days)], environment)
            print(f"{name}, {given.days} days: {seconds:.1f} s, {cpu:.1f} s of processor time, peak {peak:.2f} GiB\n{printed}")
            figures += [
                Figure(
                    f"{given.days} days of {kind}", seconds, "s", "one day of a trigger, reading the project included", start, note=name
                ),
                Figure(f"{given.days} days of {kind}, processor time", cpu, "CPU s"),
                Figure(f"{given.days} days of {kind}, peak memory", peak, "GiB"),
            ]
    if given.json:
        print(as_json(figures))


if __name__ == "__main__":
    main()
