"""What a destination must be able to do. It only translates: rows into requests, answers into one outcome per row.

Batching, retries, waits, splitting, recording and reporting are done once for all of them, by the callers of these
protocols. A new vendor is one file in `activations/destinations`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

import pyarrow as pa

from activations.model import Message, Outcome


@dataclass(frozen=True, slots=True)
class Limits:
    """What fits into one request, and how many requests may be under way at once."""

    rows: int
    size_bytes: int
    """Sum of the encoded rows, separators included, without the envelope."""
    concurrency: int = 1


class MessageDestination(Protocol):
    """Takes messages to people."""

    name: str
    message_limits: Limits
    is_idempotent: bool
    """Whether the provider itself drops a row that it has already taken, so that repeating after a lost answer is harmless."""

    def encode(self, message: Message) -> bytes:
        """The message as it stands in a request. The same message always gives the same bytes."""

    def send(self, rows: Sequence[bytes]) -> list[Outcome]:
        """Sends one request with these encoded rows; answers for each of them, in their order. Never raises for what a provider does."""


@dataclass(frozen=True, slots=True)
class Found:
    """A message that the provider says it has."""

    provider_ref: str
    created_at: datetime


@runtime_checkable
class LookUp(Protocol):
    """A destination that can be asked whether a message reached it, for those that do not drop repeats."""

    def look_up(self, message: Message, since: datetime) -> list[Found]:
        """Messages of the same recipient and text created at or after `since`, oldest first. Raises NoAnswer."""


@dataclass(frozen=True, slots=True)
class ListMember:
    """Someone on a list, as the provider knows them. Their profile_id may be another's: providers merge people who share an address."""

    provider_id: str
    profile_id: str | None
    address: str | None = field(repr=False)


class MemberAudience(Protocol):
    """Keeps lists of people, changed member by member."""

    name: str
    member_limits: Limits
    removal_limits: Limits

    def find_or_create(self, audience: str) -> str:
        """The provider's id of the list with this name. Raises NoAnswer; safe to repeat."""

    def encode_member(self, member: Mapping[str, Any]) -> bytes:
        """One row of the desired table as it stands in a request."""

    def upsert(self, audience_id: str, rows: Sequence[bytes]) -> list[Outcome]:
        """Creates or updates these profiles and puts them on the list. Touches neither consent nor suppression."""

    def poll(self, handle: str, rows: Sequence[bytes]) -> list[Outcome] | None:
        """What became of the rows of a Job, in their order; None while it is under way. Raises NoAnswer."""

    def members(self, audience_id: str, cursor: str | None) -> tuple[list[ListMember], str | None]:
        """A page of the list's people from `cursor` on (None: the first), and the next page's cursor. Raises NoAnswer."""

    def remove(self, audience_id: str, provider_ids: Sequence[bytes]) -> list[Outcome]:
        """Takes these off the list, and changes nothing else about them."""


@runtime_checkable
class WholeAudience(Protocol):
    """Keeps lists of people by replacing each list whole, e.g. a file."""

    name: str

    def replace(self, audience: str, desired: pa.Table) -> Outcome:
        """Makes the list equal to `desired`; all or nothing."""
