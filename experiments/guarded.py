"""How guardrails hold a promotion back, for the planner: experiments are drawn, always the same ones.

An arm is promoted at the first look at which it is better and every guardrail is kept (experiments/guardrails.py). That an arm is not
worse by the margin has to be excluded, and that takes people, the more of them the commoner it is: where .4 % unsubscribe 3,000 people an
arm exclude it in four cases of five, 6,000 nearly always. A plan that counts the effect alone promises what it cannot keep.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from experiments import few
from experiments.guardrails import MARGIN, RELATIVE_MARGIN
from experiments.trial import HARMS

Numbers = NDArray[np.float64]
#: People are counted in steps of a hundredth, so that what was drawn can be used again.
STEP = 0.01


@dataclass(frozen=True, slots=True)
class Guard:
    """A guardrail, as far as a plan must know it. base: the share of people, or the mean a person; sd: of a mean, over people."""

    metric: str
    base: float
    sd: float | None = None


def delays(guards: Iterable[Guard], people: tuple[float, float], times: Sequence[float], alpha: float) -> Numbers:
    """Of arms that change none of the guardrails: where those that are better from a look on are promoted.

    people: in the control and in the arm, in the end; times: the looks, as parts of that; alpha: of one comparison. Of shape (looks,
    looks): the share of those better from the look of the row on that are promoted at the look of the column; the rest never are.
    """
    n, m = (exp(round(log(max(count, 1.0)) / STEP) * STEP) for count in people)
    kept = np.ones((few.RUNS, len(times)), dtype=bool)
    for place, guard in enumerate(guards):
        kept &= _kept(guard, place, (n, m), tuple(times), -float(ndtri(alpha / 2)))
    found = np.zeros((len(times), len(times)))
    for look in range(len(times)):
        found[look, look:] = np.bincount(few.first(kept[:, look:]), minlength=len(times) - look + 1)[:-1] / few.RUNS
    return found


@lru_cache(maxsize=512)
def _kept(guard: Guard, place: int, people: tuple[float, float], times: tuple[float, ...], z: float) -> NDArray[np.bool_]:
    """Whether a guardrail is kept at each look: of shape (runs, looks)."""
    random, looks = np.random.default_rng([17, place]), np.array(times)
    if guard.sd is None:
        sums = np.stack([few.sums(random, guard.base, None, count, looks) for count in people], axis=2)
        low, high = few.limits(sums, 1, "proportion", np.full(len(looks), z), adjust=False)
        return np.asarray((high if guard.metric in HARMS else -low) < MARGIN)
    counts = [np.maximum(count * looks, 1.0) for count in people]
    means = [np.cumsum(random.normal(0, np.sqrt(np.diff(count, prepend=0)), (few.RUNS, len(looks))), axis=1) / count for count in counts]
    worst = means[1] - means[0] + z * np.sqrt(1 / counts[0] + 1 / counts[1])
    return np.asarray(worst * guard.sd < RELATIVE_MARGIN * abs(guard.base))


def guard_of(metric: str, people: float, total: float, squares: float, *, is_share: bool) -> Guard:
    """A guardrail of what was counted so far, however little: a share is taken for half a percent (the margin) until people say
    otherwise, as if 100 had been seen."""
    if is_share:
        return Guard(metric, (total + MARGIN * 100) / (people + 100))
    mean = total / max(people, 1.0)
    return Guard(metric, mean, sqrt(max(squares / max(people, 1.0) - mean**2, 0.0)))
