"""The effect of each arm against the control, from sums alone, with the intervals that go with the plan's looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from experiments import always_valid, intervals
from experiments.adjust import holm
from experiments.intervals import KINDS
from experiments.plans import Plan
from experiments.sums import ArmSums, sides


@dataclass(frozen=True, slots=True)
class Effect:
    """One arm against the control. Values are means a person; an effect is treated minus control, a lift effect over control.

    `value`, `control_value`: as measured. `effect` and `lift` are adjusted by the covariate where `is_adjusted`; `variance_reduction`: the
    share of variance that took away. Interval and p-value are those of the look (repeated, two-sided; with several arms the intervals
    hold all together, Bonferroni); without a look due, those of the always-valid interval. `always_low`, `always_high`: always valid.
    `boundary_z`: how many standard errors the interval reaches; infinite when nothing can be concluded at this look. `z`: how far the
    estimate is from no effect. `p_value` is for this arm alone, `adjusted_p_value` for all arms of the experiment (Holm).
    The lift is None where there is none: `lift_unknown` says why. Means without people are NaN.
    """

    arm: str
    control_arm: str
    people_count: int
    control_people_count: int
    value: float
    control_value: float
    effect: float
    effect_low: float
    effect_high: float
    lift: float | None
    lift_low: float | None
    lift_high: float | None
    lift_unknown: str | None
    always_low: float
    always_high: float
    z: float
    boundary_z: float
    p_value: float
    adjusted_p_value: float
    is_adjusted: bool
    variance_reduction: float


def estimate(
    arms: Sequence[ArmSums],
    control: str,
    metric_kind: str,
    plan: Plan,
    fractions: Sequence[float] = (),
    *,
    information: float | None = None,
    adjust: bool = True,
) -> list[Effect]:
    """The effects of all arms but `control`, in their order.

    metric_kind: 'proportion' (0 or 1 a person) or 'mean'. `fractions`: the information at each look held, the present one last (people
    then over people planned); empty when no look is due. `information`: that of today, for the always-valid interval; by default the last
    of `fractions`, else 1. `adjust`: use the covariate where it helps (decided from the variance alone).
    ValueError: no such control, fewer than two arms, an unknown kind, or more looks than the plan has.
    """
    if metric_kind not in KINDS:
        raise ValueError(f"a metric is a {' or a '.join(KINDS)}, not {metric_kind!r}")
    names = [arm.arm for arm in arms]
    if names.count(control) != 1 or len(set(names)) != len(names) or len(names) < 2:
        raise ValueError("an experiment needs its control once, and other arms of different names")
    base, others = arms[names.index(control)], [arm for arm in arms if arm.arm != control]
    today = information if information is not None else fractions[-1] if fractions else 1.0
    found = [_against(base, arm, metric_kind, plan.at(plan.alpha / len(others)), plan, fractions, today, adjust) for arm in others]
    adjusted = holm([effect.p_value for effect in found])
    return [replace(effect, adjusted_p_value=p_value) for effect, p_value in zip(found, adjusted, strict=True)]


def _against(
    base: ArmSums, arm: ArmSums, kind: str, shared: Plan, alone: Plan, fractions: Sequence[float], today: float, adjust: bool
) -> Effect:
    always_z = float(always_valid.critical(today, shared.alpha))
    boundary_z = float(shared.boundary(fractions)[-1]) if fractions else always_z
    n, m = float(arm.people_count), float(base.people_count)
    if n < 1 or m < 1:
        return _nothing(base, arm, boundary_z)
    treated, control, freedom, share = sides(arm, base, kind, adjust=adjust)

    def reach(z: float) -> intervals.Numbers:
        return np.asarray(z) if kind == "proportion" else intervals.small_sample(np.asarray(z), freedom)

    z = float(intervals.distance(treated, control, kind, freedom))
    # one person says nothing about how far people differ, and where all are the same a mean's error is no error
    blind = kind == "mean" and (n + m < 4 or float(np.hypot(treated.error, control.error)) <= 0)
    low, high = (float(bound) for bound in intervals.difference(treated, control, kind, reach(np.inf if blind else boundary_z)))
    if blind:
        z, low, high = 0.0, -np.inf, np.inf
    always = intervals.difference(treated, control, kind, reach(always_z))
    lift_low, lift_high = (float(bound) for bound in intervals.ratio(treated, control, kind, reach(boundary_z)))
    lift = float(treated.mean / control.mean - 1) if float(control.mean) > 0 else None
    unknown = None
    if lift is None:
        unknown = f"{base.arm} has nothing to compare with"
    elif not np.isfinite(lift_low) or blind:
        unknown = f"{base.arm} is too near to nothing for a lift with limits"
    known = unknown is None
    return Effect(
        arm=arm.arm,
        control_arm=base.arm,
        people_count=int(n),
        control_people_count=int(m),
        value=float(arm.value_sum) / n,
        control_value=float(base.value_sum) / m,
        effect=float(treated.mean - control.mean),
        effect_low=low,
        effect_high=high,
        lift=lift,
        lift_low=lift_low if known else None,
        lift_high=lift_high if known else None,
        lift_unknown=unknown,
        always_low=-np.inf if blind else float(always[0]),
        always_high=np.inf if blind else float(always[1]),
        z=z,
        boundary_z=boundary_z,
        p_value=alone.p_value(z, fractions) if fractions else float(always_valid.p_value(z, today, alone.alpha)),
        adjusted_p_value=1.0,
        is_adjusted=bool(share > 0),
        variance_reduction=float(share),
    )


def _nothing(base: ArmSums, arm: ArmSums, boundary_z: float) -> Effect:
    """An arm without people: no number, and no interval that would leave anything out."""
    n, m, gone = float(arm.people_count), float(base.people_count), float("nan")
    value, control_value = (float(one.value_sum) / people if people >= 1 else gone for one, people in ((arm, n), (base, m)))
    return Effect(
        arm.arm, base.arm, int(n), int(m), value, control_value, gone, -np.inf, np.inf, None, None, None, "an arm has nobody yet",
        -np.inf, np.inf, 0.0, boundary_z, 1.0, 1.0, False, 0.0,
    )  # fmt: skip
