"""The words of delivery: the message, and what a provider can answer about one row."""

from dataclasses import dataclass, field
from datetime import datetime

SEPARATOR = "; "
"""Between the ids of a list in one text."""


@dataclass(frozen=True, slots=True)
class Message:
    """One row of `decisions.outbox`. What names or reaches a person stays out of its repr, so that no log or traceback shows it."""

    message_id: str
    """A hash of campaign, profile and occasion, the same in every run: how a repeated send is recognised for ever."""
    campaign: str
    profile_id: str
    channel: str
    """'email' or 'sms'."""
    destination: str
    address: str = field(repr=False)
    """E-mail address or E.164 phone number, by channel."""
    message: str
    """Name of the template."""
    purpose: str
    subject: str | None = field(repr=False)
    body: str = field(repr=False)
    first_name: str | None = field(repr=False)
    occurred_at: datetime
    """When the thing that the message answers happened; aware. Part of the payload, so it may not change between two tries."""
    occasion: str
    html_body: str | None = field(default=None, repr=False)
    """The text as HTML; None for an SMS."""
    reader_ids: str | None = None
    """Other ids of the person, and those of whoever is behind the same address, with SEPARATOR between: what one of them gets counts for
    all."""
    counted_ids: str | None = None
    """The messages to these that its decision took into account, with SEPARATOR between. None: whoever decided did not say, and what
    else was sent is not looked at."""

    def __post_init__(self) -> None:
        if self.occurred_at.tzinfo is None:
            raise ValueError(f"message {self.message_id}: occurred_at has no time zone; pass an aware datetime")

    @property
    def is_limited(self) -> bool:
        """Whether caps, cooldowns and ranks hold for it. Who ordered gets their confirmation whatever else they got."""
        return self.purpose == "marketing"

    @property
    def readers(self) -> list[str]:
        """The ids of all who read it."""
        return [self.profile_id, *(self.reader_ids or "").split(SEPARATOR)] if self.reader_ids else [self.profile_id]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has the row and answers for it from here on."""

    provider_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider will never take this row; sending it again would not help."""

    code: str
    detail: str = ""
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The request was refused as a whole and surely not applied, perhaps because of another of its rows: worth sending without that one."""

    code: str
    detail: str = ""
    one_by_one: bool = False
    """True where halving would be waste, because many of the rows are likely to be the cause."""


@dataclass(frozen=True, slots=True)
class Throttled:
    """Surely not applied: too many requests. `wait_seconds` is the provider's wish, None where it names none."""

    wait_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request may have arrived; its answer was lost."""

    detail: str


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Surely not applied: the provider cannot be used now (no connection, wrong credentials, a sender that is not set up)."""

    detail: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """Surely not applied, for a reason that passes and is this row's alone (a full mailbox, a server that lets strangers wait). The
    provider is well: others go on, and the next run tries this one again.
    """

    detail: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """Surely not applied: while it waited for the provider, something came to stand against sending it. No destination answers so."""

    detail: str


@dataclass(frozen=True, slots=True)
class Job:
    """The provider took the request and works on it; `handle` is what to ask it by."""

    handle: str


Outcome = Accepted | Rejected | Refused | Throttled | Unknown | Unreachable | Deferred | Withheld | Job
Settled = Accepted | Rejected | Throttled | Unknown | Unreachable | Deferred | Withheld
"""What is left once the engine has split, waited and polled. All but the first two are not final."""


def why(outcome: Settled) -> str:
    """Why a row came to nothing, in words."""
    if isinstance(outcome, Throttled):
        return "it lets through too few requests"
    return "" if isinstance(outcome, Accepted) else outcome.detail
