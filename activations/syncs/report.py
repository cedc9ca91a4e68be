"""What a sync may not do unasked, and what it tells people."""

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class RemovalGuard:
    """Refuses a sync that would empty a list, or take off more than `share` of it and at least `rows`: a source that
    failed looks like that.
    """

    share: float = 0.5
    rows: int = 20
    is_off: bool = False

    def objection(self, desired: int, acknowledged: int, removals: int) -> str | None:
        """Why such a sync is not done, or None."""
        if self.is_off or removals == 0:
            return None
        if desired == 0:
            return f"the audience came up empty, and the provider holds {acknowledged} members: nothing was changed"
        if removals >= self.rows and removals > self.share * acknowledged:
            return f"{removals} of {acknowledged} members would be removed, more than {self.share:.0%}: nothing was changed"
        return None


@dataclass(slots=True)
class SyncReport:
    """What a sync did. `created` and `updated` say what the difference was; `accepted` and `removed` what the provider took."""

    audience: str
    destination: str
    members: int
    mode: str = "mirror"
    sync_id: str | None = None
    """Names the sync in the ledger and in the row log; None where there was nothing to say."""
    created: int = 0
    updated: int = 0
    accepted: int = 0
    removed: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    waiting: int = 0
    """Rows that the provider refused before, in the same way more than once; they are tried again after some days."""
    held: int = 0
    """Rows that may have arrived, where a repeat might do harm: a person says what becomes of them."""
    left: int = 0
    """Upserts and removals that the provider did not take; the next sync tries them again."""
    refused: str | None = None
    stopped: str | None = None
    requests: int = 0
    seconds: float = 0.0
    samples: list[str] = field(default_factory=list)

    def sentences(self) -> list[str]:
        """The sync in words."""
        name = f"{self.audience} at {self.destination}"
        if self.refused:
            return [f"{name}: refused, since {self.refused}; allow it if it is meant"]
        lines = [f"{name} cannot be brought up to date now ({self.stopped}): {self.left} changes left"] if self.stopped else []
        parts = [f"{self.members} members", f"{self.accepted} upserted", f"{self.removed} removed"]
        parts += [f"{count} rejected ({code})" for code, count in self.rejected.most_common()]
        parts += [f"{self.waiting} refused before and not tried now"] if self.waiting else []
        parts += [f"{self.held} held, since nobody knows whether they arrived"] if self.held else []
        return [*lines, f"{name}: {', '.join(parts)}"]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a run's summary and an asset's metadata."""
        return {name.name: getattr(self, name.name) for name in fields(self)} | {"rejected": dict(self.rejected)}
