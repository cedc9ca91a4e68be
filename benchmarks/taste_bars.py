"""The date of the next order, recommendations and the hour to write at on real shops, each beside the plain rule that it must beat.

    .venv/bin/python -m benchmarks.taste_bars [--shop "Online Retail"]

At each instant everything is learned from before it and judged by what came later; figures are means over a shop's instants. The date
is judged for those with two orders who came again in the rest of the data; recommendations by the 30 days after; hours by the 60 days.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks import taste_shops
from ml.models.next_order_date import next_order_date
from ml.models.recommendations import recommendations
from ml.models.send_hour import send_hour
from ml.taste import next_orders, send_hours, shelves_judged


@dataclass(frozen=True)
class Bar:
    """One figure and what it must be."""

    shop: str
    what: str
    value: float
    least: float
    most: float
    beside: str

    @property
    def holds(self) -> bool:
        """Whether the figure is within its limits."""
        return self.least <= self.value <= self.most


def dates(shop: str, lines: pd.DataFrame, instants: tuple[str, ...]) -> list[Bar]:
    """The error against "the last order and the mean gap", and how many came within the interval."""
    found = [next_orders.backtest(next_order_date, taste_shops.rhythms(lines, pd.Timestamp(at))) for at in instants]
    error, plain = (float(np.mean([one[name] for one in found])) for name in ("mean_error_days", "mean_gap_error_days"))
    beside = f"{error:.1f} days, last + mean gap {plain:.1f}"
    covered = float(np.mean([one["covered"] for one in found]))
    return [
        Bar(shop, "next order: error ratio", error / plain, 0, 0.85, beside),
        Bar(shop, "next order: in the 80 % interval", covered, 0.72, 0.90, ", ".join(f"{one['covered']:.2f}" for one in found)),
    ]


def shelves(shop: str, lines: pd.DataFrame, instants: tuple[str, ...]) -> list[Bar]:
    """MAP@10 of both shelves against personal frequency and against what was popular in 28 days."""
    found = []
    for at in map(pd.Timestamp, instants):
        later = lines[(lines["ordered_at"] >= at) & (lines["ordered_at"] < at + pd.Timedelta(days=30))]
        later = later[["profile_id", "product_id"]].drop_duplicates()
        found.append(shelves_judged.backtest(recommendations, taste_shops.purchases(lines, at), later, at))
    means = {name: float(np.mean([one[f"{name}_map_10"] for one in found])) for name in ("repeat", "frequency", "new", "popular")}
    again, new = means["repeat"] / means["frequency"], means["new"] / means["popular"]
    return [
        Bar(shop, "buy again: MAP@10 ratio", again, 0.95, np.inf, f"{means['repeat']:.4f}, personal frequency {means['frequency']:.4f}"),
        Bar(shop, "new for you: MAP@10 ratio", new, 1.15, np.inf, f"{means['new']:.4f}, 28-day popularity {means['popular']:.4f}"),
    ]


def send_times(shop: str, lines: pd.DataFrame, instants: tuple[str, ...]) -> list[Bar]:
    """Log-loss of the hour of the next orders against everybody's histogram, by how much history there was; instants together."""
    losses: dict[str, list[tuple[int, float, float]]] = {}
    for at in map(pd.Timestamp, instants):
        before = taste_shops.hours(lines, lines["ordered_at"].min(), at)
        now = taste_shops.hours(lines, lines["ordered_at"].min(), at + pd.Timedelta(days=60))
        for band, count, own, plain in send_hours.backtest(send_hour, before, now):
            losses.setdefault(band, []).append((count, own, plain))
    bars = []
    for band, parts in losses.items():
        counts = [count for count, _, _ in parts]
        own, plain = (float(np.average([part[place] for part in parts], weights=counts)) for place in (1, 2))
        beside = f"{own:.4f}, everybody's {plain:.4f} over {sum(counts):,} orders"
        bars.append(Bar(shop, f"send hour, {band} orders before: log-loss ratio", own / plain, 0, 1.0, beside))
    return bars


def measure(shop: str) -> list[Bar]:
    """All that the shop can show."""
    load, instants = taste_shops.SHOPS[shop]
    lines = load()
    bars = [] if "types" in shop else dates(shop, lines, instants)
    if lines["product_id"].nunique() > 1:
        bars += shelves(shop, lines, instants)
    if lines["ordered_at"].dt.hour.nunique() > 1 and "types" not in shop:
        bars += send_times(shop, lines, instants)
    return bars


def told(bar: Bar) -> None:
    """Prints a bar: the figure, its limits, whether it holds and what it stands beside."""
    limit = f"at most {bar.most:g}" if bar.least == 0 else f"{bar.least:g} to {bar.most:g}"
    limit = f"{bar.least:g} and more" if bar.most == np.inf else limit
    print(f"{bar.shop:36}{bar.what:48}{bar.value:8.4f}  {limit:16}{'ok ' if bar.holds else 'NOT'}  ({bar.beside})", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints every bar of the shops asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shop", action="append", choices=list(taste_shops.SHOPS), help="only this one; may be given several times")
    for shop in parser.parse_args(arguments).shop or taste_shops.SHOPS:
        began = time.monotonic()
        for bar in measure(shop):
            told(bar)
        print(f"{shop:32}{time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
