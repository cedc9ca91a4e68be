"""Quarters of the calendar, in UTC."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, order=True)
class Quarter:
    """number: 1 to 4."""

    year: int
    number: int

    @property
    def start(self) -> datetime:
        """Its first instant."""
        return datetime(self.year, 3 * self.number - 2, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        return datetime(self.year + self.number // 4, 3 * (self.number % 4) + 1, 1, tzinfo=UTC)

    @property
    def before(self) -> Quarter:
        return Quarter(self.year, self.number - 1) if self.number > 1 else Quarter(self.year - 1, 4)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"


def quarter_of(moment: datetime) -> Quarter:
    """The one in which it lies. moment: aware."""
    at = moment.astimezone(UTC)
    return Quarter(at.year, (at.month + 2) // 3)


def parsed(text: str) -> Quarter:
    """`2026Q2`, `2026-q2`. Raises ValueError."""
    found = re.fullmatch(r"(\d{4})-?[qQ]([1-4])", text.strip())
    if not found:
        raise ValueError(f"a quarter looks like 2026Q2, not like {text!r}")
    return Quarter(int(found[1]), int(found[2]))
