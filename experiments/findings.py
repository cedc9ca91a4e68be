"""From what was counted to what it was worth: every arm against the control, in every metric and segment, with the interval that fits.

- A test in its run: by the plan of looks when one is due; between looks by the interval that holds whenever one looks.
- A control group is looked at every day for ever: always by that interval. So is every segment, at a level shared by all of its kind.
- A guardrail, a winner that is watched, an experiment of the past: once, by a plain interval.
With several arms the level is shared by them. A little long, for it is one file about one row.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from experiments import planner
from experiments.estimate import Effect, estimate
from experiments.looks import aim, due, information, looks_of, plan_of, retired
from experiments.plans import Plan
from experiments.ratio import is_ratio_alarm, ratio_p_value
from experiments.records import Finding, Verdict
from experiments.states import told
from experiments.sums import ArmSums
from experiments.trial import EVERYBODY, Rules, Tally, Trial

#: An interval that always holds is tightest at so many people in each arm, where no plan says how many there will be.
HORIZON = 5_000
#: A segment with fewer people in an arm says nothing, and might say something of one of them.
LEAST_SEGMENT = 30


def findings(trial: Trial, tallies: Iterable[Tally], history: Sequence[Verdict], rules: Rules, as_of: datetime) -> list[Finding]:
    """What the arms of one experiment bring. as_of: naive UTC. tallies: of this experiment, all phases; a comparison without its control,
    or in a segment with fewer than LEAST_SEGMENT in an arm, is left out, and so are guardrails in segments."""

    def place(tally: Tally) -> tuple[str, str, str, str]:
        return tally.phase, tally.metric, tally.segment_type, tally.segment

    rows = sorted(tallies, key=place)
    compared = [own for _, group in groupby(rows, key=place) if _is_comparable(trial, own := list(group))]
    kinds = Counter(place(own[0])[:3] for own in compared)
    cases = (_Comparison(trial, own, rows, history, rules, as_of, kinds[place(own[0])[:3]]) for own in compared)
    return [told(found, trial, history, rules, is_share=case.is_share) for case in cases for found in case.findings()]


def _is_comparable(trial: Trial, rows: Sequence[Tally]) -> bool:
    arms = {row.arm for row in rows}
    is_whole = rows[0].segment_type == EVERYBODY or all(row.people_count >= LEAST_SEGMENT for row in rows)
    is_asked = rows[0].segment_type == EVERYBODY or rows[0].metric not in trial.guardrails
    return trial.control in arms and len(arms) > 1 and len(arms) == len(rows) and is_whole and is_asked


@dataclass(frozen=True, slots=True)
class _Comparison:
    """One metric in one segment and phase. rows: a tally for each arm. all_rows: those of the whole experiment. kind_count: comparisons
    that share the level."""

    trial: Trial
    rows: list[Tally]
    all_rows: list[Tally]
    history: Sequence[Verdict]
    rules: Rules
    as_of: datetime
    kind_count: int

    def findings(self) -> list[Finding]:
        """A row for each arm but the control."""
        first, trial = self.rows[0], self.trial
        arms = {row.arm: row for row in self.rows}
        is_everybody, is_current = first.segment_type == EVERYBODY, first.phase == trial.phase
        is_primary = is_everybody and trial.metric in (None, first.metric)
        has_plan = trial.is_judged and is_primary and is_current and first.phase == "test"
        written = plan_of(self.history) if has_plan else None
        share, look, is_due = None, len(looks_of(self.history)), False
        # an arm that is out stays among those that share the level, and nobody waits for its people
        out = retired(self.history) if first.phase == "test" else frozenset()
        running = [row for row in self.rows if row.arm not in out]
        if written:
            share = information(trial, {row.arm: row.people_count for row in running}, written)
            reached, is_due = due(trial, share, self.history, self.days(), min(map(self.conversions, running)), self.rules)
            look = reached if is_due else max((verdict.look or 0 for verdict in looks_of(self.history)), default=0)
        plan, fractions = self.plan(has_plan, is_due, share)
        if trial.kind == "past":
            look, share, is_due = 1, 1.0, True  # its one look
        people = min(row.people_count for row in self.rows)
        effects = estimate(
            [_sums(row) for row in self.rows],
            trial.control,
            "proportion" if self.is_share else "mean",
            plan,
            fractions,
            information=share if share is not None else people / HORIZON,
        )
        is_drawn = is_everybody and is_current and all(arm.share is not None for arm in trial.arms)
        counts = {row.arm: row.drawn for row in running}
        shares = {name: part for name, part in trial.shares.items() if name not in out}
        wanted = aim(trial, written) if written else {}
        return [
            replace(
                self.finding(effect, arms),
                is_primary=is_primary,
                plan=plan.name,
                look=look if has_plan or trial.kind == "past" else None,
                looks=plan.looks if has_plan or trial.kind == "past" else None,
                information=share,
                is_look_due=is_due,
                needed_count=max(0, math.ceil(wanted.get(effect.arm, 0)) - effect.people_count)
                if written and effect.arm not in out
                else None,
                ratio_p_value=ratio_p_value(counts, shares) if is_drawn else None,
                is_ratio_alarm=is_drawn and is_ratio_alarm(counts, shares, self.rules.ratio_alarm),
            )
            for effect in effects
        ]

    @property
    def is_share(self) -> bool:
        """Whether the metric is 0 or 1 for each of them."""
        return all(row.is_share for row in self.rows)

    def plan(self, has_plan: bool, is_due: bool, share: float | None) -> tuple[Plan, list[float]]:
        """The plan by which this comparison is made, and the information at the looks so far; none where no look is due."""
        trial, first, alpha = self.trial, self.rows[0], self.rules.alpha
        if has_plan:
            taken = [verdict.information or 0.0 for verdict in looks_of(self.history)]
            return Plan(trial.plan, trial.looks, alpha), [*taken, share or 0.0] if is_due else []
        if trial.kind == "past":
            return Plan("fixed", 1, alpha / self.kind_count), [1.0]
        if trial.is_judged and first.segment_type == EVERYBODY and (first.metric in trial.guardrails or first.phase == "watch"):
            return Plan("fixed", 1, alpha), [1.0]
        return Plan("always_valid", 1, alpha / self.kind_count), []

    def days(self) -> float:
        """Days since the first person was assigned."""
        started = min((row.first_assigned_at for row in self.rows if row.first_assigned_at), default=self.as_of)
        return (self.as_of - started).total_seconds() / 86_400

    def conversions(self, row: Tally) -> float:
        """How many people of an arm did it: of a metric that is an amount or a number, those who ordered."""
        same = (row.phase, row.segment_type, row.segment, row.arm)
        orders = (one for one in self.all_rows if (one.phase, one.segment_type, one.segment, one.arm) == same and one.metric == "ordered")
        return row.value_sum if row.is_share else next((one.value_sum for one in orders), row.people_count)

    def finding(self, effect: Effect, arms: dict[str, Tally]) -> Finding:
        """An estimate as a row; what is no number is None."""
        first = self.rows[0]
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
            value=_finite(effect.value),
            control_value=_finite(effect.control_value),
            effect=_finite(effect.effect),
            effect_low=_finite(effect.effect_low),
            effect_high=_finite(effect.effect_high),
            lift=_finite(effect.lift),
            lift_low=_finite(effect.lift_low),
            lift_high=_finite(effect.lift_high),
            always_low=_finite(effect.always_low),
            always_high=_finite(effect.always_high),
            p_value=_finite(effect.p_value),
            adjusted_p_value=min(1.0, effect.adjusted_p_value * (1 if first.segment_type == EVERYBODY else self.kind_count)),
            boundary_z=_finite(effect.boundary_z),
            is_adjusted=effect.is_adjusted,
            minimum_effect=self.detectable(arms[effect.control_arm], arms[effect.arm], effect.variance_reduction),
        )

    def detectable(self, control: Tally, arm: Tally, reduction: float) -> float | None:
        """The smallest lift that these people would show at one look."""
        people = control.people_count + arm.people_count
        is_share = control.is_share and arm.is_share
        if control.value_sum <= 0 or not arm.people_count or (is_share and control.value_sum >= control.people_count):
            return None
        spread = sum(row.value_squares - row.value_sum**2 / row.people_count for row in (control, arm)) / people
        metric = planner.Metric(
            control.value_sum / control.people_count,
            None if is_share else math.sqrt(max(spread, 0.0)),
            variance_reduction=reduction,
            is_drawn=False,
        )
        sizes, plan = (control.people_count, arm.people_count), Plan("fixed", 1, self.rules.alpha)
        return planner.detectable(metric, people, sizes, plan, arms=len(self.rows), promised=self.rules.power)


def _sums(row: Tally) -> ArmSums:
    """A tally as the estimates take it."""
    return ArmSums(
        row.arm, row.people_count, row.value_sum, row.value_squares, row.covariate_sum, row.covariate_squares, row.value_covariate
    )


def _finite(number: float | None) -> float | None:
    """The number, None where it is none or without end."""
    return None if number is None or not math.isfinite(number) else float(number)
