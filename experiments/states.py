"""Where an experiment stands, in a word and in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from experiments.looks import retired
from experiments.records import Finding, Verdict
from experiments.trial import EVERYBODY, HARMS, Rules, Trial
from experiments.words import alarm, figures, sees, where

ALARM, EARLY, WAITING, DUE, WATCHING = "sample ratio off", "too early", "no verdict yet", "look due", "watching"
RETIRED = "retired"
HELPS, DOES_HARM, UNSEEN = "helps", "harms", "no difference seen yet"
#: What a verdict makes of it.
OVER = {"promote": "promoted", "stop": "stopped", "no_verdict": "no verdict", "settle": "settled", "back_out": "backed out"}


def told(found: Finding, trial: Trial, history: Sequence[Verdict], rules: Rules, *, is_share: bool = False) -> Finding:
    """The finding with its state and its sentence. is_share: whether the metric is one, where it is not one of ours."""
    state, words = _told(found, trial, history, rules, is_share)
    return replace(found, state=state, sentence=where(found) + words)


def _told(found: Finding, trial: Trial, history: Sequence[Verdict], rules: Rules, is_share: bool) -> tuple[str, str]:
    if found.is_ratio_alarm:
        return ALARM, alarm(found, rules)
    if trial.is_judged and found.is_primary and found.segment_type == EVERYBODY:
        ended = [verdict for verdict in history if verdict.phase == found.phase and verdict.decision in OVER]
        latest = max(history, key=lambda verdict: verdict.decided_at, default=None)
        if ended and latest is not None and latest.next_phase != found.phase:
            return OVER[ended[-1].decision], ended[-1].reason
        out = [verdict for verdict in history if verdict.phase == found.phase and found.arm in retired([verdict])]
        if out:
            return RETIRED, out[-1].reason
        return _running(found, trial)
    return _difference(found, is_share)


def _running(found: Finding, trial: Trial) -> tuple[str, str]:
    if found.phase == "watch":
        return WATCHING, f"watched after the promotion: {figures(found)}"
    if found.information is None:
        return EARLY, f"too few outcomes for a plan: {found.people_count:,} and {found.control_people_count:,} people have had their time"
    looks = f"look {(found.look or 0) + (not found.is_look_due)} of {trial.looks}, {min(found.information, 9.99):.0%} of the plan is there"
    if found.is_look_due:
        return DUE, f"{figures(found)}; {looks}"
    missing = f", {found.needed_count:,} more people with {found.arm} to come" if found.needed_count else ""
    return WAITING, f"no verdict yet: {figures(found)}; {sees(found)}; next is {looks}{missing}"


def _difference(found: Finding, is_share: bool) -> tuple[str, str]:
    if not (found.people_count and found.control_people_count):
        return EARLY, "nobody's time is over yet in one of the arms"
    less_is_better = found.metric in HARMS
    if found.effect_low is not None and found.effect_low > 0:
        state = DOES_HARM if less_is_better else HELPS
    elif found.effect_high is not None and found.effect_high < 0:
        state = HELPS if less_is_better else DOES_HARM
    else:
        return UNSEEN, f"{UNSEEN}; {sees(found)}: {figures(found, is_share=is_share)}"
    return state, f"{state}: {figures(found, is_share=is_share)}"
