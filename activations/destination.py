"""What a destination must be able to do. It only translates: rows into requests, answers into one outcome per row.

Batching, pacing, retries, splitting, diffing, recording and reporting are done once for all of them, by the callers of
these protocols. A new vendor is one file in `activations/destinations`: a name, its abilities, `encode` and `send`, and of
the optional protocols those that the vendor has a way for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

import pyarrow as pa

from activations.model import Message, Outcome


class Work(StrEnum):
    """What a destination can be asked to do, and what its rows are."""

    MESSAGE = "message"
    """Take messages to people. Rows: `Message`."""
    UPSERT = "upsert"
    """Create or update people and put them on the list `target`. Rows: profile_id, email, phone, first_name, last_name; every other
    column is a property. Touches neither consent nor suppression."""
    REMOVE = "remove"
    """Take people off the list `target`, and change nothing else about them. Rows: profile_id, email, phone, provider_ref (None where
    the upsert's answer named none): what the provider was last told. Whoever is not there is off the list: accepted. profile_id and
    provider_ref are None where a person stays under a new address: only who still goes by the old address is meant."""
    APPEND = "append"
    """Tell the provider what happened. Rows: row_id (the same for ever), event (its name), occurred_at, profile_id, email, phone; every
    other column is a property."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What fits into one request, and how many requests may be under way at once."""

    rows: int
    size_bytes: int
    """Sum of the encoded rows, separators included, without the envelope."""
    concurrency: int = 1
    row_bytes: int | None = None
    """A longer row is rejected before it is sent, where the provider would drop it silently or refuse the rest with it."""


@dataclass(frozen=True, slots=True)
class Ability:
    """How one kind of work is to be handed over."""

    limits: Limits
    is_repeatable: bool
    """Whether doing it twice with the same rows is doing it once: an upsert by a natural key, or a repeat that the provider drops
    by a key of ours. Only then is a row sent again after its answer was lost."""


@dataclass(frozen=True, slots=True)
class Request:
    """Rows that fit into one request of a provider, encoded."""

    work: Work
    rows: Sequence[bytes] = field(repr=False)
    target: str = ""
    """The provider's id of the list, as `prepare` gave it."""
    is_first_load: bool = False
    """A first load or a back-fill: nothing that the provider starts when people join or events come may start."""


class Destination(Protocol):
    """Takes rows to one provider."""

    name: str
    abilities: Mapping[Work, Ability]

    def encode(self, work: Work, row: Any) -> bytes:
        """The row, as `Work` says it, as it stands in a request. The same row always gives the same bytes."""

    def send(self, request: Request) -> list[Outcome]:
        """Makes one request; answers for each of its rows, in their order. Never raises for what a provider does."""


@runtime_checkable
class EncodesTogether(Protocol):
    """A destination that encodes rows a column at a time, where that is much faster than one by one."""

    def encode_together(self, work: Work, batch: pa.RecordBatch) -> list[bytes] | None:
        """What `encode` gives for each row, byte for byte; None where it must be asked row by row."""


@runtime_checkable
class Prepares(Protocol):
    """A destination whose lists, or fields for properties, must be there before rows go in."""

    def prepare(self, audience: str, columns: pa.Schema) -> str:
        """The provider's id of the list with this name, found or created, and whatever the columns need.
        Raises NoAnswer; safe to repeat."""


@runtime_checkable
class Polls(Protocol):
    """A destination that takes rows as jobs."""

    def poll(self, handle: str, rows: Sequence[bytes]) -> list[Outcome] | None:
        """What became of the rows of a Job, in their order; None while it is under way. Raises NoAnswer."""


@dataclass(frozen=True, slots=True)
class ListMember:
    """Someone on a list, as the provider knows them. Their profile_id may be another's: providers merge people who share an address.
    `provider_id` is what a removal takes as provider_ref; `phone` their number, where `address` is an e-mail address and it is known."""

    provider_id: str
    profile_id: str | None
    address: str | None = field(repr=False)
    phone: str | None = field(default=None, repr=False)


@runtime_checkable
class ReadsMembers(Protocol):
    """A destination that can be asked who is on a list."""

    def find(self, audience: str) -> str | None:
        """The provider's id of the list that `prepare` would find; None where it would have to make one. Raises NoAnswer."""

    def members(self, target: str, cursor: str | None) -> tuple[list[ListMember], str | None]:
        """A page of the list's people from `cursor` on (None: the first), and the next page's cursor. Raises NoAnswer."""


@runtime_checkable
class Replaces(Protocol):
    """A destination that keeps a list by replacing it whole, e.g. a file. It needs no ability for UPSERT and REMOVE."""

    def replace(self, audience: str, desired: pa.Table) -> Outcome:
        """Makes the list equal to `desired` (rows as for UPSERT); all or nothing."""


@dataclass(frozen=True, slots=True)
class Found:
    """A message that the provider says it has."""

    provider_ref: str
    created_at: datetime


@runtime_checkable
class LooksUp(Protocol):
    """A destination that can be asked whether a message reached it, for those that do not drop repeats."""

    def look_up(self, message: Message, since: datetime) -> list[Found]:
        """Messages of the same recipient and text created at or after `since`, oldest first. Raises NoAnswer."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address that the provider will not, or must not, write to."""

    address: str = field(repr=False)
    channel: str
    """'email' or 'sms'."""
    reason: str
    """'bounced', 'complained', 'unsubscribed' or 'blocked'."""
    at: datetime | None


@runtime_checkable
class ReadsSuppressions(Protocol):
    """A destination that says whom it must not write to. What it says wins over everything that is known here."""

    def suppressed(self, since: datetime | None) -> Iterator[Suppression]:
        """Those that came to be suppressed at or after `since`; all for None, or where the provider cannot tell. Raises NoAnswer."""
