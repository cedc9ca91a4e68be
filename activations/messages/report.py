"""What a delivery tells people: counts by destination and outcome, sentences, and samples with masked addresses."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from activations.ledger import Held
from activations.masking import mask
from activations.model import Accepted, Deferred, Message, Rejected, Settled, Unknown, Withheld, why

_LISTED = 10
_SAMPLES = 3


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
    elsewhere: int = 0
    """Of this outbox, in the hands of another worker that shares the ledger."""
    in_doubt: int = 0
    """Left behind by workers that died while sending."""
    recovered: int = 0
    """Left in doubt by an earlier run and settled as accepted or rejected in this one; counted there as well."""
    stopped: str | None = None
    """Why the destination was given up in this run."""
    samples: list[str] = field(default_factory=list)

    def count(self, message: Message, outcome: Settled, *, is_repeatable: bool) -> None:
        """Counts what became of a message."""
        match outcome:
            case Accepted():
                self.accepted += 1
            case Rejected():
                self.rejected[outcome.code] += 1
            case Unknown() if not is_repeatable:
                self.unknown += 1
            case Deferred():
                self.left += 1
            case Withheld():
                self.withheld[outcome.detail] += 1
                self.withheld_ids[message.message_id] = outcome.detail
            case _:
                self.left += 1
                self.stopped = self.stopped or why(outcome)
        if len(self.samples) < _SAMPLES:
            self.samples.append(f"{message.campaign} to {mask(message.address)}: {type(outcome).__name__.lower()}")


@dataclass(slots=True)
class DeliveryReport:
    """The whole run. `held` lists the held messages of the ledger, not only this run's: the oldest of `held_count`."""

    destinations: dict[str, Tally]
    held: list[Held] = field(default_factory=list)
    held_count: int = 0
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

    def on_its_way(self, wanted: int, seconds: float) -> str:
        """One line of progress, of so many messages that are wanted sent: messages a second, accepted, rejected, held, left."""
        tallies = self.destinations.values()
        done = self.accepted + self.rejected
        elsewhere = sum(tally.withheld.total() + tally.elsewhere for tally in tallies)
        before = sum(tally.already.total() - tally.in_doubt for tally in tallies)  # what was in doubt is settled first, and seen again then
        left = min(max(wanted - done - self.unknown - elsewhere - before, 0), wanted)
        speed = round(done / seconds) if seconds > 0 else 0
        parts = (f"{self.accepted:,} accepted", f"{self.rejected:,} rejected", f"{self.unknown:,} held", f"{left:,} left")
        return f"{speed:,} messages a second, {', '.join(parts)}"

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
            parts += [f"{tally.elsewhere} with another worker"] if tally.elsewhere else []
            parts += [f"{count} {status} before" for status, count in tally.already.most_common()]
            lines.append(f"{name}: {', '.join(parts)}")
        if self.held_count:
            lines.append(f"{self.held_count} messages are held because their answer was lost; they are not sent again by themselves")
            lines += [f"  {row.destination} {row.campaign} to {row.masked_address}: {row.detail}" for row in self.held[:_LISTED]]
        return lines

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a run's summary and an asset's metadata."""
        names = ("accepted", "unknown", "left", "elsewhere", "in_doubt", "recovered", "stopped", "samples")
        counters = ("rejected", "withheld", "already")
        return {
            "accepted": self.accepted,
            "rejected": self.rejected,
            "unknown": self.unknown,
            "left": self.left,
            "already_delivered": self.already_delivered,
            "held": self.held_count,
            "seconds": round(self.seconds, 3),
            "rows_per_second": round(self.rows_per_second, 1),
            "destinations": {
                destination: {name: getattr(tally, name) for name in names} | {name: dict(getattr(tally, name)) for name in counters}
                for destination, tally in self.destinations.items()
            },
        }
