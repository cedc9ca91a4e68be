"""What is known of an arm: sums over its people, and nothing else. Sums of arms or of days add up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.intervals import Side, freedom

Numbers = NDArray[np.float64]
#: A covariate is used when it takes away at least this share of the variance: less is not worth an adjusted number.
LEAST_REDUCTION = 0.05
#: … and when so many people say how it goes with the outcome.
LEAST_PEOPLE = 200


@dataclass(frozen=True, slots=True)
class ArmSums:
    """One arm: `value` is the outcome of a person in the window, `covariate` the same metric in the window before the assignment.

    Every field but `arm` may be a number or an array (one entry a simulated run). A person without outcome counts with value 0.
    """

    arm: str
    people_count: float | Numbers
    value_sum: float | Numbers
    value_squares: float | Numbers
    covariate_sum: float | Numbers = 0.0
    covariate_squares: float | Numbers = 0.0
    value_covariate: float | Numbers = 0.0


def centred(arm: ArmSums) -> tuple[Numbers, Numbers, Numbers]:
    """Sums of squares of value and covariate and of their product, around the arm's own means."""
    n, y, x = (np.asarray(number, dtype=float) for number in (arm.people_count, arm.value_sum, arm.covariate_sum))
    people = np.maximum(n, 1)
    return (
        np.maximum(arm.value_squares - y * y / people, 0),
        np.maximum(arm.covariate_squares - x * x / people, 0),
        np.asarray(arm.value_covariate - x * y / people),
    )


def reduction(treated: ArmSums, control: ArmSums) -> tuple[Numbers, Numbers]:
    """Theta and the share of variance that the covariate takes away (CUPED: Deng, Xu, Kohavi and Walker, WSDM 2013).

    Theta is pooled within the arms, so it does not see the effect. Zero and zero where it is not worth it.
    """
    yy, xx, xy = (a + b for a, b in zip(centred(treated), centred(control), strict=True))
    with np.errstate(divide="ignore", invalid="ignore"):
        theta, share = np.where(xx > 0, xy / xx, 0.0), np.where((xx > 0) & (yy > 0), xy * xy / (xx * yy), 0.0)
    helps = (share >= LEAST_REDUCTION) & (np.asarray(treated.people_count + control.people_count) >= LEAST_PEOPLE)
    return np.where(helps, theta, 0.0), np.where(helps, np.minimum(share, 1.0), 0.0)


def sides(treated: ArmSums, control: ArmSums, kind: str, *, adjust: bool = True) -> tuple[Side, Side, Numbers, Numbers]:
    """Both arms ready to compare, the degrees of freedom, and the share of variance taken away by the covariate.

    The variance of a mean is pooled over both arms: with a control of 5 % and money that few spend, the control's own variance is
    small exactly when its mean is, and an interval with it (Welch's) is wrong about twice as often as it says.
    """
    theta, share = reduction(treated, control) if adjust else (np.float64(0), np.float64(0))
    n = [np.maximum(np.asarray(arm.people_count, dtype=float), 1) for arm in (treated, control)]
    before = (treated.covariate_sum + np.asarray(control.covariate_sum)) / (n[0] + n[1])
    spread = (1 - share) * (centred(treated)[0] + centred(control)[0]) / np.maximum(n[0] + n[1] - 2, 1)
    squares = np.asarray(treated.value_squares + np.asarray(control.value_squares), dtype=float)
    filling = np.square(treated.value_sum + np.asarray(control.value_sum)) / np.maximum(squares * (n[0] + n[1]), 1e-300)
    found = []
    for arm, people in zip((treated, control), n, strict=True):
        mean = np.asarray(arm.value_sum / people - theta * (arm.covariate_sum / people - before))
        if kind == "proportion":
            found.append(Side(np.clip(mean, 0, 1), np.full_like(mean, np.nan), people / np.maximum(1 - share, 1e-3)))
        else:
            found.append(Side(mean, np.sqrt(spread / people), people))
    return found[0], found[1], freedom(n[0], n[1], filling), np.asarray(share)
