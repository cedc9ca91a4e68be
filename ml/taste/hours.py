"""The hour of the day at which a person does things: their own hours, smoothed round the clock, leaning on everybody's.

A kernel of one hour (a normal density of one hour, wrapped at midnight, and nothing at hours at which the shop sleeps) spreads each
activity; ten pseudo-counts of everybody's histogram are added. A raw personal histogram does harm: most people have few activities.
"""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
HOURS = 24
KERNEL_HOURS = 1.0
PSEUDO_COUNTS = 10.0


def everybody(counts: Floats) -> Floats:
    """Return the share of each hour (24) in the activities of all: `counts` is people x 24. Each hour has one pseudo-count."""
    total = counts.sum(axis=0) + 1.0
    return np.asarray(total / total.sum(), dtype=np.float64)


def hours_of_each(counts: Floats, shared: Floats) -> Floats:
    """Return the share of each hour for each person (people x 24, rows sum to 1). Without an activity it is `shared` itself (24)."""
    hours = np.arange(HOURS)
    apart = np.abs(hours[:, None] - hours[None, :])
    kernel = np.exp(-0.5 * (np.minimum(apart, HOURS - apart) / KERNEL_HOURS) ** 2) * shared
    kernel /= kernel.sum(axis=1, keepdims=True)
    own = counts @ kernel + PSEUDO_COUNTS * shared
    return np.asarray(own / (counts.sum(axis=1, keepdims=True) + PSEUDO_COUNTS), dtype=np.float64)


def log_loss_by_band(counts: Floats, shared: Floats, later: Floats) -> list[tuple[str, int, float, float]]:
    """Compare with everybody's histogram on what came later, by how much history there was.

    counts, later: people x 24, before and after. Returns (band, activities, log-loss, log-loss of `shared`) of each band with activities.
    """
    chances, evidence = hours_of_each(counts, shared), counts.sum(axis=1)
    found: list[tuple[str, int, float, float]] = []
    edges = (0, 1, 4, 11, 31, np.inf)
    for low, high in pairwise(edges):
        rows = (evidence >= low) & (evidence < high)
        happened = later[rows]
        if not happened.sum():
            continue
        name = f"{low} and more" if high == np.inf else str(low) if high == low + 1 else f"{low} to {int(high) - 1}"
        own = -(happened * np.log(chances[rows])).sum() / happened.sum()
        plain = -(happened * np.log(shared)).sum() / happened.sum()
        found.append((name, int(happened.sum()), float(own), float(plain)))
    return found
