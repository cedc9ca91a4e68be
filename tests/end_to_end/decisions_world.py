"""What decisions are made of, as plain Python: people, what is asked for, what went out, and the policy. All times are naive UTC.

One file, a little long.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import yaml
from decisions_draws import Experiment, Log

PROJECT = Path(__file__).parents[2] / "dbt_project"
CHANNELS = ("email", "sms")
PURPOSES = ("marketing", "transactional")
#: The figures of the policy that decisions go by, by the names of dbt_project.yml.
FIGURES = (
    *("triggers", "audiences", "yields_to", "scenario_hours", "hold_while_open", "cooldown_hours", "fatigue", "caps"),
    *("quiet_from_hour", "quiet_until_hour", "send_time", "holdout_global_pct", "holdout_campaign_pct"),
)


@dataclass
class Policy:
    """The figures under their names in dbt_project.yml, as they ship but for the changes."""

    figures: dict[str, Any]

    @classmethod
    def of(cls, **changes: Any) -> Self:
        shipped = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]
        return cls({name: shipped[name] for name in FIGURES if name in shipped} | changes)

    def __getitem__(self, name: str) -> Any:
        return self.figures[name]

    @property
    def scenarios(self) -> dict[str, str]:
        """The scenario of each trigger; the first has the highest priority."""
        return {name: scenario for entry in self["triggers"] for name, scenario in entry.items()}


@dataclass
class Person:
    """All that decides about one person. olds: ids that were merged into this one.

    clicks: how many of the messages of 90 days were clicked, and how many there were, by channel; consents: by channel and purpose;
    tired: how much longer the person is left alone.
    """

    profile_id: str
    email: str | None
    phone: str | None
    zone: str = "UTC"
    stated: str | None = None
    bucket: float = 50
    send_hour: int | None = None
    tired: float = 1.0
    suppressed: set[str] = field(default_factory=set)
    consents: dict[tuple[str, str], bool] = field(default_factory=dict)
    clicks: dict[str, tuple[int, int]] = field(default_factory=dict)
    orders: list[tuple[datetime, bool, datetime | None]] = field(default_factory=list)
    complains: bool = False
    tickets: int = 0
    olds: list[str] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [self.profile_id, *self.olds]

    def address(self, channel: str) -> str | None:
        return self.phone if channel == "sms" else self.email


@dataclass
class Request:
    """One row of a trigger, or of an audience (which has no time). voided_by: any of order, return and ticket."""

    campaign: str
    person: Person
    channel: str
    purpose: str = "marketing"
    voided_by: frozenset[str] = frozenset()
    is_urgent: bool = False
    occurred_at: datetime | None = None
    occasion: str = "member"
    product_id: str | None = None

    def name(self, profile_id: str | None = None, occasion: str | None = None) -> str:
        """The name of its message, for ever; under another of the person's ids, for another occasion."""
        return hashlib.md5(f"{self.campaign}|{profile_id or self.person.profile_id}|{occasion or self.occasion}".encode()).hexdigest()

    @property
    def second_occasion(self) -> str:
        return f"{self.occasion}|after_bounce"


@dataclass
class Delivery:
    """What the ledger says of a message. has_bounced: the provider said later that it did not arrive."""

    message_id: str
    profile_id: str
    campaign: str
    channel: str
    status: str
    claimed_at: datetime | None
    finished_at: datetime | None = None
    has_bounced: bool = False

    @property
    def sent_at(self) -> datetime | None:
        """When it may have reached somebody; None where it did not."""
        has_left = self.status in ("accepted", "unknown", "sending") and not self.has_bounced
        return (self.finished_at or self.claimed_at) if has_left else None


@dataclass
class World:
    """One shop at one instant. stock: how many of each product there are; doubted: the models of scores that are in doubt;
    rooms: how many messages a campaign may send unasked; experiments: what is tried, by campaign; holdouts: campaigns' own
    control groups, in percent; overdue: campaigns that are switched off; log: who was assigned to what."""

    people: list[Person]
    requests: list[Request]
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    stock: dict[str, int | None] = field(default_factory=dict)
    doubted: set[str] = field(default_factory=set)
    rooms: dict[str, int] = field(default_factory=dict)
    experiments: dict[str, Experiment] = field(default_factory=dict)
    holdouts: dict[str, float] = field(default_factory=dict)
    overdue: set[str] = field(default_factory=set)
    log: Log = field(default_factory=Log)

    def deliver(self, deliveries: Iterable[Delivery]) -> None:
        self.deliveries |= {delivery.message_id: delivery for delivery in deliveries}

    def read_by(self) -> dict[str, list[Delivery]]:
        """What each person has read or may have: what was sent to them, and what was sent to an address that is theirs too."""
        behind: dict[object, list[Person]] = defaultdict(list)
        for person in self.people:
            for name in (*person.ids, *((channel, person.address(channel)) for channel in CHANNELS)):
                behind[name].append(person)
        read: dict[str, list[Delivery]] = defaultdict(list)
        for delivery in self.deliveries.values():
            for owner in behind[delivery.profile_id]:
                address = owner.address(delivery.channel)
                for reader in behind[delivery.channel, address] if address else [owner]:
                    read[reader.profile_id].append(delivery)
        return read
