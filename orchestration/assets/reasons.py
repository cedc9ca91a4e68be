"""Reasons in words that need no code to be understood, and small tables: for the pages of delivery."""

import pandas as pd

from orchestration.assets.samples import sample

#: What a reason means and what comes next, where the reason is one of ours.
_OF_OURS = {
    "suppressed": ("the provider must not write to this person", "never, unless they agree again"),
    "no_consent": ("they took their consent back since the decision", "never, unless they agree again"),
    "unreachable": ("the person has no address for this channel any more", "with the next run, if it still fits"),
    "ordered_since": ("they ordered in the meantime", "not this one"),
    "returned_since": ("they sent something back in the meantime", "not this one"),
    "waiting_for_service": ("they wait for an answer of the service", "when their ticket is closed, if it still fits"),
    "messaged_since": ("another message went out to them since this one was decided", "with the next decision, if it still fits"),
    "not_checked": ("a source could not be asked once more", "with the next run"),
    "row_too_large": ("the message is larger than the provider takes", "never; make its template smaller"),
    "duplicate_profile": (
        "the provider has another profile with this address or number",
        "when the two are one there, or the address is mended",
    ),
    "invalid_email": ("the provider takes the address for none", "when the address is mended"),
    "invalid_number": ("the provider takes the number for none", "when the number is mended"),
    "opted_out": ("the person answered STOP", "never, unless they agree again"),
}


def explained(reason: str, otherwise: str) -> tuple[str, str]:
    """A reason in words, with its own name behind, and when there will be another try. otherwise: that, for a provider's own reason."""
    words, after = _OF_OURS.get(reason, ("", otherwise))
    return f"{words} ({reason})" if words else reason.replace("_", " "), after


def without_zeros(counts: pd.DataFrame) -> pd.DataFrame:
    """Less the columns that are zero in every row: what did not happen need not be read. The first two columns stay."""
    kept = [name for place, name in enumerate(counts.columns) if place < 2 or not (counts[name] == 0).all()]
    return counts[kept]


def table(frame: pd.DataFrame, nothing: str = "none") -> str:
    """A frame as Markdown, whole; `nothing` for one without rows. Holds no personal data that is not masked."""
    return str(sample(frame, rows=200, width=160, is_masked=True).value) if len(frame) else nothing
