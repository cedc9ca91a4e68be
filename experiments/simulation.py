"""Does what is promised hold? Experiments drawn by the thousand: false positives where there is no effect, power where there is one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from experiments import planner
from experiments.few import first, limits
from experiments.plans import Plan
from experiments.worlds import World

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
#: Looks that every plan's own are among: an always-valid interval is looked at on each, four looks on every seventh.
STEPS = planner.DAILY
#: So many runs are drawn at a time, to bound the memory.
AT_ONCE = 250
ON_OFFER = (Plan("fixed"), Plan("obrien_fleming", 4), Plan("pocock", 4), Plan("always_valid", STEPS))


@dataclass(frozen=True, slots=True)
class Case:
    """A world, how many people come in all, and the arms' shares (the control's first)."""

    world: World
    people: int
    shares: tuple[float, ...] = (50.0, 50.0)
    adjust: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one case under one plan. Shares of the runs: `false_positives` without an effect, `power` (seen on the right side) with
    `lift`, `promised` by the planner, `missed`: the interval of some look left out the true effect, which was `lift`."""

    case: Case
    plan: Plan
    false_positives: float
    lift: float | None
    promised: float | None
    power: float | None
    missed: float | None


def simulate(cases: Iterable[Case], plans: Sequence[Plan] = ON_OFFER, *, runs: int = 2000, seed: int = 1) -> Iterator[Row]:
    """Every case under every plan. The effect is the smallest that the planner promises to show four times in five under that plan; where
    its promise would be a guess, only false positives are counted."""
    for number, case in enumerate(cases):
        metric, arms = _told(case), len(case.shares)
        pair, both = (case.shares[0], case.shares[1]), case.people * sum(case.shares[:2]) / sum(case.shares)
        rough = planner.is_rough(metric, case.people * min(case.shares) / sum(case.shares))
        still = _outcomes(case, 0.0, plans, runs, np.random.default_rng([seed, number, 0]))
        for place, plan in enumerate(plans):
            row = Row(case, plan, float(still[place][0].mean()), None, None, None, None)
            lift = planner.detectable(metric, both, pair, plan, arms=arms) if not rough else None
            if lift:
                ((_, better, missed),) = _outcomes(case, lift, [plan], runs, np.random.default_rng([seed, number, place + 1]))
                promised = planner.power(metric, lift, both, pair, plan, arms=arms)
                row = replace(row, lift=lift, promised=promised, power=float(better.mean()), missed=float(missed.mean()))
            yield row


def _told(case: Case) -> planner.Metric:
    metric = case.world.metric
    return metric if case.adjust else replace(metric, variance_reduction=0.0)


def _outcomes(case: Case, lift: float, plans: Sequence[Plan], runs: int, random: np.random.Generator) -> list[tuple[Flags, Flags, Flags]]:
    """For each plan and run: any arm seen to differ; the first treated arm seen to be better; the truth left out by an interval of it."""
    parts = [_sums(case, lift, min(AT_ONCE, runs - done), random) for done in range(0, runs, AT_ONCE)]
    sums = np.concatenate(parts)
    return [judged(sums, case.world.kind, plan, case.adjust, lift * case.world.metric.base) for plan in plans]


def _sums(case: Case, lift: float, runs: int, random: np.random.Generator) -> Numbers:
    """Shape (runs, STEPS, arms, 6): people, y, y², x, x², xy up to each step. People come evenly and fall into arms by chance."""
    steps = np.diff(np.linspace(0, case.people, STEPS + 1).round()).astype(np.int64)
    people = random.multinomial(np.broadcast_to(steps, (runs, STEPS)), np.array(case.shares) / sum(case.shares))
    world = case.world if case.adjust else case.world.unknown_before()
    drawn = [world.draw(people[..., arm], lift if arm == 1 else 0.0, random) for arm in range(len(case.shares))]
    return np.cumsum(np.concatenate([people[..., None], np.stack(drawn, axis=2)], axis=3), axis=1)


def redrawn(
    values: Numbers, kind: str, shares: tuple[float, ...], plans: Sequence[Plan] = ON_OFFER, *, runs: int = 2000, seed: int = 1
) -> list[float]:
    """The share of false positives under each plan among people as they are: their order and their arms are drawn anew for each run, and
    nothing is done to anyone. `values`: shape (people, 2), outcome and covariate."""
    random = np.random.default_rng(seed)
    y, x = np.asarray(values, dtype=float).T
    each = np.stack([np.ones(len(y)), y, y * y, x, x * x, x * y], axis=1)
    ends = np.linspace(0, len(y), STEPS + 1).round().astype(int)[:-1]
    edges = np.cumsum(shares)[:-1] / sum(shares)
    parts = []
    for _ in range(runs):
        order, arm = random.permutation(len(y)), np.searchsorted(edges, random.random(len(y)), side="right")
        mine = each[order]
        parts.append(np.stack([np.add.reduceat(mine * (arm == one)[:, None], ends, axis=0) for one in range(len(shares))], axis=1))
    sums = np.cumsum(np.stack(parts), axis=1)
    return [float(judged(sums, kind, plan, adjust=True)[0].mean()) for plan in plans]


def judged(sums: Numbers, kind: str, plan: Plan, adjust: bool, truth: float = 0.0) -> tuple[Flags, Flags, Flags]:
    """What a plan says of many runs, `sums` of shape (runs, steps, arms, 6), the control first: see `_outcomes`."""
    steps = sums.shape[1]
    looks = steps if plan.name == "always_valid" else plan.looks
    at = np.round(np.arange(1, looks + 1) * steps / looks).astype(int) - 1
    bounds = plan.at(plan.alpha / (sums.shape[2] - 1)).boundary((at + 1) / steps)
    found = []
    for arm in range(1, sums.shape[2]):
        low, high = limits(sums[:, at], arm, kind, bounds, adjust)
        up, down = first(low > 0), first(high < 0)
        found.append((np.minimum(up, down) < looks, up < down, np.asarray(np.any((low > truth) | (high < truth), axis=1))))
    return np.asarray(np.any([differs for differs, _, _ in found], axis=0)), found[0][1], found[0][2]
