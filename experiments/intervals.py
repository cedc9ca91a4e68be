"""Intervals that keep their level with few conversions, a small control and skewed money. All functions take numbers or arrays.

Each arm gets limits of its own; the difference and the ratio are put together from them (MOVER: Newcombe, Statistics in Medicine 17,
1998, method 11; Donner and Zou, Statistical Methods in Medical Research 21, 2012), so both say the same about "no effect".
For means that gives the usual t interval, and Fieller's for the ratio.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit

Numbers = NDArray[np.float64]
KINDS = ("proportion", "mean")
#: Where `distance` looks between two ends, and how often: to 40 / 32¹⁰.
_PLACES, _ROUNDS = np.arange(1, 32) / 32, 10


@dataclass(frozen=True, slots=True)
class Side:
    """One arm of a comparison. `mean`: what was measured (adjusted, where a covariate helps); `error`: the standard error of a mean,
    NaN for a proportion; `people`: how many, for a proportion as many as would tell as much without a covariate."""

    mean: Numbers
    error: Numbers
    people: Numbers


def wilson(rate: Numbers, people: Numbers, z: Numbers) -> tuple[Numbers, Numbers]:
    """Limits of a proportion: Wilson's score interval with continuity correction (Newcombe 1998, single proportions, method 4)."""
    z = np.minimum(z, 1e6)
    np_, scale = people * rate, 2 * (people + z * z)
    down = np.sqrt(np.maximum(z * z - 2 - 1 / people + 4 * rate * (people * (1 - rate) + 1), 0))
    up = np.sqrt(np.maximum(z * z + 2 - 1 / people + 4 * rate * (people * (1 - rate) - 1), 0))
    low = (2 * np_ + z * z - 1 - z * down) / scale
    high = (2 * np_ + z * z + 1 + z * up) / scale
    return np.where(rate <= 0, 0.0, np.clip(low, 0, rate)), np.where(rate >= 1, 1.0, np.clip(high, rate, 1))


def limits(side: Side, kind: str, z: Numbers) -> tuple[Numbers, Numbers]:
    """The limits of one arm, `z` standard errors to each side (infinite z: everything is possible)."""
    if kind == "proportion":
        return wilson(side.mean, side.people, z)
    reach = np.minimum(z, 1e300) * side.error
    return side.mean - reach, side.mean + reach


def small_sample(z: Numbers, freedom: Numbers) -> Numbers:
    """The quantile of Student's t that leaves as much outside as `z` does of a normal (Jennison and Turnbull 2000, section 3.8)."""
    z = np.asarray(z, dtype=float)
    finite = np.minimum(z, 30.0)
    wide = np.where(np.asarray(freedom) > 5000, finite, -stdtrit(np.maximum(freedom, 1), ndtr(-finite)))
    return np.where(z > 30.0, np.maximum(z, wide), wide)


def freedom(treated: Numbers, control: Numbers, filling: Numbers) -> Numbers:
    """Degrees of freedom for the difference of two means over so many people.

    `filling`: mean² / mean of squares, the share of people whom the money would come from if each of them brought the same (for yes and
    no: those with a yes). Among few such people in a small arm, one big order is far from normal, and in equal arms it falls on either
    side as often. So the small arm counts as many as it holds of them; the more equal the arms, the less it matters (the skewness of the
    difference goes with 1/control² - 1/treated²). A rule of thumb, for the third moment is not known; experiments/simulation.py tries it.
    """
    both = 1 / treated + 1 / control
    lopsided = np.maximum(np.square(1 / control**2 - 1 / treated**2), 1e-300)
    return np.maximum(np.minimum(treated + control - 2, both**3 / lopsided * filling), 1.0)


def difference(treated: Side, control: Side, kind: str, z: Numbers) -> tuple[Numbers, Numbers]:
    """Limits of treated minus control."""
    (low, high), (control_low, control_high) = limits(treated, kind, z), limits(control, kind, z)
    gap = treated.mean - control.mean
    return gap - np.hypot(treated.mean - low, control_high - control.mean), gap + np.hypot(high - treated.mean, control.mean - control_low)


def ratio(treated: Side, control: Side, kind: str, z: Numbers) -> tuple[Numbers, Numbers]:
    """Limits of treated over control, minus 1. NaN below and above where the control may as well be nothing (its lower limit is 0 or
    less, or its mean is): a lift on nothing is no number."""
    (low, high), (control_low, control_high) = limits(treated, kind, z), limits(control, kind, z)
    with np.errstate(divide="ignore", invalid="ignore"):
        both = treated.mean * control.mean
        wide, narrow = control_high * (2 * control.mean - control_high), control_low * (2 * control.mean - control_low)
        at_low, at_high = low * (2 * treated.mean - low), high * (2 * treated.mean - high)
        root = np.sqrt(np.maximum(both * both - wide * at_low, 0))
        below = np.where(both > 0, at_low / (both + root), (both - root) / wide)
        above = (both + np.sqrt(np.maximum(both * both - narrow * at_high, 0))) / narrow
    known = (control.mean > 0) & (control_low > 0) & np.isfinite(below) & np.isfinite(above)
    return np.where(known, below - 1, np.nan), np.where(known, above - 1, np.nan)


def distance(treated: Side, control: Side, kind: str, freedom: Numbers) -> Numbers:
    """How far from no effect it is, on the scale of z: the widest interval that leaves out zero. Signed like the effect."""
    gap = np.asarray(treated.mean - control.mean, dtype=float)
    if kind == "mean":
        error = np.hypot(treated.error, control.error)
        with np.errstate(divide="ignore", invalid="ignore"):
            raw = np.where(error > 0, np.abs(gap) / error, 0.0)
        few = np.asarray(freedom) <= 5000
        tails = stdtr(np.maximum(freedom, 1), -np.minimum(raw, 1e6))
        return np.asarray(np.sign(gap) * np.where(few, np.where(tails > 1e-300, -ndtri(np.maximum(tails, 1e-300)), raw), raw))
    low, width = np.zeros_like(gap), 40.0
    for _ in range(_ROUNDS):  # the interval only grows with z: so many of these places leave out zero, and it is behind the last of them
        bounds = difference(treated, control, kind, low + width * _PLACES.reshape(-1, *(1,) * gap.ndim))
        out = np.where(gap > 0, bounds[0] > 0, bounds[1] < 0).sum(axis=0)
        width /= len(_PLACES) + 1
        low = low + width * out
    return np.asarray(np.sign(gap) * low)
