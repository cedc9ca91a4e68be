"""The large shop from the command line: python -m demo.shop.large FOLDER --size S."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from demo.shop.large import SIZES, make, pass_a_day


def main(arguments: list[str] | None = None) -> int:
    """Makes the shop, or its next day; 0 when it went well, 2 with a sentence when it could not."""
    parser = argparse.ArgumentParser(prog="python -m demo.shop.large", description="A pretend shop of any size, as Parquet files.")
    parser.add_argument("folder", type=Path, help="outside the source tree; L takes tens of gigabytes")
    parser.add_argument("--size", choices=SIZES, default="S")
    for name in ("customers", "orders", "events", "days"):
        parser.add_argument(f"--{name}", type=int, help="other than the size says")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--memory", default="2GB", help="what DuckDB may take; the rest waits in files beside the shop")
    parser.add_argument("--tomorrow", action="store_true", help="the day after, into FOLDER/tomorrow: what is new or changed, by key")
    options = parser.parse_args(arguments)
    given = {name: value for name in ("customers", "orders", "events", "days") if (value := getattr(options, name)) is not None}
    try:
        if options.tomorrow:
            pass_a_day(options.folder, memory=options.memory, progress=_say)
        else:
            if "customers" in given:  # a size of its own: as many orders and events a customer as the named one has
                named = SIZES[options.size]
                given = {name: getattr(named, name) * given["customers"] // named.customers for name in ("orders", "events")} | given
            make(options.folder, replace(SIZES[options.size], seed=options.seed, **given), memory=options.memory, progress=_say)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
