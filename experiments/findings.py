"""From what was counted to what it was worth: every arm against the control, in every metric and segment, with the interval that fits.

- A test in its run: by the plan of looks when one is due; between looks by the interval that holds whenever one looks.
- A control group is looked at every day for ever: always by that interval. So is every segment, at a level shared by all of its kind.
- A guardrail, a winner that is watched, an experiment of the past: once, by a plain interval.
With several arms the level is shared by them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from experiments import planner
from experiments.estimate import Effect, estimate
from experiments.plans import Plan
from experiments.ratio import is_ratio_alarm, ratio_p_value
from experiments.states import told
from experiments.sums import ArmSums
from experiments.trial import EVERYBODY, Finding, Rules, Tally, Trial, Verdict
from experiments.verdicts import Planned, looks_of, plan_of

#: What a test is planned to see where it does not say so: a tenth more.
MINIMUM_EFFECT = 0.1
#: So many people, and of a share so many events, say what is usual.
LEAST_PEOPLE, LEAST_EVENTS = 200, 50
#: An interval that always holds is tightest at so many people in each arm, where no plan says how many there will be.
HORIZON = 5_000


def findings(trial: Trial, tallies: Iterable[Tally], history: Sequence[Verdict], rules: Rules, as_of: datetime) -> list[Finding]:
    """What the arms of one experiment bring. as_of: naive UTC. tallies: of this experiment, all phases; a comparison without its control,
    or in a segment with nobody in an arm, is left out."""

    def place(tally: Tally) -> tuple[str, str, str, str]:
        return tally.phase, tally.metric, tally.segment_type, tally.segment

    ordered = sorted(tallies, key=place)
    compared = [list(rows) for _, rows in groupby(ordered, key=place)]
    kinds = {key: len(list(rows)) for key, rows in groupby(ordered_kinds(compared))}
    found: list[Finding] = []
    for rows in compared:
        case = Comparison(trial, rows, ordered, history, rules, as_of, kinds.get(kind_of(rows[0]), 1))
        found += case.findings()
    return [told(finding, trial, history, rules) for finding in found]


def kind_of(tally: Tally) -> tuple[str, str, str]:
    """Comparisons that share a level: the segments of one type."""
    return tally.phase, tally.metric, tally.segment_type


def ordered_kinds(compared: Sequence[Sequence[Tally]]) -> list[tuple[str, str, str]]:
    """The kind of each comparison that can be made, in order."""
    return sorted(kind_of(rows[0]) for rows in compared if all(row.people_count for row in rows))


def planned(trial: Trial, tallies: Iterable[Tally], rules: Rules) -> Planned | None:
    """The plan as it would be made today: of the outcomes of all arms together. None while they are too few, or where no number of people
    shows such an effect."""
    rows = [row for row in tallies if (row.phase, row.metric, row.segment_type) == (trial.phase, trial.metric, EVERYBODY)]
    people, total, squares = (sum(getattr(row, name) for row in rows) for name in ("people_count", "value_sum", "value_squares"))
    is_share = all(row.is_share for row in rows)
    if people < LEAST_PEOPLE or total <= 0 or (is_share and total < LEAST_EVENTS):
        return None
    lift = trial.minimum_effect or MINIMUM_EFFECT
    try:
        metric = planner.Metric(total / people, None if is_share else math.sqrt(max(squares / people - (total / people) ** 2, 0.0)))
        plan = Plan(trial.plan, trial.looks, rules.alpha)
        needed = planner.needed(metric, lift, shares_of(trial), plan, control=trial.control, promised=rules.power)
    except ValueError:
        return None
    return Planned(needed.total, total / people, lift)


def shares_of(trial: Trial) -> dict[str, float]:
    """The declared share of each arm; all alike where they are not declared."""
    return {arm.name: 1.0 if arm.share is None else arm.share for arm in trial.arms}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One metric in one segment and phase: rows has a tally for each arm. kind_count: comparisons that share the level."""

    trial: Trial
    rows: list[Tally]
    all_rows: list[Tally]
    history: Sequence[Verdict]
    rules: Rules
    as_of: datetime
    kind_count: int

    def findings(self) -> list[Finding]:
        """A row for each arm but the control; none where there is nothing to compare."""
        first, trial = self.rows[0], self.trial
        arms = {row.arm: row for row in self.rows}
        is_everybody = first.segment_type == EVERYBODY
        if trial.control not in arms or len(arms) < 2 or not (is_everybody or all(row.people_count for row in self.rows)):
            return []
        is_current = first.phase == trial.phase
        is_primary = is_everybody and trial.metric in (None, first.metric)
        has_plan = trial.is_judged and is_primary and is_current and trial.phase == "test"
        written = plan_of(self.history) if has_plan else None
        information = self.information(arms, written) if written else None
        look, is_due = self.due(information) if information is not None else (None, False)
        fractions = [*(float(verdict.information or 0) for verdict in looks_of(self.history)), information or 0.0] if is_due else []
        plan, fractions = self.plan(has_plan, fractions)
        effects = estimate(
            [sums(row) for row in self.rows],
            trial.control,
            "proportion" if all(row.is_share for row in self.rows) else "mean",
            plan,
            fractions,
            information=information or min(row.people_count for row in self.rows) / HORIZON or None,
        )
        counts, shares = {name: row.assigned_count for name, row in arms.items()}, shares_of(trial)
        is_drawn = is_everybody and is_current and all(arm.share is not None for arm in trial.arms)
        ratio = ratio_p_value(counts, shares) if is_drawn else None
        return [
            replace(
                self.finding(effect, arms),
                is_primary=is_primary,
                plan=plan.name,
                look=look if is_due else len(looks_of(self.history)) if has_plan else None,
                looks=trial.looks if has_plan else None,
                information=information,
                is_look_due=is_due,
                needed_count=self.missing(arms[effect.arm], written),
                ratio_p_value=ratio,
                is_ratio_alarm=is_drawn and is_ratio_alarm(counts, shares, self.rules.ratio_alarm),
            )
            for effect in effects
        ]

    def plan(self, has_plan: bool, fractions: Sequence[float]) -> tuple[Plan, Sequence[float]]:
        """The plan by which this comparison is made, and the looks so far."""
        trial, first, alpha = self.trial, self.rows[0], self.rules.alpha
        if has_plan:
            return Plan(trial.plan, trial.looks, alpha), fractions
        if trial.kind == "past":
            return Plan("fixed", 1, alpha / self.kind_count), [1.0]
        if first.segment_type == EVERYBODY and (first.metric in trial.guardrails or first.phase == "watch"):
            return Plan("fixed", 1, alpha), [1.0]
        return Plan("always_valid", 1, alpha / self.kind_count), []

    def information(self, arms: dict[str, Tally], written: Verdict) -> float:
        """The share of the planned information that is there, by the comparison that has the least of it."""
        shares, total = shares_of(self.trial), float(written.people_count or 1)
        aim = {name: total * share / sum(shares.values()) for name, share in shares.items()}

        def together(one: float, other: float) -> float:
            return one * other / (one + other) if one and other else 0.0

        control = self.trial.control
        pairs = [name for name in self.trial.others if name in arms]
        return min(
            together(arms[control].people_count, arms[name].people_count) / together(aim[control], aim.get(name, aim[control])) for name in pairs
        )

    def due(self, information: float) -> tuple[int, bool]:
        """The look that the information allows, and whether it is to be taken now: it never was, and the rest is there too."""
        looks = Plan(self.trial.plan, self.trial.looks).looks
        look = min(looks, math.floor(information * looks + 1e-9))
        taken = max((verdict.look or 0 for verdict in looks_of(self.history)), default=0)
        started = min((row.first_assigned_at for row in self.rows if row.first_assigned_at), default=self.as_of)
        is_old = (self.as_of - started).total_seconds() >= self.rules.least_days * 86_400
        return look, look > taken and is_old and min(map(self.conversions, self.rows)) >= self.rules.least_conversions

    def conversions(self, row: Tally) -> float:
        """How many people of an arm did it: of a metric that is an amount or a number, those who ordered."""
        if row.is_share:
            return row.value_sum
        same = (row.phase, row.segment_type, row.segment, row.arm, "ordered")
        return next(
            (
                other.value_sum
                for other in self.all_rows
                if (other.phase, other.segment_type, other.segment, other.arm, other.metric) == same
            ),
            row.people_count,
        )

    def missing(self, row: Tally, written: Verdict | None) -> int | None:
        """People of this arm who are still to come."""
        if written is None:
            return None
        shares = shares_of(self.trial)
        aim = float(written.people_count or 0) * shares.get(row.arm, 0.0) / sum(shares.values())
        return max(0, math.ceil(aim) - row.people_count)

    def finding(self, effect: Effect, arms: dict[str, Tally]) -> Finding:
        """An estimate as a row; what is no number is None."""
        first = self.rows[0]
        numbers = ("value", "control_value", "effect", "effect_low", "effect_high", "lift", "lift_low", "lift_high")
        numbers += ("always_low", "always_high", "p_value", "adjusted_p_value", "boundary_z")
        return Finding(
            as_of=self.as_of,
            experiment=self.trial.experiment,
            phase=first.phase,
            segment_type=first.segment_type,
            segment=first.segment,
            metric=first.metric,
            arm=effect.arm,
            control_arm=effect.control_arm,
            people_count=effect.people_count,
            control_people_count=effect.control_people_count,
            is_adjusted=effect.is_adjusted,
            minimum_effect=self.detectable(effect, arms),
            **{name: finite(getattr(effect, name)) for name in numbers},
        )

    def detectable(self, effect: Effect, arms: dict[str, Tally]) -> float | None:
        """The smallest lift that these people would show at one look."""
        control, arm = arms[effect.control_arm], arms[effect.arm]
        if not (control.value_sum > 0 and arm.people_count and control.people_count):
            return None
        both = (control, arm)
        people, base = sum(row.people_count for row in both), control.value_sum / control.people_count
        is_share = all(row.is_share for row in both)
        spread = sum(row.value_squares - row.value_sum**2 / row.people_count for row in both) / people
        if is_share and base >= 1:
            return None
        metric = planner.Metric(base, None if is_share else math.sqrt(max(spread, 0.0)), variance_reduction=effect.variance_reduction)
        sizes = (control.people_count, arm.people_count)
        plan = Plan("fixed", 1, self.rules.alpha)
        return planner.detectable(metric, people, sizes, plan, arms=len(arms), promised=self.rules.power)


def sums(row: Tally) -> ArmSums:
    """A tally as the estimates take it."""
    return ArmSums(
        row.arm, row.people_count, row.value_sum, row.value_squares, row.covariate_sum, row.covariate_squares, row.value_covariate
    )


def finite(number: float | None) -> float | None:
    """The number, None where it is none or without end."""
    return None if number is None or not math.isfinite(number) else float(number)
