"""The whole rule in one place: from what was counted and what was decided before to what was found and what is decided now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from experiments.findings import findings
from experiments.looks import plan_of, planned
from experiments.records import Finding, Verdict
from experiments.trial import Rules, Tally, Trial
from experiments.verdicts import decide


def judge(
    trials: Iterable[Trial], tallies: Sequence[Tally], history: Sequence[Verdict], rules: Rules, as_of: datetime
) -> tuple[list[Finding], list[Verdict]]:
    """Findings of all experiments, and the verdicts that are new. as_of: naive UTC."""
    found: list[Finding] = []
    verdicts: list[Verdict] = []
    for trial in trials:
        own = [tally for tally in tallies if tally.experiment == trial.experiment]
        before = sorted((verdict for verdict in history if verdict.experiment == trial.experiment), key=lambda one: one.decided_at)
        known = [verdict for verdict in before if verdict.decided_at <= as_of]
        worth = findings(trial, own, known, rules, as_of)
        found += worth
        plan = planned(trial, own, rules) if trial.is_judged and plan_of(before) is None else None
        verdict = decide(trial, worth, before, plan, rules, as_of)
        if verdict is not None:
            verdicts.append(verdict)
    return found, verdicts
