"""Figures in words: what an effect is, in sentences that need no statistics."""

from __future__ import annotations

from experiments.records import Finding
from experiments.trial import EVERYBODY, SHARES, Rules


def mean(metric: str, value: float | None, *, is_share: bool = False) -> str:
    """A mean in words: a share as per cent, else a number. is_share: of a metric that is not ours, whether it is one."""
    if value is None:
        return "unknown"
    return f"{100 * value:.3g} %" if is_share or metric in SHARES else f"{value:,.4g}"


def relative(value: float) -> str:
    """A relative difference: +12 %, below ten with a digit more."""
    return f"{100 * value:+.1f} %" if abs(value) < 0.1 else f"{100 * value:+.0f} %"


def difference(found: Finding) -> str:
    """The effect with its interval: relative where that can be told, else in the metric's own unit."""
    if found.lift is not None and found.lift_low is not None and found.lift_high is not None:
        return f"{relative(found.lift)} ({relative(found.lift_low)} to {relative(found.lift_high)})"
    if found.effect is not None and found.effect_low is not None and found.effect_high is not None:
        return f"{found.effect:+.4g} ({found.effect_low:+.4g} to {found.effect_high:+.4g})"
    return "not known yet"


def figures(found: Finding, *, is_share: bool = False) -> str:
    """Both means, the people behind them, and the difference. is_share: as `mean` has it."""
    value, control = (mean(found.metric, one, is_share=is_share) for one in (found.value, found.control_value))
    arms = (
        f"{value} of {found.people_count:,} with {found.arm} against {control} of {found.control_people_count:,} with {found.control_arm}"
    )
    adjusted = ", adjusted by what they did before" if found.is_adjusted else ""
    return f"{found.metric} {arms}: {difference(found)}{adjusted}"


def sees(found: Finding) -> str:
    """From which effect on these people would show one."""
    return f"sees from {relative(found.minimum_effect)} on" if found.minimum_effect is not None else "sees nothing yet"


def alarm(found: Finding, rules: Rules) -> str:
    """What is said where the arms have other sizes than were drawn."""
    return (
        f"no verdict: the arms have other sizes than were drawn (chance {found.ratio_p_value:.1g}, alarm below {rules.ratio_alarm:g}); "
        "find out whom one of them loses before anything is read from it"
    )


def where(found: Finding) -> str:
    """The segment in words; nothing for everybody."""
    return "" if found.segment_type == EVERYBODY else f"{found.segment_type} {found.segment}: "
