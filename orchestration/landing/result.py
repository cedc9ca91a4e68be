"""What a landing says about itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


@dataclass
class Landed:
    """The outcome for one table.

    table: name in the schema `raw`. rows: written in this landing. quarantined: rows refused, by reason.
    files: those written, new or replaced. watermark: aware UTC, up to where the table is known now (`None`: nothing landed yet).
    warnings: worth a look, nothing was lost. failures: parts of the source that could not be read and were left as they were.
    """

    table: str
    rows: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)
    files: list[Path] = field(default_factory=list)
    watermark: datetime | None = None
    warnings: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def add(self, other: Landed) -> None:
        """Takes in the outcome of a part of the same table."""
        self.rows += other.rows
        self.quarantined += other.quarantined
        self.files += other.files
        self.watermark = max(filter(None, (self.watermark, other.watermark)), default=None)
        self.warnings += other.warnings
        self.failures += other.failures

    @property
    def quarantined_share(self) -> float:
        """Refused rows among all that came, 0 to 1."""
        refused = sum(self.quarantined.values())
        return refused / (refused + self.rows) if refused else 0.0
