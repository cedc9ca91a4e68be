"""What is odd, said in one sentence with its figures."""

from __future__ import annotations

from alerts.causes import REMEDIES, Evidence, cause_of
from alerts.incidents import Finding

_WHAT = {
    "requested": "Requests",
    "sent": "Messages sent",
    "delivered": "Deliveries of what was sent",
    "bounced": "Bounces of what was sent",
    "opened": "Opens of what was sent",
    "clicked": "Clicks of those who opened",
    "converted": "Orders within a day of a message",
    "unsubscribed": "Opt-outs of what was sent",
    "complained": "Complaints about what was sent",
}
_CAUSES = {
    "freshness": "a source is late",
    "gate": "a gate is shut",
    "provider": "the provider",
    "rule_change": "its rules were changed",
    "held_for_approval": "it asks for far more than ever and waits for a person",
    "source": "what its trigger reads",
    "link": "a broken link, or its tracking",
    "tracking": "the provider's events do not arrive",
    "content": "what the message says, or to whom",
    "rule": "what the rule reads",
    "fault": "a fault of the run itself",
    "unknown": "not known",
}


def finding_of(row: object, known: Evidence) -> Finding:
    """A finding of a row of `naming.named`."""
    step, dimension, name, direction = (str(getattr(row, part)) for part in ("step", "dimension", "name", "direction"))
    value, usual, low, high = (float(getattr(row, part)) for part in ("value", "usual", "low", "high"))
    is_share, hours = bool(row.is_share), int(row.window_hours)  # type: ignore[attr-defined]
    cause, evidence = cause_of(step, dimension, name, direction, known)
    what = _WHAT.get(step) or f"Requests with the outcome {name.replace('_', ' ')}"
    said = value, usual, low, high
    value_said, usual_said, low_said, high_said = (f"{100 * one:.1f} %" if is_share else f"{one:,.0f}" for one in said)
    of = f" ({row.seen_count:,.0f} of {row.cases:,.0f})" if is_share else ""  # type: ignore[attr-defined]
    words = (
        f"{what}{_where(dimension, name)} {'fell' if direction == 'drop' else 'rose'} to {value_said}{of} within {hours} hours; "
        f"usual are {usual_said} ({low_said} to {high_said})"
    )
    return Finding(
        step,
        dimension,
        name,
        direction,
        severity(value, usual, bool(row.is_worse)),  # type: ignore[attr-defined]
        cause,
        sentence(words, cause, evidence),
        evidence,
        REMEDIES[cause].replace("NAME", name if dimension == "campaign" else "NAME"),
        *said,
    )


def sentence(words: str, cause: str, evidence: tuple[str, ...]) -> str:
    """All of it in words: what, probably why, and what speaks for that."""
    return f"{words}. Probably {_CAUSES[cause]}{f': {evidence[0]}' if evidence else ''}."


def severity(value: float, usual: float, is_worse: bool) -> str:
    """For the better: info. Halved, or more than doubled: error."""
    if not is_worse:
        return "info"
    return "error" if value < usual / 2 or value > 2 * usual else "warn"


def _where(dimension: str, name: str) -> str:
    return {"campaign": f" of {name}", "destination": f" through {name}", "link": f" on {name}"}.get(dimension, "")
