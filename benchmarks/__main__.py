"""All measures in one command: `make bench`, or `python -m benchmarks [--size S|M|L] [--only delivery,audiences] [--against FILE]`.

Each measure has a process of its own. The table is printed at the end, also after Ctrl-C; the run is kept as a JSON file, rewritten after
each measure. `--against` compares with a run that was kept (`last`: the last one of this size); with `--show` nothing is measured, a run
that was kept is printed. The package benchmarks/house says what a measure is.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from benchmarks.house import machine, table
from benchmarks.house.catalogue import MEASURES
from benchmarks.house.measures import SIZES, Measure
from benchmarks.house.record import Record, default_folder, latest
from benchmarks.house.taking import take


def say(text: str) -> None:
    """A line of progress, at once; the tables alone go to standard output."""
    print(text, file=sys.stderr, flush=True)


def chosen(names: str | None, measures: Sequence[Measure] = MEASURES) -> list[Measure]:
    """Those of these names, in the order of the catalogue; all without. Raises LookupError."""
    wanted = [name.strip() for name in (names or "").split(",") if name.strip()]
    unknown = sorted(set(wanted) - {measure.name for measure in measures})
    if unknown:
        raise LookupError(f"no measure is called {', '.join(unknown)}; there are {', '.join(measure.name for measure in measures)}")
    return [measure for measure in measures if not wanted or measure.name in wanted]


def measured(measures: Sequence[Measure], size: str, folder: Path, data: Path | None = None) -> tuple[Record, bool]:
    """The run, as far as it came, and whether it came to its end."""
    record = Record(time.strftime("%Y-%m-%dT%H:%M:%S"), machine.commit(), size, machine.facts())
    try:
        for place, measure in enumerate(measures, start=1):
            say(f"[{place}/{len(measures)}] {measure.name}: {measure.says}")
            taken = take(measure, size, say, data)
            record.taken.append(taken)
            record.write(folder)
            say(f"  {taken.failure or f'{len(taken.figures)} figures in {taken.seconds:.0f} s'}")
    except KeyboardInterrupt:
        say("stopped; what was measured is kept")
        return record, False
    return record, True


def show(record: Record, against: Record | None) -> None:
    """Prints the tables of a run."""
    blocks = [table.heading(record).splitlines(), table.figures(record.taken), table.costs(record.taken)]
    blocks += [table.compared(against, record)] if against else []
    print("\n\n".join("\n".join(block) for block in blocks if block))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit code is 0 whatever the figures are, 130 after an interruption."""
    options = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--size", choices=SIZES, default="S", help="S: 1 M events, 100 k customers; M: ten times, L: a hundred times that")
    options.add_argument("--only", help="names of measures, with commas between them")
    options.add_argument("--keep", type=Path, default=default_folder(), help="the folder of the runs; default: %(default)s")
    options.add_argument("--against", help="a run that was kept, to compare with; `last`: the last of this size")
    options.add_argument("--show", type=Path, help="print a run that was kept instead of measuring")
    options.add_argument("--data", type=Path, help="a data folder of the large shop that has been run; else measures make their own")
    options.add_argument("--markdown", action="store_true", help="with --show: the table of figures alone, for a page")
    options.add_argument("--list", action="store_true", help="list the measures")
    given = options.parse_args(arguments)
    try:
        measures = chosen(given.only)
        before = latest(given.keep, given.size) if given.against == "last" else Path(given.against) if given.against else None
        against = Record.read(before) if before else None
        record = Record.read(given.show) if given.show else None
    except (LookupError, ValueError) as error:
        options.error(str(error))
    if given.list:
        print("\n".join(table.rows_of([[one.name, "".join(one.sizes), one.says] for one in measures])))
        return 0
    if record is not None and given.markdown:
        print("\n".join(table.markdown(record.taken)))
        return 0
    if record is not None:
        show(record, against)
        return 0
    for number in (signal.SIGINT, signal.SIGTERM):  # the first too: what a shell starts in the background ignores it otherwise
        signal.signal(number, _interrupted)
    record, is_whole = measured(measures, given.size, given.keep, given.data and given.data.resolve())
    show(record, against)
    print(f"\nkept as {record.write(given.keep)}")
    return 0 if is_whole else 130


def _interrupted(*_: Any) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
