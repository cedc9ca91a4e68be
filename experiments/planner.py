"""How many people, how many days, and the smallest effect that can be seen: what a plan promises before it starts. Long: one chain.

The power is that of the plan's own boundary, integrated (see experiments/recursion.py), for the test that experiments/estimate.py makes:
the variance pooled over the arms on the boundary, each arm's own around the expected effect, and a proportion's continuity correction.
Where the smallest arm holds few conversions, experiments are drawn instead (experiments/few.py), and so are the guardrails, which
must be kept at the look that promotes (experiments/guarded.py). One file, for people, days and smallest
effect are one equation, solved for each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from experiments import few
from experiments.guarded import Guard, delays
from experiments.intervals import freedom, small_sample
from experiments.plans import Plan
from experiments.recursion import crossing
from experiments.sums import LEAST_REDUCTION

MOST_PEOPLE = 1e10
#: With fewer conversions in the smallest arm (for money: purchases of average size) chance is not normal.
LEAST_FILLED = 100
#: An always-valid interval is looked at daily; so many looks stand for that.
DAILY = 28


@dataclass(frozen=True, slots=True)
class Metric:
    """What is measured in the control: `base` a person, and for a mean its standard deviation `sd` over people (those without included).

    `treated_sd`: that of the treated; by default more people do what is usual (a lift of 10 % makes 10 % more of everything, as when a
    message brings more orders of the usual kind). `variance_reduction`: what a covariate is known to take away, 0 to 1. `buyers`: of a
    mean, the share of people who bring anything, where it is known; a proportion is its own. `is_drawn`: whether
    experiments are drawn where that makes few; else the promise is quick, and a rough guess there.
    """

    base: float
    sd: float | None = None
    treated_sd: float | None = None
    variance_reduction: float = 0.0
    buyers: float | None = None
    is_drawn: bool = True

    def __post_init__(self) -> None:
        if self.base <= 0 or not 0 <= self.variance_reduction < 1 or (self.sd is None and self.base >= 1):
            raise ValueError("a proportion lies between 0 and 1, a mean is above 0 and has its sd, a covariate takes away less than all")
        if self.buyers is not None and not 0 < self.buyers <= 1:
            raise ValueError("buyers are a share of people, above 0")

    def variances(self, lift: float) -> tuple[float, float]:
        """The variance of a person in the control and in an arm with that lift, of which the covariate explains no more than in the control
        (what a message brings was not to be seen before)."""
        if self.sd is None:
            rate = self.base * (1 + lift)
            usual, treated = self.base * (1 - self.base), rate * (1 - rate)
        else:
            usual = self.sd**2
            treated = (1 + lift) * (usual + self.base**2) - ((1 + lift) * self.base) ** 2
            treated = self.treated_sd**2 if self.treated_sd is not None else treated
        explained = self.explained * usual
        return usual - explained, max(treated - explained, 0.0)

    @property
    def explained(self) -> float:
        """The share of variance that the covariate will take away: none where that is too little for it to be used."""
        return self.variance_reduction if self.variance_reduction >= LEAST_REDUCTION else 0.0

    @property
    def filling(self) -> float:
        """See experiments/intervals.py: the share of people whom the money would come from if each of them brought the same."""
        return self.base if self.sd is None else self.base**2 / (self.sd**2 + self.base**2)

    def is_few(self, people: float) -> bool:
        """Whether so many people hold too few conversions for chance to be normal."""
        return people * self.filling < LEAST_FILLED

    @property
    def is_drawable(self) -> bool:
        """Whether enough is known to draw such people: who buys, and that no covariate is used."""
        return self.is_drawn and not self.explained and (self.sd is None or (self.buyers is not None and self.treated_sd is None))

    @property
    def spent(self) -> tuple[float, float] | None:
        """Mean and standard deviation of what a buyer brings; None for a proportion."""
        if self.sd is None or self.buyers is None:
            return None
        mean = self.base / self.buyers
        return mean, sqrt(max((self.sd**2 + self.base**2) / self.buyers - mean**2, 0.0))


@dataclass(frozen=True, slots=True)
class Needed:
    """`people` by arm, at most; `total` of them; the expected share of `total` at the stop if the effect is there, and if there is none."""

    people: dict[str, int]
    total: int
    expected_with_effect: float
    expected_without: float


def power(
    metric: Metric, lift: float, total: float, shares: tuple[float, float], plan: Plan, *, arms: int = 2, guards: Sequence[Guard] = ()
) -> float:
    """The chance of seeing a relative `lift` (0.1: 10 % more) on its own side, with `total` people in the two arms compared.

    `shares`: of control and treated, any positive weights. `arms`: all arms of the experiment; with more than two alpha is divided.
    `guards`: guardrails that must be kept at the same look, of which nothing changes.
    """
    side = 0 if lift > 0 else 1
    return float(_stops(metric, lift, total, shares, plan, arms, guards)[side].sum())


def needed(
    metric: Metric,
    lift: float,
    shares: Mapping[str, float],
    plan: Plan,
    *,
    control: str | None = None,
    promised: float = 0.8,
    guards: Sequence[Guard] = (),
) -> Needed:
    """People by arm for a relative `lift` to be seen with probability `promised`, for any shares; the first arm is the control by default.

    With several arms: so many that the lift is seen in the smallest of the others. With `guards`: and that these are kept, where
    nothing changes them. ValueError: no effect, or one that no size can show.
    """
    from scipy.optimize import brentq  # here, for it takes half a second, and most commands ask for none of this

    base = control or next(iter(shares))
    smallest = min((share, arm) for arm, share in shares.items() if arm != base)[1]
    pair, whole = (shares[base], shares[smallest]), sum(shares.values())
    if min(shares.values()) <= 0 or not _possible(metric, lift):
        raise ValueError("the arms need people, and the effect must be one that can be")

    def lacking(log_total: float) -> float:
        return power(metric, lift, float(np.exp(log_total)), pair, plan, arms=len(shares), guards=guards) - promised

    if lacking(np.log(MOST_PEOPLE)) < 0:
        raise ValueError("no number of people shows an effect that small")
    low = np.log(4 * sum(pair) / min(pair))
    two = float(np.exp(brentq(lacking, low, np.log(MOST_PEOPLE), xtol=1e-4))) if lacking(low) < 0 else float(np.exp(low))
    total = two * whole / sum(pair)
    people = {arm: ceil(total * share / whole) for arm, share in shares.items()}
    return Needed(
        people,
        sum(people.values()),
        *(_expected(_stops(metric, effect, two, pair, plan, len(shares), guards), plan) for effect in (lift, 0.0)),
    )


def detectable(
    metric: Metric, total: float, shares: tuple[float, float], plan: Plan, *, arms: int = 2, promised: float = 0.8
) -> float | None:
    """The smallest relative lift upwards that `total` people in the two arms compared show with probability `promised`.

    None: not even a hundredfold would be seen (or, for a proportion, everybody).
    """
    from scipy.optimize import brentq  # here, for it takes half a second, and most commands ask for none of this

    most = min(99.0, (1 - metric.base) / metric.base * 0.999) if metric.sd is None else 99.0

    def lacking(log_lift: float) -> float:
        return power(metric, float(np.exp(log_lift)), total, shares, plan, arms=arms) - promised

    if total <= 0 or min(shares) <= 0 or lacking(np.log(most)) < 0:
        return None
    return float(np.exp(brentq(lacking, np.log(1e-6), np.log(most), xtol=1e-5)))


def is_rough(metric: Metric, people: float) -> bool:
    """Whether a promise for an arm of so many people is a rough guess, since too little is known to draw it: power may be some points off;
    the level is kept all the same."""
    return metric.is_few(people) and not metric.is_drawable


def days(total: float, daily: float, outcome_days: float) -> int | None:
    """Days from the start to the last verdict: until `total` people have come, `daily` a day, and the last one's outcome window is over.
    None: nobody comes."""
    return None if daily <= 0 else ceil(total / daily + outcome_days)


def _possible(metric: Metric, lift: float) -> bool:
    return lift != 0 and lift > -1 and (metric.sd is not None or metric.base * (1 + lift) < 1)


def _times(plan: Plan) -> tuple[float, ...]:
    return tuple((np.arange(1, DAILY + 1) / DAILY).tolist()) if plan.name == "always_valid" else plan.planned()


def _expected(stops: NDArray[np.float64], plan: Plan) -> float:
    """The share of the planned people there are at the stop, on average."""
    times, found = np.array(_times(plan)), stops.sum(axis=0)
    return float(found @ times + (1 - found.sum()) * times[-1])


def _stops(
    metric: Metric, lift: float, total: float, shares: tuple[float, float], plan: Plan, arms: int, guards: Sequence[Guard] = ()
) -> NDArray[np.float64]:
    """The probability of each look to be the one that decides: an array of shape (2, looks), for the better and the worse. For the side of
    the lift, whoever crosses the boundary is taken to stay beyond it until the guardrails are kept."""
    n, m = (total * share / sum(shares) for share in shares)
    times, shared = np.array(_times(plan)), plan.at(plan.alpha / max(arms - 1, 1))
    stops = _crossings(metric, lift, (n, m), shared, times)
    if guards:
        side = 1 if lift < 0 else 0
        stops[side] = stops[side] @ delays(guards, (n, m), times.tolist(), shared.alpha)
    return stops


def _crossings(metric: Metric, lift: float, people: tuple[float, float], shared: Plan, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probability of each look to be the first outside the boundary, of the plan at the level of one comparison."""
    n, m = people
    if metric.is_few(min(n, m)) and metric.is_drawable:
        return few.stops(metric.buyers if metric.buyers and metric.sd else metric.base, metric.spent, lift, (n, m), shared, times)
    control, treated = metric.variances(lift)
    expected = sqrt(control / n + treated / m)
    bounds = shared.boundary(times.tolist())
    if metric.sd is None:  # the continuity correction moves each arm's limits out by half a person
        rate = metric.base * (1 + lift * m / (n + m))
        pooled, left = (1 - metric.explained) * rate * (1 - rate), 1 - metric.explained
        bounds = bounds + left * (sqrt(control / n) / n + sqrt(treated / m) / m) / (2 * expected**2) / np.sqrt(times)
    else:
        pooled = (n * control + m * treated) / (n + m)
        bounds = small_sample(bounds, freedom(m * times, n * times, np.asarray(metric.filling)))
    bounds = bounds * sqrt(pooled * (1 / n + 1 / m)) / expected
    return crossing(bounds.tolist(), times.tolist(), metric.base * lift / expected)
