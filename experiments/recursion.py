"""How often a test that is looked at several times crosses its boundary, by numerical integration.

The score process B(t) has independent normal increments; its density over the paths that have not stopped yet is carried from look to
look (Armitage, McPherson and Rowe, J. R. Statist. Soc. A 132, 1969; Jennison and Turnbull, Group Sequential Methods, 2000, chapter 19).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Numbers = NDArray[np.float64]
#: Beyond so many standard deviations nothing is left to integrate.
REACH = 8.5
#: Less than this cannot be spent: the boundary is then out of reach.
NOTHING = 1e-14


@lru_cache
def _rule(count: int) -> tuple[Numbers, Numbers]:
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return nodes, weights


class Paths:
    """The paths that have crossed nothing yet: nodes of B(t) and the probability that each stands for."""

    def __init__(self, drift: float = 0.0) -> None:
        self.drift, self.time = drift, 0.0
        self.nodes, self.mass = np.zeros(1), np.ones(1)

    def above(self, level: float, time: float) -> float:
        """The probability that B(time) is above `level` for the first time now."""
        spread = np.sqrt(time - self.time)
        return float(self.mass @ ndtr((self.nodes + self.drift * (time - self.time) - level) / spread))

    def below(self, level: float, time: float) -> float:
        spread = np.sqrt(time - self.time)
        return float(self.mass @ ndtr((level - self.nodes - self.drift * (time - self.time)) / spread))

    def go_on(self, low: float, high: float, time: float, next_step: float) -> None:
        """Keeps the paths with low < B(time) < high; `next_step`: how far away the next look is, which says how fine the grid must be."""
        step = time - self.time
        spread, middle, reach = np.sqrt(step), self.drift * time, REACH * np.sqrt(time)
        low, high = max(low, middle - reach), min(high, middle + reach)
        if high <= low:
            self.nodes, self.mass, self.time = np.zeros(1), np.zeros(1), time
            return
        wanted = 40 + 5 * (high - low) / np.sqrt(min(step, next_step))
        nodes, weights = _rule(int(2 ** np.clip(np.ceil(np.log2(wanted)), 6, 11)))
        places = (high + low) / 2 + (high - low) / 2 * nodes
        apart = (places[:, None] - self.nodes[None, :] - self.drift * step) / spread
        density = np.exp(-0.5 * apart * apart) @ self.mass / (spread * np.sqrt(2 * np.pi))
        self.nodes, self.mass, self.time = places, density * weights * (high - low) / 2, time


def _steps(fractions: Sequence[float]) -> list[float]:
    """The way from each look to the next; behind the last there is none."""
    return [*np.diff(fractions).tolist(), np.inf]


def crossing(upper: Sequence[float], fractions: Sequence[float], drift: float = 0.0, lower: Sequence[float] | None = None) -> Numbers:
    """The probability of crossing at each look for the first time: an array of shape (2, looks), upwards and downwards.

    `upper`: the boundary on the scale of z, one number a look; `lower` defaults to its mirror image. `fractions`: the information at each
    look, increasing, 1 = all that was planned. `drift`: what z is expected to be at information 1 (0: there is no effect).
    """
    lower = [-bound for bound in upper] if lower is None else lower
    paths, found = Paths(drift), np.zeros((2, len(fractions)))
    for place, (time, next_step) in enumerate(zip(fractions, _steps(fractions), strict=True)):
        high, low = upper[place] * np.sqrt(time), lower[place] * np.sqrt(time)
        found[0, place] = paths.above(high, time) if np.isfinite(high) else 0.0
        found[1, place] = paths.below(low, time) if np.isfinite(low) else 0.0
        if np.isfinite(next_step):
            paths.go_on(low, high, time, next_step)
    return found


def boundary(spent: Sequence[float], fractions: Sequence[float]) -> Numbers:
    """The two-sided boundary on the scale of z that spends, up to each look, so much of alpha in total (both sides together)."""
    paths, found, before = Paths(), np.full(len(fractions), np.inf), 0.0
    for place, (time, next_step) in enumerate(zip(fractions, _steps(fractions), strict=True)):
        now, before = spent[place] - before, max(before, spent[place])
        level = np.inf
        if now > NOTHING:
            level = _level(paths, time, now / 2)
            found[place] = level / np.sqrt(time)
        if np.isfinite(next_step):
            paths.go_on(-level, level, time, next_step)
    return found


def _level(paths: Paths, time: float, wanted: float) -> float:
    """Where B(time) must be for as much to be above as is wanted."""
    from scipy.optimize import brentq  # here, for it takes half a second, and most commands ask for none of this

    if paths.above(0.0, time) <= wanted:
        return 0.0
    return float(brentq(lambda level: paths.above(level, time) - wanted, 0.0, 40.0 * np.sqrt(time), xtol=1e-10))


def two_sided(z: float) -> float:
    """The two-sided tail of a standard normal."""
    return float(2 * ndtr(-abs(z)))
