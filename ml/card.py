"""The model card: what serves, what it was made from, how good it was, and why it is not better."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class ModelCard:
    """One fitted version. Times are naive UTC; `rows`, `positives` and `origins` count what it learned from; `verdict` says how the
    gate decided, `rules` each rule with its figure; `notes` are sentences that a reader should know before trusting it.
    """

    name: str
    kind: str
    recipe: str
    horizon_days: int
    features: tuple[str, ...]
    data_version: str
    sklearn_version: str
    seed: int
    trained_at: datetime
    trained_from: datetime | None
    trained_to: datetime | None
    rows: int
    positives: int
    origins: tuple[datetime, ...]
    verdict: str
    rules: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()

    def content(self) -> dict[str, Any]:
        """The card as JSON takes it: times in ISO 8601, tuples as lists."""
        plain = asdict(self)
        for name in ("trained_at", "trained_from", "trained_to"):
            plain[name] = plain[name].isoformat() if plain[name] else None
        return {**plain, "features": list(self.features), "origins": [origin.isoformat() for origin in self.origins]}
