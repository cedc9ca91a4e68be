"""Power where few people buy: chance is not normal there, so experiments are drawn, always the same ones.

Yes and no are drawn as they are. Of money the mean, the deviation and the share of buyers are known: what a buyer brings is taken to be
lognormal, which these three figures settle.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri  # scipy.stats would take a second of each command

from experiments import intervals
from experiments.plans import Plan
from experiments.sums import ArmSums, sides

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]
#: So many experiments are drawn: a share of them is then within 1.3 points of the truth, 19 times of 20.
RUNS = 4000
#: Sums of 1, 8, 64 … buyers are kept: so many sizes, of each so many different ones; so many of one size make one of the next.
_LEVELS, _KEPT, _EACH = 5, 8192, 8


def limits(sums: Numbers, arm: int, kind: str, bounds: Numbers, adjust: bool) -> tuple[Numbers, Numbers]:
    """The interval of an arm against the first, for each run and look. sums: of shape (runs, looks, arms, 6)."""
    control, treated = (ArmSums("", *np.moveaxis(sums[:, :, place], -1, 0)) for place in (0, arm))
    one, other, freedom, _ = sides(treated, control, kind, adjust=adjust)
    z = np.broadcast_to(bounds, one.mean.shape)
    return intervals.difference(one, other, kind, z if kind == "proportion" else intervals.small_sample(z, freedom))


def first(crossed: NDArray[np.bool_]) -> Counts:
    """The number of the first look at which it was so; behind the last where it never was."""
    return np.asarray(np.where(crossed.any(axis=1), crossed.argmax(axis=1), crossed.shape[1]))


def stops(
    buyers: float, spent: tuple[float, float] | None, lift: float, people: tuple[float, float], plan: Plan, times: Numbers
) -> Numbers:
    """The share of experiments that each look is the first to decide: of shape (2, looks), for the better and the worse.

    buyers: the share of people who buy. spent: mean and standard deviation of what a buyer brings; None: only whether they buy counts.
    people: in the control and in the arm with a relative `lift` of buyers. plan: with the alpha of one comparison.
    """
    random = np.random.default_rng(7)
    shares = (buyers, min(1.0, buyers * (1 + lift)))
    both = np.stack([sums(random, share, spent, count, times) for share, count in zip(shares, people, strict=True)], axis=2)
    low, high = limits(both, 1, "proportion" if spent is None else "mean", plan.boundary(times.tolist()), adjust=False)
    up, down = first(low > 0), first(high < 0)
    looks = len(times)
    better = np.bincount(up[up < down], minlength=looks + 1)[:looks]
    return np.stack([better, np.bincount(down[down < up], minlength=looks + 1)[:looks]]) / RUNS


def sums(random: np.random.Generator, share: float, spent: tuple[float, float] | None, people: float, times: Numbers) -> Numbers:
    """What is known of one arm at each look: shape (runs, looks, 6). share: of people who buy, or do what is counted; spent: mean and
    standard deviation of what one of them brings, None where that is one; people: in the end; times: the looks, as parts of that."""
    counts = np.maximum(np.round(people * times), 1).astype(np.int64)
    bought = random.binomial(np.diff(counts, prepend=0), share, size=(RUNS, len(times)))
    y, squares = (bought, bought) if spent is None else _amounts(random, bought, *spent)
    found = np.zeros((RUNS, len(times), 6))
    found[..., 0] = counts
    found[..., 1], found[..., 2] = np.cumsum(y, axis=1), np.cumsum(squares, axis=1)
    return found


def _amounts(random: np.random.Generator, bought: Counts, mean: float, sd: float) -> tuple[Numbers, Numbers]:
    """What so many buyers bring together, and the squares of it: out of kept sums of 1, 8, 64 … buyers."""
    total = np.zeros((2, *bought.shape))
    for place, pool in enumerate(_pools(sd / mean)):
        digits = bought // _EACH**place
        digits = digits if place == _LEVELS - 1 else digits % _EACH
        for taken in range(int(digits.max(initial=0))):
            cells = digits > taken
            total[:, cells] += pool[:, random.integers(0, _KEPT, int(cells.sum()))]
    return total[0] * mean, total[1] * mean * mean


@lru_cache(maxsize=16)
def _pools(spread: float) -> list[Numbers]:
    """Sums of 1, 8, 64 … lognormal amounts of mean 1, and of their squares: each of shape (2, _KEPT)."""
    random, sigma = np.random.default_rng(11), np.sqrt(np.log1p(spread**2))
    one = np.exp(sigma * ndtri((np.arange(_KEPT) + 0.5) / _KEPT))
    one /= one.mean()
    pools = [np.stack([one, one * one])]
    while len(pools) < _LEVELS:
        pools.append(pools[-1][:, random.integers(0, _KEPT, (_EACH, _KEPT))].sum(axis=1))
    return pools
