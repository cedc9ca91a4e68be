"""The plans of looks on offer, and how far from zero an effect must be at each look."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from experiments import always_valid
from experiments.recursion import boundary, two_sided

NAMES = ("fixed", "obrien_fleming", "pocock", "always_valid")
#: Where the repeated p-value is computed exactly; between them it is interpolated.
LEVELS = 36


@dataclass(frozen=True, slots=True)
class Plan:
    """How often an experiment may be judged, and how.

    `fixed`: once, at the end. `obrien_fleming`: up to `looks` times, hard early and nearly free at the end; `pocock`: about as hard every
    time, so it stops sooner and costs more people. Both spend alpha by the information there is (Lan and DeMets, Biometrika 70, 1983), so
    that looks may come when they come. `always_valid`: as often as anyone likes (see experiments/always_valid.py).
    All are two-sided; `alpha` is the chance, over all looks together, of seeing an effect where there is none.
    """

    name: str = "obrien_fleming"
    looks: int = 4
    alpha: float = 0.05

    def __post_init__(self) -> None:
        if self.name not in NAMES:
            raise ValueError(f"no plan is called {self.name!r}: take one of {', '.join(NAMES)}")
        if not 0 < self.alpha < 1 or self.looks < 1:
            raise ValueError("a plan needs one look or more and an alpha between 0 and 1")
        if self.name == "fixed":
            object.__setattr__(self, "looks", 1)

    def planned(self) -> tuple[float, ...]:
        """The information at each look when they come evenly: (0.25, 0.5, 0.75, 1.0) for four."""
        return tuple((np.arange(1, self.looks + 1) / self.looks).tolist())

    def at(self, alpha: float) -> Plan:
        """The same plan at another level."""
        return replace(self, alpha=alpha)

    def spent(self, information: float) -> float:
        """How much of alpha may have been spent by then. O'Brien-Fleming- and Pocock-like, each side with half of alpha."""
        time = min(information, 1.0)
        if self.name == "pocock":
            return float(self.alpha * np.log1p((np.e - 1) * time))
        if self.name == "obrien_fleming":
            return min(self.alpha, 2 * two_sided(-ndtri(self.alpha / 4) / np.sqrt(time)))
        return self.alpha if time >= 1 else 0.0

    def boundary(self, fractions: Sequence[float]) -> NDArray[np.float64]:
        """The boundary on the scale of z at each look held so far.

        `fractions`: the information at the looks, rising: people judged then over people planned. The look numbered `looks`, and
        any at which all that was planned is there, spends what is left. Infinite: nothing can be concluded at that look.
        """
        times = tuple(float(fraction) for fraction in fractions)
        if not times or min(times) <= 0 or any(np.diff(times) <= 0):
            raise ValueError("the information at the looks must be above 0 and rise")
        if self.name == "always_valid":
            return always_valid.critical(times, self.alpha)
        if len(times) > self.looks:
            raise ValueError(f"{len(times)} looks, where the plan allows {self.looks}")
        return _boundary(self, times).copy()

    def p_value(self, z: float, fractions: Sequence[float]) -> float:
        """The repeated p-value at the last of these looks: the smallest alpha at which this plan would see an effect at this look (Jennison
        and Turnbull, 2000, section 9.6). Below alpha exactly where the interval at the boundary leaves out zero."""
        if self.name == "always_valid":
            return float(always_valid.p_value(z, fractions[-1], self.alpha))
        if self.name == "fixed":
            return two_sided(z)
        levels, times, far = _levels(self.alpha), tuple(float(fraction) for fraction in fractions), abs(z)

        def bound(place: int) -> float:
            return float(_boundary(self.at(levels[place]), times)[-1])

        def is_outside(place: int) -> bool:
            return far >= bound(place) and bound(place) < np.inf

        # the boundary falls as the level rises: the first level of which z is outside, sought from where it should be by that of alpha
        own = float(_boundary(self, times)[-1])
        place = min(bisect_left(levels, two_sided(-ndtri(self.alpha / 2) * far / own)), len(levels) - 1)
        while place < len(levels) and not is_outside(place):
            place += 1
        while place > 0 and is_outside(place - 1):
            place -= 1
        if place == len(levels):
            return 1.0
        if place == 0 or bound(place - 1) == np.inf:
            return levels[place]
        ends = [-bound(place - 1), -bound(place)]
        return two_sided(float(np.interp(-far, ends, -ndtri(np.array(levels[place - 1 : place + 1]) / 2))))


@lru_cache(maxsize=4096)
def _boundary(plan: Plan, times: tuple[float, ...]) -> NDArray[np.float64]:
    spent = [plan.spent(time) for time in times]
    if len(times) == plan.looks:
        spent[-1] = plan.alpha
    return boundary(spent, times)


@lru_cache(maxsize=64)
def _levels(alpha: float) -> list[float]:
    """Levels, rising, among them those of several arms."""
    exact = [alpha / arms for arms in range(1, 7)]
    return [float(level) for level in np.unique(np.concatenate([np.geomspace(1e-7, 0.2, LEVELS), np.linspace(0.25, 0.99, 8), exact]))]
