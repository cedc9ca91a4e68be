"""When an experiment is decided, and how. The rules, in one file, in the order in which they are asked:

1. A verdict that stands is not taken again: none with data of the day of the last one or before it, none once the phase is over.
2. While the arms have other sizes than were drawn (sample ratio), there is no verdict at all.
3. A guardrail that is surely broken (experiments/guardrails.py) stops a test, and backs out of a promotion, on any day; of several arms
   one that breaks it is retired alone.
4. First of all the plan is written down, as look 0: how many people it needs. It is made once, of the outcomes of all arms together,
   which tell nothing of the difference, and never again.
5. A test is judged at its planned looks alone: when that share of the planned information is there, and least_days and least_conversions
   are. The interval is that of the plan's boundary at this look, given the looks before. Above 0 and every guardrail kept: promoted, of
   several the one that brings most. Below 0: stopped; of several arms those are retired, and the others go on: whoever was or would be
   in a retired arm gets what was in use and is no longer part of it, so that the others' shares, and their level, stay as they were
   planned. At the last look neither: no verdict, and what was in use stays.
6. After a promotion a part stays on the loser. When watch_days are over, and the time of those who came in them: backed out where the
   interval lies below what was promised and reaches down to 0, or lies below 0; else settled. On any day: backed out where the interval
   that holds whenever one looks lies below 0.
7. A control group never ends. That its campaign surely does harm is written down once, for a person: fix it or stop it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from experiments import guardrails
from experiments.looks import Planned, plan_of, retired
from experiments.records import Finding, Verdict
from experiments.trial import EVERYBODY, HARMS, Rules, Trial
from experiments.words import figures, sees

VERSION = "1"
#: Fewer people in an arm of the watch say nothing.
LEAST_WATCHED = 30


def decide(
    trial: Trial, effects: Sequence[Finding], history: Sequence[Verdict], planned: Planned | None, rules: Rules, as_of: datetime
) -> Verdict | None:
    """What is decided today, None for nothing. as_of: naive UTC.

    effects: of this experiment, all phases and metrics will do. history: its verdicts so far, of any order. planned: what the plan would be
    where none is written yet. At most one verdict for each instant.
    """
    if any(verdict.decided_at >= as_of for verdict in history) or _is_over(trial, history):
        return None
    out = retired(history) if trial.phase == "test" else frozenset()
    own = [found for found in effects if found.phase == trial.phase and found.segment_type == EVERYBODY and found.arm not in out]
    primary = [found for found in own if found.is_primary]
    if any(found.is_ratio_alarm for found in own):
        return None
    case = _Case(trial, primary, [found for found in own if found.metric in trial.guardrails], list(history), rules, as_of)
    if not trial.is_judged:
        return case.harm() if trial.kind in ("global", "campaign") else None
    if trial.phase == "watch":
        return case.watched()
    if trial.phase != "test":
        return None
    broken = case.broken("stop", "stopped")
    if broken:
        return broken
    if plan_of(history, trial.phase) is None:
        return case.plan(planned) if planned else None
    return case.look() if primary and all(found.is_look_due for found in primary) else None


def _is_over(trial: Trial, history: Sequence[Verdict]) -> bool:
    """Whether the latest word ended the phase that the experiment is taken to be in: the next run has the next one."""
    latest = max(history, key=lambda verdict: verdict.decided_at, default=None)
    return latest is not None and latest.next_phase != trial.phase


def gain(found: Finding) -> tuple[float, float, float]:
    """The effect with its interval, such that more is better: of a metric of which less is better it is turned round."""
    low = -math.inf if found.effect_low is None else found.effect_low
    high = math.inf if found.effect_high is None else found.effect_high
    middle = 0.0 if found.effect is None else found.effect
    return (-high, -middle, -low) if found.metric in HARMS else (low, middle, high)


def surely_harms(found: Finding) -> bool:
    """Whether the interval that holds whenever one looks lies below 0 (for a metric of which less is better: above)."""
    end = found.always_low if found.metric in HARMS else None if found.always_high is None else -found.always_high
    return end is not None and end > 0


@dataclass(frozen=True, slots=True)
class _Case:
    trial: Trial
    primary: list[Finding]
    guards: list[Finding]
    history: list[Verdict]
    rules: Rules
    as_of: datetime

    def plan(self, planned: Planned) -> Verdict:
        """Look 0."""
        trial = self.trial
        kept = f", and that {' and '.join(trial.guardrails)} are kept," if trial.guardrails else ""
        words = (
            f"the plan: {planned.people_count:,} people in all, to see {planned.minimum_effect:+.0%} of {trial.metric} at a mean of "
            f"{planned.base:.4g}{kept} with a chance of {self.rules.power:.0%}; {trial.plan} with {trial.looks} looks at "
            f"{self.rules.alpha:g}"
        )
        return self._verdict(
            "0", "continue", trial.phase, words, look=0, people_count=planned.people_count, estimate=planned.base, information=0.0
        )

    def look(self) -> Verdict:
        """A planned look."""
        number = self.primary[0].look or 0
        is_last = number >= self.trial.looks
        best = sorted((found for found in self.primary if gain(found)[0] > 0), key=lambda found: -gain(found)[1])
        doubtful = {found.arm: guardrails.not_kept(self.guards, self.trial.guardrails, found.arm) for found in best}
        harmful = [found for found in self.primary if gain(found)[2] < 0]
        at = f"look {number} of {self.trial.looks}"
        for found in best:
            if not doubtful[found.arm]:
                words = f"{at}: {figures(found)}; the interval lies above 0 and the guardrails are kept, so {found.arm} is what people get"
                return self._of(found, "promote", "watch", words, winner=found.arm)
        if len(harmful) == len(self.primary):
            words = f"{at}: {figures(harmful[0])}; the interval lies below 0: it does harm, so everybody gets {self.trial.control}"
            return self._of(harmful[0], "stop", "stopped", words, winner=self.trial.control)
        if harmful and not is_last:
            told = "; ".join(map(figures, harmful))
            words = f"{at}: {told}; the interval lies below 0: it does harm, so its people get {self.trial.control}, and the others go on"
            return self._of(harmful[0], "retire", self.trial.phase, words, retired=[found.arm for found in harmful])
        most = max(self.primary, key=lambda found: gain(found)[1])
        why = "; ".join(f"{arm} is better, but {', '.join(names)} might be worse" for arm, names in doubtful.items())
        if is_last:
            words = f"{at}, the last: {figures(most)}; {why or 'no winner'}; {sees(most)}. Everybody gets {self.trial.control}"
            return self._of(most, "no_verdict", "settled", words, winner=self.trial.control)
        words = f"{at}: {figures(most)}; {why or 'no verdict yet'}; {sees(most)}"
        return self._of(most, "continue", self.trial.phase, words)

    def watched(self) -> Verdict | None:
        """The winner beside the loser, after the promotion."""
        loser = self.trial.control
        broken = self.broken("back_out", "backed_out")
        if broken or not self.primary:
            return broken
        promoted = [verdict for verdict in self.history if verdict.decision == "promote"]
        found = next((found for found in self.primary if promoted and found.arm == promoted[-1].winner), self.primary[0])
        low, _, high = gain(found)
        if surely_harms(found):
            words = f"watched: {figures(found)}; the winner surely does harm now, so everybody gets {loser}"
            return self._of(found, "back_out", "backed_out", words, winner=loser, key="1")
        since = max((verdict.decided_at for verdict in promoted), default=None)
        days = timedelta(days=self.rules.watch_days + self.trial.outcome_days)
        if since is None or self.as_of < since + days:
            return None
        if min(found.people_count, found.control_people_count) < LEAST_WATCHED:
            words = f"watched for {self.rules.watch_days} days: too few people to say more ({figures(found)}), so {found.arm} stays"
            return self._of(found, "settle", "settled", words, winner=found.arm, key="1")
        promised = promoted[-1].estimate
        better = None if promised is None else -promised if found.metric in HARMS else promised
        if high < 0 or (low <= 0 and better is not None and high < better):
            words = (
                f"watched for {self.rules.watch_days} days: {figures(found)}; of the {promised:+.4g} that were promised nothing is to be "
                f"seen any more, so everybody gets {loser}"
            )
            return self._of(found, "back_out", "backed_out", words, winner=loser, key="1")
        words = f"watched for {self.rules.watch_days} days: {figures(found)}; {found.arm} stays"
        return self._of(found, "settle", "settled", words, winner=found.arm, key="1")

    def broken(self, decision: str, next_phase: str) -> Verdict | None:
        """A guardrail that is surely broken."""
        broken = [found for found in self.guards if guardrails.is_broken(found)]
        if not broken:
            return None
        worst, arms = broken[0], sorted({found.arm for found in broken})
        if self.trial.phase == "test" and len(arms) < len({found.arm for found in self.guards}):
            words = f"guardrail: {'; '.join(map(figures, broken))}, and that holds whenever one looks: its people get {self.trial.control}"
            return self._of(worst, "retire", "test", f"{words}, and the others go on", key=f"guardrail:{','.join(arms)}", retired=arms)
        words = f"guardrail: {figures(worst)}, and that holds whenever one looks: everybody gets {self.trial.control}"
        return self._of(worst, decision, next_phase, words, winner=self.trial.control, key="guardrail")

    def harm(self) -> Verdict | None:
        """A campaign that surely does harm."""
        for found in self.primary:
            if surely_harms(found):
                words = f"fix or stop: {figures(found)}; it does harm, and that holds whenever one looks"
                verdict = self._of(found, "continue", self.trial.phase, words, key="harm")
                return None if any(before.verdict_id == verdict.verdict_id for before in self.history) else verdict
        return None

    def _of(
        self,
        found: Finding,
        decision: str,
        next_phase: str,
        words: str,
        *,
        winner: str | None = None,
        key: str = "",
        retired: Sequence[str] = (),
    ) -> Verdict:
        look = None if key else found.look
        return self._verdict(
            key or str(look),
            decision,
            next_phase,
            words,
            look=look,
            winner=winner,
            estimate=found.effect,
            low=found.effect_low,
            high=found.effect_high,
            information=found.information,
            boundary_z=found.boundary_z,
            people_count=found.people_count + found.control_people_count,
            retired=",".join(retired) or None,
        )

    def _verdict(self, key: str, decision: str, next_phase: str, words: str, **more: object) -> Verdict:
        resumed = sum(verdict.decided_by != "rules" and verdict.decision == "continue" for verdict in self.history)
        parts = (self.trial.experiment, self.trial.phase, key, *([f"resumed{resumed}"] if resumed else []))
        return Verdict(
            verdict_id=":".join(parts),
            experiment=self.trial.experiment,
            phase=self.trial.phase,
            decided_at=self.as_of,
            decision=decision,
            next_phase=next_phase,
            reason=words,
            metric=self.trial.metric,
            rule_version=VERSION,
            **more,  # type: ignore[arg-type]
        )
