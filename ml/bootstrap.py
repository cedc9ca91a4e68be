"""How sure a figure is: customers drawn with replacement, all rows of a customer together.

One customer stands in several origins with much the same behaviour, so rows are no independent draws; customers are
(paired cluster bootstrap; Field and Welsh 2007). Poisson(1) weights stand for drawing with replacement.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import pdtr

Floats = npt.NDArray[np.float64]
Interval = tuple[float, float]
_SLICES = 2**16
#: Poisson(1) by its quantiles: a 16-bit number picks its slice, a tenth of the time of a draw from the distribution.
_TIMES = np.searchsorted(pdtr(np.arange(12), 1.0), (np.arange(_SLICES) + 0.5) / _SLICES).astype(np.float64)


def mean_intervals(values: Floats, profile_ids: pd.Series, *, draws: int = 400, level: float = 0.9, seed: int = 0) -> list[Interval]:
    """The bootstrap intervals of the means of some columns over rows (rows x k), at the level (0.9: from the 5th to the 95th percentile).
    All columns see the same draws."""
    codes, people = pd.factorize(profile_ids)
    counts = np.bincount(codes, minlength=len(people)).astype(np.float64)
    sums = np.column_stack([*(np.bincount(codes, column, len(people)) for column in values.T), counts])
    drawn = np.array([times @ sums for times in _drawn(len(people), draws, seed)])
    means = drawn[:, :-1] / np.maximum(drawn[:, -1:], 1.0)
    return _between(means, level)


def mean_interval(values: Floats, profile_ids: pd.Series, *, draws: int = 400, level: float = 0.9, seed: int = 0) -> Interval:
    """The bootstrap interval of one mean over rows."""
    return mean_intervals(values[:, None], profile_ids, draws=draws, level=level, seed=seed)[0]


def intervals(
    figures: Sequence[Callable[[Floats], float]], profile_ids: pd.Series, *, draws: int = 60, level: float = 0.9, seed: int = 0
) -> list[Interval]:
    """The bootstrap intervals of any figures that take row weights; all see the same draws."""
    codes, people = pd.factorize(profile_ids)
    values = [[figure(weight) for figure in figures] for weight in (times[codes] for times in _drawn(len(people), draws, seed))]
    return _between(np.array(values, dtype=np.float64), level)


def _drawn(people: int, draws: int, seed: int) -> Iterator[Floats]:
    """How often each person counts, one draw at a time: memory stays at the number of people."""
    random = np.random.default_rng(seed)
    for _ in range(draws):
        yield _TIMES[random.integers(0, _SLICES, people, dtype=np.uint16)]


def _between(drawn: Floats, level: float) -> list[Interval]:
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return list(zip(low.tolist(), high.tolist(), strict=True))
