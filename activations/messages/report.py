"""What a delivery tells people: counts by destination and outcome, sentences, and samples with masked addresses."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

_LISTED = 10


@dataclass(slots=True)
class Tally:
    """Messages of this run at one destination. The codes of `rejected` are the provider's, the reasons of `withheld` the caller's."""

    accepted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    unknown: int = 0
    left: int = 0
    """In the outbox, not sent, to be tried by the next run."""
    withheld: Counter[str] = field(default_factory=Counter)
    withheld_ids: dict[str, str] = field(default_factory=dict)
    """The messages behind `withheld`, each with its reason."""
    already: Counter[str] = field(default_factory=Counter)
    """By status in the ledger: dealt with by earlier runs, not touched now."""
    recovered: int = 0
    """Left in doubt by an earlier run and settled as accepted or rejected in this one; counted there as well."""
    stopped: str | None = None
    """Why the destination was given up in this run."""
    samples: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Held:
    """A message that may have arrived, never repeated by itself: for a person to look into."""

    message_id: str
    campaign: str
    destination: str
    masked_address: str
    detail: str


@dataclass(slots=True)
class DeliveryReport:
    """The whole run. `held` lists every held message of the ledger, not only this run's."""

    destinations: dict[str, Tally]
    held: list[Held] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def accepted(self) -> int:
        return sum(tally.accepted for tally in self.destinations.values())

    @property
    def rejected(self) -> int:
        return sum(tally.rejected.total() for tally in self.destinations.values())

    @property
    def unknown(self) -> int:
        return sum(tally.unknown for tally in self.destinations.values())

    @property
    def left(self) -> int:
        return sum(tally.left for tally in self.destinations.values())

    @property
    def already_delivered(self) -> int:
        return sum(tally.already["accepted"] for tally in self.destinations.values())

    @property
    def rows_per_second(self) -> float:
        """Accepted and rejected messages per second of the run."""
        return (self.accepted + self.rejected) / self.seconds if self.seconds > 0 else 0.0

    def sentences(self) -> list[str]:
        """The run in words, most important first."""
        lines = list(self.notes)
        for name, tally in self.destinations.items():
            if tally.stopped:
                lines.append(f"{name} cannot be used now ({tally.stopped}): {tally.left} messages left in the outbox")
            parts = [f"{tally.accepted} accepted"]
            parts += [f"{count} rejected ({code})" for code, count in tally.rejected.most_common()]
            parts += [f"{tally.unknown} unknown"] if tally.unknown else []
            parts += [f"{tally.left} left"] if tally.left else []
            parts += [f"{count} withheld ({reason})" for reason, count in tally.withheld.most_common()]
            parts += [f"{count} {status} before" for status, count in tally.already.most_common()]
            lines.append(f"{name}: {', '.join(parts)}")
        if self.held:
            lines.append(f"{len(self.held)} messages are held because their answer was lost; they are not sent again by themselves")
            lines += [f"  {row.destination} {row.campaign} to {row.masked_address}: {row.detail}" for row in self.held[:_LISTED]]
        return lines

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a run's summary and an asset's metadata."""
        names = ("accepted", "unknown", "left", "recovered", "stopped", "samples")
        counters = ("rejected", "withheld", "already")
        return {
            "accepted": self.accepted,
            "rejected": self.rejected,
            "unknown": self.unknown,
            "left": self.left,
            "already_delivered": self.already_delivered,
            "held": len(self.held),
            "seconds": round(self.seconds, 3),
            "rows_per_second": round(self.rows_per_second, 1),
            "destinations": {
                destination: {name: getattr(tally, name) for name in names} | {name: dict(getattr(tally, name)) for name in counters}
                for destination, tally in self.destinations.items()
            },
        }
