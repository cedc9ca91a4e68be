"""Incidents: opened once, open while it lasts, closed once. What comes of another is no incident of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

#: step, dimension, name, direction: what is one incident for as long as it lasts.
Key = tuple[str, str, str, str]

#: Nothing could be judged for so long: it is not told any more.
FORGOTTEN = timedelta(days=3)
_FLOW = ("requested", "decided", "sent")
_ANSWERS = ("delivered", "opened", "clicked", "converted")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one run found. dimension: all, destination, campaign, rule or link. direction: drop or spike. severity: error, warn or info.
    value, usual, low, high: a count, or a share of 0 to 1; `None` where it is no figure that is off. evidence: sentences."""

    step: str
    dimension: str
    name: str
    direction: str
    severity: str
    cause: str
    sentence: str
    evidence: tuple[str, ...] = ()
    what_next: str = ""
    value: float | None = None
    usual: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def key(self) -> Key:
        return (self.step, self.dimension, self.name, self.direction)


@dataclass(frozen=True, slots=True)
class Incident:
    """From its first finding to its end; `finding` is the last one. told_*: when the webhook took it. All times aware, UTC."""

    alert_id: str
    opened_at: datetime
    seen_at: datetime
    finding: Finding
    closed_at: datetime | None = None
    told_opened_at: datetime | None = None
    told_closed_at: datetime | None = None

    @classmethod
    def opened(cls, finding: Finding, as_of: datetime) -> Incident:
        """The same finding at the same instant is the same incident, however often a run that died is repeated."""
        name = "|".join((*finding.key, as_of.isoformat()))
        return cls(f"alert_{hashlib.sha256(name.encode()).hexdigest()[:16]}", as_of, as_of, finding)


def moved_on(
    known: Iterable[Incident], findings: Sequence[Finding], lasting: Collection[Key], over: Collection[Key], as_of: datetime
) -> list[Incident]:
    """The incidents that are new or have changed.

    known: those that are open. lasting: what is no finding any more, but not over either; over: what is as it should be again. What is
    none of these could not be judged: it stays open, and is forgotten after a while.
    """
    open_now = {one.finding.key: one for one in known if one.closed_at is None}
    found = {finding.key: finding for finding in findings}
    changed = []
    for key, one in open_now.items():
        if key in found:
            # it stays what it was when it began; what is known of it by now is kept
            changed.append(replace(one, seen_at=as_of, finding=found[key]))
        elif key in lasting:
            changed.append(replace(one, seen_at=as_of))
        elif key in over or as_of - one.seen_at >= FORGOTTEN:
            changed.append(replace(one, closed_at=as_of))
    new = [finding for key, finding in found.items() if key not in open_now]
    around = [*findings, *(one.finding for one in open_now.values() if one.finding.key not in over)]
    return changed + [Incident.opened(finding, as_of) for finding in new if not any(follows(finding, other) for other in around)]


def follows(finding: Finding, other: Finding) -> bool:
    """Whether a finding is what another one, of a step before, brings with it."""
    if finding.key == other.key:
        return False
    if finding.step in _FLOW and other.step in _FLOW:
        if finding.step != "decided" and finding.direction != other.direction:
            return False
        is_earlier = _FLOW.index(other.step) < _FLOW.index(finding.step)
        # a provider that takes nothing is why nothing was sent, whatever it is that was not
        return is_earlier or (finding.step == other.step == "sent" and other.cause == "provider" != finding.cause)
    if other.step == "sent" and other.cause == "provider":
        return finding.step == "delivered" and finding.direction == other.direction
    if finding.step in _ANSWERS and other.step in _ANSWERS and finding.direction == other.direction:
        is_part = other.dimension == "all" or (finding.dimension, finding.name) == (other.dimension, other.name)
        return _ANSWERS.index(other.step) < _ANSWERS.index(finding.step) and (is_part or other.dimension == "destination")
    return False
