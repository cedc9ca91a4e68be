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
    deleted: rows that the source had deleted, marked so in this landing; withheld: rows that are gone but were not marked, for they are
    suspiciously many. returned: of `rows`, those that had been deleted and are there again. missed: of `rows`, those that only the
    comparison of keys found. unknown_columns: those that the source has and the declaration does not; they are kept as text.
    files: those written, new or replaced. watermark: aware UTC, up to where the table is known now (`None`: nothing landed yet).
    warnings: worth a look, nothing was lost. failures: parts of the source that could not be read and were left as they were.
    """

    table: str
    rows: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)
    files: list[Path] = field(default_factory=list)
    watermark: datetime | None = None
    deleted: int = 0
    withheld: int = 0
    returned: int = 0
    missed: int = 0
    unknown_columns: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def add(self, other: Landed) -> None:
        """Takes in the outcome of a part of the same table."""
        self.rows += other.rows
        self.deleted += other.deleted
        self.withheld += other.withheld
        self.returned += other.returned
        self.missed += other.missed
        self.unknown_columns += [name for name in other.unknown_columns if name not in self.unknown_columns]
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
