"""What an experiment found, as the pages tell it: the interval that may be looked at now, and what it says.

On a page that anybody opens at any day the always-valid interval is shown (Johari et al., Always Valid Inference, 2022); only where a
planned look is due, that of the plan. A lift whose interval holds zero is no verdict, whichever side its middle lies on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reports.cells import is_true, number, said, whole
from reports.outcomes import LESS_IS_BETTER, metric_words
from reports.words import between, signed

GLOBAL = "holdout"
#: Fewer people than this are not shown apart from others.
LEAST_PEOPLE = 5


@dataclass(frozen=True)
class Effect:
    """An arm against its control. people, control_people: those whose days are over; effect, low, high: a person, in the metric's unit;
    lift and its bounds: of the control's value; detectable: the smallest lift that these people would show; NaN where not known.
    is_planned: the interval is that of a planned look. verdict: better, worse, open, or unknown where there is no interval."""

    experiment: str
    phase: str
    segment_type: str
    segment: str
    metric: str
    arm: str
    control_arm: str
    people: int
    control_people: int
    value: float
    control_value: float
    effect: float
    low: float
    high: float
    lift: float
    lift_low: float
    lift_high: float
    detectable: float
    is_planned: bool
    is_primary: bool
    is_ratio_alarm: bool

    @property
    def campaign(self) -> str:
        """Whose experiment it is; nothing for the global control and for past experiments."""
        if self.experiment == GLOBAL or self.experiment.startswith("past:"):
            return ""
        return self.experiment.removeprefix("holdout:").partition(":")[0]

    @property
    def is_holdout(self) -> bool:
        """Whether the control gets nothing."""
        return self.experiment == GLOBAL or self.experiment.startswith("holdout:")

    @property
    def verdict(self) -> str:
        if math.isnan(self.low) or math.isnan(self.high):
            return "unknown"
        if self.is_ratio_alarm or self.low <= 0 <= self.high:
            return "open"
        return "better" if (self.low > 0) == (self.metric not in LESS_IS_BETTER) else "worse"

    @property
    def words(self) -> str:
        """`+4 %, between −2 % and +10 %`, of the metric."""
        if self.verdict == "unknown":
            return "not known yet"
        if self.is_ratio_alarm:
            return "its groups are not as drawn"
        if math.isnan(self.lift):
            return f"{signed(self.effect, '')} a person, {between(self.low, self.high, '')}"
        widest = max(abs(self.lift_low), abs(self.lift_high))
        return f"{signed(self.lift, 'share', like=widest)}, {between(self.lift_low, self.lift_high, 'share')}"

    @property
    def sentence(self) -> str:
        """What is known, and where there is no verdict, what would be seen."""
        found = f"{self.words} in {metric_words(self.metric)}"
        match self.verdict:
            case "unknown":
                return "no verdict yet: nobody's days are over, or one of the groups is empty"
            case "better":
                return f"helps: {found}"
            case "worse":
                return f"does harm: {found}"
        if self.is_ratio_alarm:
            return "no verdict: the groups are not as large as they were drawn, so something sorts people into them"
        sees = "" if math.isnan(self.detectable) else f"; it would be seen from {signed(self.detectable, 'share')} on"
        return f"no verdict yet ({found}{sees})"


def effect(row: Mapping[str, Any]) -> Effect:
    """A row of proof.effects."""
    control = number(row["control_value"])
    is_planned = is_true(row["is_look_due"]) and not math.isnan(number(row["effect_low"]))
    low, high = (number(row[name]) for name in (("effect_low", "effect_high") if is_planned else ("always_low", "always_high")))
    if is_planned and not math.isnan(number(row["lift_low"])):
        lift_low, lift_high = number(row["lift_low"]), number(row["lift_high"])
    else:
        lift_low, lift_high = (bound / control if control > 0 else math.nan for bound in (low, high))
    return Effect(
        experiment=said(row["experiment"]),
        phase=said(row["phase"]),
        segment_type=said(row["segment_type"]),
        segment=said(row["segment"]),
        metric=said(row["metric"]),
        arm=said(row["arm"]),
        control_arm=said(row["control_arm"]),
        people=whole(row["people_count"]),
        control_people=whole(row["control_people_count"]),
        value=number(row["value"]),
        control_value=control,
        effect=number(row["effect"]),
        low=low,
        high=high,
        lift=number(row["lift"]) if control > 0 else math.nan,
        lift_low=lift_low,
        lift_high=lift_high,
        detectable=number(row["minimum_effect"]),
        is_planned=is_planned,
        is_primary=is_true(row["is_primary"]),
        is_ratio_alarm=is_true(row["is_ratio_alarm"]),
    )


def effects(rows: Iterable[Mapping[str, Any]]) -> list[Effect]:
    """Of everybody together, in the order of the rows."""
    return [one for one in map(effect, rows) if one.segment_type in ("all", "")]


def programme(found: Iterable[Effect], metric: str) -> Effect | None:
    """What the whole programme did to a metric, against the global control."""
    return next((one for one in found if one.experiment == GLOBAL and one.metric == metric), None)


def of_campaigns(found: Iterable[Effect]) -> list[Effect]:
    """One of each campaign, of its own metric against its own control: those with a verdict first, from best to worst, then the others."""
    own = [one for one in found if one.is_holdout and one.campaign and one.is_primary]
    places = {"better": 0, "worse": 2, "open": 1, "unknown": 3}
    return sorted(own, key=lambda one: (places[one.verdict], -one.lift if not math.isnan(one.lift) else math.inf, one.campaign))
