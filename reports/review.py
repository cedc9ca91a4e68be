"""Keep, fix or stop: what a quarter's figures advise about a campaign. Rules alone, in the order in which they are asked; the first holds.

The limit of complaints is that of the mailbox providers: Google and Yahoo ask senders to stay below 0.1 % and never to reach 0.3 %
(https://support.google.com/a/answer/81126). That of opt-outs is ours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from reports.words import count, share, signed

MOST_COMPLAINTS, MOST_OPT_OUTS = 0.003, 0.02
#: Of a normal distribution: beyond it lie 2.5 %.
_Z = 1.96
#: What a campaign is asked to bring at least (relative) where it does not say so itself.
WANTED = 0.1
CALLS = ("stop", "fix", "keep", "keep for now")

#: The rules as people read them, on the page.
RULES = (
    "Stop: it does harm, or complaints exceed 0.3 % or opt-outs 2 % of what arrived, beyond chance.",
    "Fix: it reached nobody, its groups are not as drawn, an alert is open, or there is no difference where the wanted one would be seen.",
    "Keep: it helps, proven against its control group; or it is a service message, which is not there to sell.",
    "Keep for now: nothing of that; there is no verdict yet.",
)


@dataclass(frozen=True)
class Evidence:
    """Of a campaign in a quarter. verdict: better, worse, open or unknown, and found in words; detectable, wanted: relative lifts, NaN
    where not known; asked, sent: people; held_for: why most of the others were held back, in words; alerts: open ones."""

    is_transactional: bool
    is_measured: bool
    verdict: str
    found: str
    detectable: float
    wanted: float
    asked: int
    sent: int
    held_for: str
    delivered: int
    unsubscribed: int
    complained: int
    is_ratio_alarm: bool
    alerts: Sequence[str]


@dataclass(frozen=True)
class Advice:
    """call: one of CALLS; why: a sentence; do: what comes next."""

    call: str
    why: str
    do: str


def advised(about: Evidence) -> Advice:
    """The first rule that holds."""
    return _stopped(about) or _fixed(about) or _kept(about)


def _stopped(about: Evidence) -> Advice | None:
    if about.verdict == "worse" and not about.is_transactional:
        return Advice("stop", f"It does harm: {about.found}.", "Switch it off, and ask why before anything like it is tried again.")
    limits = (("complain", about.complained, MOST_COMPLAINTS), ("opt out", about.unsubscribed, MOST_OPT_OUTS))
    for what, number, most in limits:
        if lowest_rate(number, about.delivered) > most:
            why = f"Too many {what}: {count(number)} of {count(about.delivered)} messages ({share(number / about.delivered, 2)})."
            return Advice("stop", why, "Switch it off: it costs more addresses than it can bring orders.")
    return None


def _fixed(about: Evidence) -> Advice | None:
    if not about.sent:
        if not about.asked:
            return Advice(
                "fix", "It found nobody to write to.", "Look at what makes somebody one of its people, and at the data behind it."
            )
        why = f"It reached nobody of {count(about.asked)}{f': {about.held_for}' if about.held_for else ''}."
        return Advice("fix", why, "Look at the rules that hold it back; change its place in the order, its channel or its moment.")
    if about.is_ratio_alarm:
        why = "Its groups are not as large as they were drawn, so its lift means nothing."
        return Advice("fix", why, "Find what sorts people into the groups, then start the measurement anew.")
    if about.alerts:
        return Advice("fix", f"Far from usual: {about.alerts[0]}", "Follow the alert to its cause.")
    if about.verdict == "open" and not about.is_transactional and about.detectable <= about.wanted:
        why = f"No difference, though {signed(about.wanted, 'share')} would have been seen: {about.found}."
        return Advice("fix", why, "Change what it says, to whom or when, as an experiment; if that brings nothing either, stop it.")
    return None


def _kept(about: Evidence) -> Advice:
    if about.is_transactional:
        return Advice("keep", "A service message: people wait for it, and it is not judged by orders.", "Nothing to do.")
    if about.verdict == "better":
        return Advice("keep", f"It helps: {about.found}.", "Keep it, and try next what may help more.")
    if not about.is_measured:
        return Advice("keep for now", "It has no control group, so nobody knows what it brings.", "Give it one (holdout_pct in its file).")
    if about.verdict == "open":
        sees = "" if math.isnan(about.detectable) else f"; it would be seen from {signed(about.detectable, 'share')} on"
        return Advice(
            "keep for now", f"No verdict yet: {about.found}{sees}.", "Let it run on, or hold out more people for a quicker answer."
        )
    return Advice("keep for now", "No verdict yet: nobody's days are over.", "Let it run on.")


def lowest_rate(number: int, of: int) -> float:
    """What the rate is at least: the lower end of Wilson's interval (1927); 0 where there is nothing to go by."""
    if not of or not number:
        return 0.0
    rate, square = number / of, _Z * _Z / of
    return (rate + square / 2 - _Z * math.sqrt(rate * (1 - rate) / of + square / (4 * of))) / (1 + square)
