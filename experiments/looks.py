"""The plan of a test, made once and written down, and which look is due by it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from experiments import planner
from experiments.guarded import guard_of
from experiments.plans import Plan
from experiments.records import Verdict
from experiments.trial import EVERYBODY, Rules, Tally, Trial

#: What a test is planned to see where it does not say so: a tenth more.
MINIMUM_EFFECT = 0.1
#: So many people, and of a share so many events, say what is usual.
LEAST_PEOPLE, LEAST_EVENTS = 200, 50
#: Of a share that most reach already, no more is planned for than this part of what is left to all.
MOST_OF_THE_REST = 0.5


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan of an experiment: people needed in all arms together, to see `minimum_effect` (relative) at a mean of `base`."""

    people_count: int
    base: float
    minimum_effect: float


def planned(trial: Trial, tallies: Sequence[Tally], rules: Rules) -> Planned | None:
    """The plan as it would be made today: of the outcomes of all arms together. None while they are too few, or where no number of people
    shows such an effect. What the control brings follows from that as if the planned effect were there, in one arm: the promise is for
    then, and without it the plan has some people more than it needs."""
    here = [row for row in tallies if (row.phase, row.segment_type) == (trial.phase, EVERYBODY)]
    rows = [row for row in here if row.metric == trial.metric]
    people, total, squares = _summed(rows)
    is_share = all(row.is_share for row in rows)
    if people < LEAST_PEOPLE or total <= 0 or (is_share and total < LEAST_EVENTS):
        return None
    drawn = {name: share for name, share in trial.shares.items() if share > 0}
    lift = trial.minimum_effect or MINIMUM_EFFECT
    if is_share:
        lift = min(lift, MOST_OF_THE_REST * (people - total) / total)
    usual = 1 / (1 + lift * min(share for name, share in drawn.items() if name != trial.control) / sum(drawn.values()))
    base, bought = usual * total / people, usual * sum(row.value_sum for row in here if row.metric == "ordered")
    guarded = {name: [row for row in here if row.metric == name] for name in trial.guardrails}
    guards = [
        guard_of(name, *_summed(found), is_share=all(row.is_share for row in found))
        for name, found in guarded.items()
        if name != trial.metric
    ]
    try:
        spread = None if is_share else math.sqrt(max(usual * squares / people - base**2, 0.0))
        metric = planner.Metric(base, spread, buyers=bought / people if spread and 0 < bought <= people else None)
        plan = Plan(trial.plan, trial.looks, rules.alpha)
        needed = planner.needed(metric, lift, drawn, plan, control=trial.control, promised=rules.power, guards=guards)
    except ValueError:
        return None
    return Planned(needed.total, base, lift)


def _summed(rows: Sequence[Tally]) -> tuple[float, float, float]:
    """People, values and squares of several arms together."""
    people, total, squares = (float(sum(getattr(row, name) for row in rows)) for name in ("people_count", "value_sum", "value_squares"))
    return people, total, squares


def plan_of(history: Iterable[Verdict], phase: str = "test") -> Verdict | None:
    """The plan that was written down."""
    return next((verdict for verdict in history if verdict.look == 0 and verdict.phase == phase), None)


def looks_of(history: Iterable[Verdict], phase: str = "test") -> list[Verdict]:
    """The looks that were taken, in their order; the plan is none."""
    return sorted((verdict for verdict in history if verdict.phase == phase and verdict.look), key=lambda verdict: verdict.look or 0)


def retired(history: Iterable[Verdict]) -> frozenset[str]:
    """The arms that were taken out of a test while the others go on."""
    return frozenset(arm for verdict in history if verdict.retired for arm in verdict.retired.split(","))


def aim(trial: Trial, written: Verdict) -> dict[str, float]:
    """How many people the plan wants in each arm."""
    whole = sum(trial.shares.values())
    return {name: (written.people_count or 0) * share / whole for name, share in trial.shares.items()}


def information(trial: Trial, people: Mapping[str, int], written: Verdict) -> float:
    """The share of the planned information that is there, by the comparison that has the least of it. people: by arm that goes on."""
    wanted = aim(trial, written)
    pairs = [name for name in trial.others if name in people and wanted[name] > 0]
    return min(_together(people[trial.control], people[name]) / _together(wanted[trial.control], wanted[name]) for name in pairs)


def _together(one: float, other: float) -> float:
    return one * other / (one + other) if one and other else 0.0


def due(trial: Trial, share: float, history: Sequence[Verdict], days: float, conversions: float, rules: Rules) -> tuple[int, bool]:
    """The look that so much information allows, and whether it is to be taken now: it never was, and days and conversions suffice."""
    looks = Plan(trial.plan, trial.looks, rules.alpha).looks
    look = min(looks, math.floor(share * looks + 1e-9))
    taken = max((verdict.look or 0 for verdict in looks_of(history)), default=0)
    return look, look > taken and days >= rules.least_days and conversions >= rules.least_conversions
