"""How sure a figure is: customers drawn with replacement, all rows of a customer together.

One customer stands in several origins with much the same behaviour, so rows are no independent draws; customers are
(paired cluster bootstrap; Field and Welsh 2007). Poisson(1) weights stand for drawing with replacement.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]


def weights(profile_ids: pd.Series, draws: int, seed: int) -> npt.NDArray[np.uint8]:
    """`draws` x rows: how often each row counts in each draw; rows of one profile alike."""
    codes, people = pd.factorize(profile_ids)
    drawn = np.random.default_rng(seed).poisson(1.0, (draws, len(people))).astype(np.uint8)
    return drawn[:, codes]


def mean_interval(values: Floats, profile_ids: pd.Series, *, draws: int = 400, level: float = 0.9, seed: int = 0) -> tuple[float, float]:
    """The bootstrap interval of a mean over rows, at the level (0.9: from the 5th to the 95th percentile)."""
    codes, people = pd.factorize(profile_ids)
    sums, counts = np.bincount(codes, values), np.bincount(codes).astype(np.float64)
    random, means = np.random.default_rng(seed), np.empty(draws)
    for draw in range(draws):  # one draw at a time: memory stays at the number of customers
        times = random.poisson(1.0, len(people)).astype(np.float64)
        means[draw] = float(times @ sums) / max(float(times @ counts), 1.0)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def interval(
    figure: Callable[[Floats], float], profile_ids: pd.Series, *, draws: int = 60, level: float = 0.9, seed: int = 0
) -> tuple[float, float]:
    """The bootstrap interval of any figure that takes row weights."""
    drawn = weights(profile_ids, draws, seed)
    values = [figure(row.astype(np.float64)) for row in drawn]
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
