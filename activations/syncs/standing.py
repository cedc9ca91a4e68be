"""What became of each row of a sync's changes, small enough to be kept for 10 million of them."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

UNTOUCHED, ACCEPTED, REJECTED, DOUBTED, HELD = range(5)
"""Surely not applied · taken · never to be taken as it is · perhaps taken, and repeating it does no harm · perhaps taken, and
repeating it might do harm."""
WORDS = ("left", "accepted", "rejected", "in_doubt", "held")


@dataclass(slots=True)
class Answers:
    """The rows from `start`, before `stop`, of a sync's changes: accepted but for `others` (row -> status, code, detail).
    `refs`: row -> the provider's id.
    """

    start: int
    stop: int
    others: dict[int, tuple[int, str, str]] = field(default_factory=dict)
    refs: dict[int, str] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)
    """The rows that the request has, while it is under way."""

    def as_json(self) -> str:
        """As it stands in the ledger."""
        value: dict[str, Any] = {"others": list(self.others.items())}
        if self.refs:
            value["refs"] = [self.refs.get(row) for row in range(self.start, self.stop)]
        return json.dumps(value, separators=(",", ":"))

    @classmethod
    def from_json(cls, start: int, stop: int, text: str) -> "Answers":
        """As it was written."""
        value = json.loads(text)
        refs = {start + place: ref for place, ref in enumerate(value.get("refs", ())) if ref is not None}
        return cls(start, stop, {row: (status, code, detail) for row, (status, code, detail) in value["others"]}, refs)


class Standing:
    """One status per row, and what more is known of those that were not plainly taken."""

    def __init__(self, rows: int) -> None:
        self.status = np.zeros(rows, np.int8)
        self._is_answered = np.zeros(rows, bool)
        self.reasons: dict[int, tuple[str, str]] = {}
        """Row -> code, detail (masked)."""
        self.refs: dict[int, str] = {}
        self.accepted = self.rejected = 0

    def take(self, answers: Answers) -> None:
        """Notes what a request, or the rows that were not worth one, came to."""
        self.status[answers.start : answers.stop] = ACCEPTED
        self._is_answered[answers.start : answers.stop] = True
        for row, (status, code, detail) in answers.others.items():
            self.status[row] = status
            self.reasons[row] = (code, detail)
        self.refs |= answers.refs
        self.accepted += answers.stop - answers.start - len(answers.others)
        self.rejected += sum(status == REJECTED for status, _, _ in answers.others.values())

    def doubt(self, before: int, may_be_sent: np.ndarray, is_repeatable: np.ndarray) -> None:
        """Nobody is left who knows what became of the rows before `before` that have no answer."""
        unanswered = np.flatnonzero(~self._is_answered[:before] & may_be_sent[:before])
        self.status[unanswered] = np.where(is_repeatable[unanswered], DOUBTED, HELD)
        for row in unanswered.tolist():
            self.reasons[row] = ("unconfirmed", "the sync died while the row was under way")

    def codes(self, status: int) -> Counter[str]:
        """How many rows came to `status`, by reason."""
        return Counter(code for row, (code, _) in self.reasons.items() if self.status[row] == status)
