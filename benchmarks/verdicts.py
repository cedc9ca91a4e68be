"""The whole rule on made-up tests, asked every day as the runs do: how often it decides where there is nothing to decide, and how often
it finds what is there. One file: people, days and figures.

    python -m benchmarks.verdicts [--runs 2000] [--only fixed] [--effect]

People are not normal: few order, fewer spend much, who did before does again, some unsubscribe. Guardrails, the alarm of sample ratios,
CUPED, several arms that share the level, and control groups that are looked at for ever take part, as in `experiments/judge.py`. Of the
rules least_days alone is another: 4 days instead of 14, so that every look is taken, which gives chance more occasions. A false positive
is whatever speaks of a winner or of harm: promoted, stopped, retired, a broken guardrail, or a control group's "fix or stop".
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from experiments import always_valid, few, looks
from experiments.findings import HORIZON
from experiments.judge import judge
from experiments.records import Verdict
from experiments.trial import EVERYBODY, Arm, Rules, Tally, Trial

Numbers = NDArray[np.float64]
RUNS = 2_000
#: The most that may come of nothing.
MOST = 0.06
#: How far from the plan's promise its winners may be.
OFF = 0.03
START = datetime(2026, 1, 1)  # noqa: DTZ001 (as the warehouse has it: UTC without a zone)
RULES = Rules(least_days=4)
GUARDRAILS = ("unsubscribed", "complained")
#: Made-up people of whom those of a run are drawn; who orders, unsubscribes and complains of them.
PEOPLE, ORDER, UNSUBSCRIBE, COMPLAIN = 60_000, 0.12, 0.004, 0.0005
#: A test is over after so many days at the latest, where its plan did not end it before.
MOST_DAYS = 60
#: So many days a control group is looked at.
CONTROL_DAYS = 90


@dataclass(frozen=True, slots=True)
class Case:
    """A plan on offer. arms: with the control; control_share: of a control group, which has no plan. minimum_effect: what the plan is made
    for; `daily` people come, so that its looks fall on several days."""

    name: str
    plan: str = "fixed"
    metric: str = "ordered"
    arms: int = 2
    control_share: float | None = None
    minimum_effect: float = 0.2
    daily: int = 500

    @property
    def trial(self) -> Trial:
        """As it is declared."""
        names = ["usual", *(f"other {number}" for number in range(1, self.arms))]
        shares = [self.control_share, 1 - self.control_share] if self.control_share else [1 / self.arms] * self.arms
        arms = tuple(Arm(name, name == "usual", share) for name, share in zip(names, shares, strict=True))
        facts = {"metric": self.metric, "outcome_days": 1}
        if self.control_share:
            return Trial("holdout:made_up", "campaign", arms, **facts)  # type: ignore[arg-type]
        effect = {"plan": self.plan, "looks": 4, "minimum_effect": self.minimum_effect, "guardrails": GUARDRAILS}
        return Trial("made_up:test", "variants", arms, **facts, **effect)  # type: ignore[arg-type]


PLANS = ("fixed", "obrien_fleming", "pocock")
CASES = (
    *(Case(f"{plan}: orders", plan) for plan in PLANS),
    *(Case(f"{plan}: orders, three arms", plan, arms=3, daily=900) for plan in PLANS),
    *(Case(f"{plan}: revenue, CUPED", plan, "revenue", minimum_effect=0.25, daily=700) for plan in PLANS),
    Case("control group of 5 %, always valid: orders", control_share=0.05),
    Case("control group of 5 %, always valid: revenue, CUPED", metric="revenue", control_share=0.05),
)


@lru_cache(maxsize=8)
def people(lift: float) -> dict[str, Numbers]:
    """The made-up people: what each does, and did before. lift: so many more of them order, of those who would not have."""
    random = np.random.default_rng(5)
    eager = random.gamma(0.5, 2.0, PEOPLE) * -np.log1p(-ORDER) * 1.1
    taste = random.normal(0, 0.6, PEOPLE)
    bought = [random.random(PEOPLE) < -np.expm1(-eager) for _ in range(2)]
    bought[0] |= random.random(PEOPLE) < lift * bought[0].mean() / (1 - bought[0].mean())
    spent = [np.where(did, np.exp(3.5 + taste + random.normal(0, 0.5, PEOPLE)), 0.0) for did in bought]
    return {
        "ordered": bought[0].astype(float),
        "ordered before": bought[1].astype(float),
        "revenue": spent[0],
        "revenue before": spent[1],
        "unsubscribed": (random.random(PEOPLE) < UNSUBSCRIBE).astype(float),
        "complained": (random.random(PEOPLE) < COMPLAIN).astype(float),
    }


class Days:
    """What is counted on each day of one run. lift: of the first of the other arms."""

    def __init__(self, case: Case, lift: float, random: np.random.Generator) -> None:
        self.trial, self.last = case.trial, CONTROL_DAYS if case.control_share else MOST_DAYS
        arms, count = len(self.trial.arms), self.last * case.daily
        edges = np.cumsum([arm.share or 0.0 for arm in self.trial.arms])[:-1]
        arm = np.searchsorted(edges, random.random(count), side="right")
        who, cell = random.integers(0, PEOPLE, count), np.repeat(np.arange(self.last), case.daily) * arms + arm

        def summed(values: Numbers | None) -> Numbers:
            return np.cumsum(np.bincount(cell, values, minlength=self.last * arms).reshape(self.last, arms), axis=0).astype(float)

        usual, moved = people(0.0), people(lift)
        self.came, none = summed(None), np.zeros((self.last, arms))
        self.sums: dict[str, Numbers] = {}
        for metric in dict.fromkeys(("ordered", case.metric, *self.trial.guardrails)):
            y = np.where(arm == 1, moved[metric][who], usual[metric][who])
            before = usual.get(f"{metric} before")
            x = None if before is None else before[who]
            covariate = [none] * 3 if x is None else [summed(x), summed(x * x), summed(x * y)]
            self.sums[metric] = np.stack([self.came, summed(y), summed(y * y), *covariate], axis=-1)
        # of the metrics that may speak on any day: whether one of them leaves out zero by the interval that always holds
        loud = (case.metric,) if case.control_share else self.trial.guardrails
        self.is_loud = np.any([self._leaves_out_zero(metric) for metric in loud], axis=0)

    def _leaves_out_zero(self, metric: str) -> NDArray[np.bool_]:
        sums, others = self.sums[metric][None], len(self.trial.others)
        kind = "mean" if metric == "revenue" else "proportion"
        z = always_valid.critical(np.maximum(self.came.min(axis=1), 1) / HORIZON, RULES.alpha / others)
        ends = [few.limits(sums, place, kind, z, adjust=True) for place in range(1, others + 1)]
        return np.asarray(np.any([(low[0] > 0) | (high[0] < 0) for low, high in ends], axis=0))

    def tallies(self, day: int) -> list[Tally]:
        """What the run of that day counts: of people whose time is over, and of all who were assigned."""
        closed, found = day - self.trial.outcome_days - 1, []
        for metric, sums in self.sums.items():
            for place, arm in enumerate(self.trial.arms):
                people_count, *numbers = sums[closed, place].tolist() if closed >= 0 else [0.0] * 6
                whose = (self.trial.experiment, self.trial.phase, EVERYBODY, EVERYBODY, arm.name, arm.is_control)
                found.append(Tally(*whose, metric, int(people_count), int(self.came[day - 1, place]), *numbers, START))
        return found

    def may_speak(self, day: int, history: list[Verdict]) -> bool:
        """Whether anything can be decided on that day: the plan is to be made, there are people for another look, or something is loud."""
        closed, written = day - self.trial.outcome_days - 1, looks.plan_of(history)
        if closed < 0 or self.is_loud[closed] or (self.trial.is_judged and written is None):
            return closed >= 0
        if written is None:
            return False
        arms, out = enumerate(self.trial.arms), looks.retired(history)
        counts = {arm.name: int(self.came[closed, place]) for place, arm in arms if arm.name not in out}
        return looks.due(self.trial, looks.information(self.trial, counts, written), history, MOST_DAYS, np.inf, RULES)[1]


def history(case: Case, lift: float, seed: int, *, every_day: bool = False) -> list[Verdict]:
    """All that is decided in one run. every_day: also on days on which nothing can be."""
    days, decided = Days(case, lift, np.random.default_rng([seed, int(lift * 1000)])), list[Verdict]()
    for day in range(1, days.last + 1):
        if every_day or days.may_speak(day, decided):
            decided += judge([days.trial], days.tallies(day), decided, RULES, START + timedelta(days=day))[1]
            if decided and decided[-1].next_phase != "test":
                break
    return decided


def outcome(asked: tuple[Case, float, int]) -> str:
    """What one run says in the end; of an arm that was retired also where the others then end without a winner."""
    said = [verdict.verdict_id.rsplit(":", 1)[-1] if verdict.look is None else verdict.decision for verdict in history(*asked)]
    spoken = [word for word in said if word not in ("continue", "no_verdict")]
    return spoken[-1] if spoken else "no verdict" if "no_verdict" in said else "nothing"


def ends(case: Case, lift: float, runs: int, pool: ProcessPoolExecutor, seed: int = 1) -> dict[str, float]:
    """The share of runs that ended so, by the outcome: promote, stop, retire, harm or guardrail, or without any of these."""
    asked = [(case, lift, seed * 1_000_000 + number) for number in range(runs)]
    return {name: count / runs for name, count in Counter(pool.map(outcome, asked, chunksize=20)).most_common()}


def spoke(found: dict[str, float]) -> float:
    """The share that speaks of a winner or of harm."""
    return sum(share for name, share in found.items() if name not in ("no verdict", "nothing"))


def main() -> None:
    """All cases, printed as they come."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=RUNS)
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--only", default="", help="cases whose name has this")
    options.add_argument("--effect", action="store_true", help="also with the effect that the plan is made for")
    given = options.parse_args()
    print(
        f"{given.runs:,} runs each; ! is more than {MOST:.0%} that speak of a winner or of harm where there is none, and a winner found "
        f"more than {OFF * 100:.0f} points off the {RULES.power:.0%} that the plan promises\n"
    )
    with ProcessPoolExecutor(given.processes, mp_context=get_context("spawn")) as pool:
        for case in (case for case in CASES if given.only in case.name):
            begun = time.perf_counter()
            found = ends(case, 0.0, given.runs, pool)
            how = ", ".join(f"{name} {share:.2%}" for name, share in found.items())
            mark = "!" if spoke(found) > MOST else " "
            print(f"{case.name:<52} {spoke(found):6.2%}{mark}  ({how}; {time.perf_counter() - begun:.0f} s)", flush=True)
            if given.effect and not case.control_share:
                found = ends(case, case.minimum_effect, given.runs, pool)
                told = ", ".join(f"{name} {share:.2%}" for name, share in found.items())
                mark = "!" if abs(found.get("promote", 0.0) - RULES.power) > OFF else " "
                print(f"{'':<52}{found.get('promote', 0.0):7.2%}{mark}  with {case.minimum_effect:+.0%} ({told})", flush=True)


if __name__ == "__main__":
    main()
