"""What must not get worse while something else gets better: unsubscriptions and complaints, or whatever an experiment names.

Two questions, both one-sided. Is it *kept*? A promotion asks for that: at 2.5 % it must be excluded that the arm is worse by the margin or
more (a test of non-inferiority, by one end of the 95 % interval). Is it *broken*? That ends an experiment on any day: the interval that
holds whenever one looks lies beyond the tolerance, and it is about LEAST_EVENTS people at least.
"""

from __future__ import annotations

from collections.abc import Iterable

from experiments.records import Finding
from experiments.trial import HARMS, SHARES

#: Of shares, in absolute terms: half a percentage point more is too much, a tenth beyond doubt is enough to stop.
MARGIN, TOLERANCE = 0.005, 0.001
#: Of other metrics, in parts of the control's mean.
RELATIVE_MARGIN, RELATIVE_TOLERANCE = 0.05, 0.01
LEAST_EVENTS = 10


def is_kept(found: Finding) -> bool:
    """Whether it is excluded that the arm is worse than the control by the margin or more."""
    worst = found.effect_high if found.metric in HARMS else None if found.effect_low is None else -found.effect_low
    if worst is None or found.control_value is None:
        return False
    return worst < (MARGIN if found.metric in SHARES else RELATIVE_MARGIN * abs(found.control_value))


def is_broken(found: Finding) -> bool:
    """Whether the arm is surely worse, whenever one looks."""
    surely = found.always_low if found.metric in HARMS else None if found.always_high is None else -found.always_high
    if surely is None or found.control_value is None or found.value is None:
        return False
    if found.metric not in SHARES:
        return surely > RELATIVE_TOLERANCE * abs(found.control_value)
    events = max(found.value * found.people_count, found.control_value * found.control_people_count)
    return surely > TOLERANCE and events >= LEAST_EVENTS


def not_kept(guardrails: Iterable[Finding], wanted: Iterable[str], arm: str) -> list[str]:
    """The guardrails that an arm does not keep, or of which nothing is known."""
    of_arm = {found.metric: found for found in guardrails if found.arm == arm}
    return [metric for metric in wanted if metric not in of_arm or not is_kept(of_arm[metric])]
