"""An experiment day by day in numbers: people come, their time passes, the whole rule is asked each day. Made up, no warehouse."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np

from experiments.judge import judge
from experiments.records import Finding, Verdict
from experiments.trial import Arm, Rules, Tally, Trial

START = datetime(2026, 1, 1)  # noqa: DTZ001 (as the warehouse has it: UTC without a zone)


def a_trial(*others: str, **facts: object) -> Trial:
    """`usual` against others, in equal parts."""
    names = ("usual", *(others or ("short",)))
    arms = tuple(Arm(name, name == "usual", 1 / len(names)) for name in names)
    told = {"metric": "ordered", "outcome_days": 7, "minimum_effect": 0.2, "guardrails": ("unsubscribed",), **facts}
    return Trial("cart:subject", "variants", arms, **told)  # type: ignore[arg-type]


@dataclass
class World:
    """Rates by metric and arm, people a day; `days` asks the rule every day, as the runs do, and keeps what was decided."""

    rates: Mapping[str, Sequence[float]]
    trial: Trial = field(default_factory=a_trial)
    daily: int = 400
    seed: int = 1
    rules: Rules = field(default_factory=Rules)
    history: list[Verdict] = field(default_factory=list)

    def counted(self, trial: Trial, day: int, days: int, seed: int, weights: Sequence[float] | None = None) -> list[Tally]:
        """What is counted on a day of a phase that lasts at most so many days."""
        random = np.random.default_rng(seed)
        names = [arm.name for arm in trial.arms]
        weights = weights or [arm.share or 0.0 for arm in trial.arms]
        came = random.multinomial(self.daily, weights, size=days).T
        for verdict in self.history:  # an arm that is out draws nobody from the next day on
            for name in (verdict.retired or "").split(",") if trial.phase == "test" else ():
                if name:
                    came[names.index(name)][(verdict.decided_at - START).days :] = 0
        closed = max(0, day - trial.outcome_days)
        tallies = []
        for metric, rates in self.rates.items():
            for place, name in enumerate(names):
                if came[place].sum():
                    hits = float(random.binomial(came[place], rates[place])[:closed].sum())
                    people, assigned = int(came[place][:closed].sum()), int(came[place][:day].sum())
                    whose = (trial.experiment, trial.phase, "all", "all", name, name == trial.control)
                    since = self.history[-1].decided_at if trial.phase == "watch" else START
                    tallies.append(Tally(*whose, metric, people, assigned, hits, hits, 0.0, 0.0, 0.0, since))
        return tallies

    def days(self, last: int = 200, weights: Sequence[float] | None = None) -> Iterator[tuple[datetime, list[Finding], list[Verdict]]]:
        """The test: as_of, what was found, what is new, until it is decided."""
        for day in range(1, last):
            as_of = START + timedelta(days=day)
            found, new = judge([self.trial], self.counted(self.trial, day, last, self.seed, weights), self.history, self.rules, as_of)
            self.history += new
            yield as_of, found, new
            if new and new[0].next_phase != "test":
                return

    def watch(self, rates: Mapping[str, Sequence[float]], last: int = 60) -> Verdict | None:
        """The weeks after a promotion; what was decided in them."""
        self.rates = rates
        winner = self.history[-1].winner
        arms = tuple(replace(arm, share=0.9 if arm.name == winner else 0.1 if arm.is_control else 0.0) for arm in self.trial.arms)
        trial = replace(self.trial, phase="watch", arms=arms)
        start = self.history[-1].decided_at
        for day in range(1, last):
            _, new = judge([trial], self.counted(trial, day, last, self.seed + 1), self.history, self.rules, start + timedelta(days=day))
            if new:
                self.history += new
                return new[0]
        return None

    def decided(self, last: int = 200) -> Verdict:
        """The last word of the test."""
        for _ in self.days(last):
            pass
        return self.history[-1]
