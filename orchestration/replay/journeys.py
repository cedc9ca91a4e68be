"""A file of journeys: made-up people, what happens to them and when, and what should come of it. Read and checked here.
One file, though long: what it refuses is the format.

`journeys/example.yml` shows all of it, with words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

#: What may happen, and what each takes besides `at`.
HAPPENINGS: dict[str, frozenset[str]] = {
    "consents": frozenset({"to"}),
    "withdraws": frozenset({"from"}),
    "visits": frozenset(),
    "views": frozenset({"product"}),
    "carts": frozenset({"product"}),
    "orders": frozenset({"product", "quantity", "offline"}),
    "receives": frozenset(),
    "refunds": frozenset(),
    "opens_ticket": frozenset({"complaint"}),
    "closes_ticket": frozenset(),
    "reviews": frozenset({"product", "rating"}),
    "unsubscribes": frozenset({"from"}),
    "marks_as_spam": frozenset(),
    "bounces": frozenset(),
}
OF_A_PRODUCT = frozenset({"price", "stock"})
EXPECTATIONS = frozenset({"sent", "not", "because", "after", "by", "times", "channel"})


@dataclass
class Event:
    """What happens at an instant (naive UTC); `more` as HAPPENINGS has it."""

    at: datetime
    does: str
    more: dict[str, Any] = field(default_factory=dict)


@dataclass
class Expectation:
    """That a campaign is sent: after and by an instant, by a channel, so many times; or (`is_not`) that it never is, and once held back
    for a reason. campaign: None means any."""

    campaign: str | None
    is_not: bool = False
    because: str | None = None
    after: datetime | None = None
    by: datetime | None = None
    times: int | None = None
    channel: str | None = None


@dataclass
class Person:
    """facts: what is known of them (country, phone, preferred, birth_date, time_zone); since: when they signed up."""

    name: str
    since: datetime
    consents: list[str]
    is_in_holdout: bool
    facts: dict[str, Any]
    events: list[Event]
    expect: list[Expectation]


@dataclass
class Journeys:
    """The whole file. products: by name, what is known of each; changes: what becomes of them later (product, Event)."""

    first: datetime
    last: datetime
    every: timedelta
    products: dict[str, dict[str, Any]]
    changes: list[tuple[str, Event]]
    people: list[Person]


def read(path: Path) -> Journeys:
    """Reads a file. Raises ValueError that says what is wrong where."""
    given = _mapping(
        yaml.safe_load(path.read_text()), path.name, {"from", "until", "every_minutes", "products", "people"}, {"from", "until", "people"}
    )
    first, last = instant(given["from"], "from"), instant(given["until"], "until")
    products, changes = {}, []
    for name, facts in (given.get("products") or {}).items():
        known = _mapping(facts, f"product {name}", {"price", "category", "brand", "stock", "changes"}, {"price"})
        for change in known.pop("changes", []):
            told = _mapping(change, f"product {name}", {"at", *OF_A_PRODUCT}, {"at"})
            changes.append((name, Event(instant(told.pop("at"), f"product {name}"), "changes", told)))
        products[name] = known
    people = [_person(one, first, products) for one in given["people"]]
    names = [person.name for person in people]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two people are called {name!r}")
    return Journeys(first, last, timedelta(minutes=int(given.get("every_minutes", 60))), products, changes, people)


def instant(said: object, where: str) -> datetime:
    """A time of the file, as it is stored: UTC without a zone."""
    try:
        read = datetime.fromisoformat(str(said))
    except ValueError:
        raise ValueError(f"{where}: {said!r} is no time; write it like 2026-03-02 10:00 (UTC)") from None
    return read.astimezone(UTC).replace(tzinfo=None) if read.tzinfo else read


def _person(given: object, first: datetime, products: Mapping[str, object]) -> Person:
    facts = _mapping(
        given,
        "a person",
        {"name", "since", "consents", "holdout", "events", "expect", "country", "phone", "preferred", "birth_date", "time_zone"},
        {"name"},
    )
    where = str(facts.pop("name"))
    events = [_event(one, where, products) for one in facts.pop("events", [])]
    expect = [_expectation(one, where) for one in facts.pop("expect", [])]
    since = instant(facts.pop("since", first - timedelta(days=400)), where)
    consents = facts.pop("consents", ["email"])
    if early := [event for event in events if event.at < since]:
        raise ValueError(f"{where}: {early[0].does} at {early[0].at} is before they signed up (since: {since})")
    return Person(where, since, list(consents), bool(facts.pop("holdout", False)), facts, sorted(events, key=lambda one: one.at), expect)


def _event(given: object, where: str, products: Mapping[str, object]) -> Event:
    told = _mapping(given, where, {"at", "does"}.union(*HAPPENINGS.values()), {"at", "does"})
    at, does = instant(told.pop("at"), where), str(told.pop("does"))
    if does not in HAPPENINGS:
        raise ValueError(f"{where}: nobody {does}; what may happen is {', '.join(HAPPENINGS)}")
    if strange := set(told) - HAPPENINGS[does]:
        raise ValueError(f"{where}: {does} takes no {', '.join(sorted(strange))}")
    if "product" in told and told["product"] not in products:
        raise ValueError(f"{where}: there is no product {told['product']!r}; there are {', '.join(products) or 'none'}")
    if "product" in HAPPENINGS[does] and "product" not in told:
        raise ValueError(f"{where}: {does} what? It needs a product")
    return Event(at, does, told)


def _expectation(given: object, where: str) -> Expectation:
    told = _mapping(given, f"{where}, expect", EXPECTATIONS, set())
    if ("sent" in told) == ("not" in told):
        raise ValueError(f"{where}: an expectation is either `sent: campaign` or `not: campaign` (or `not: anything`)")
    is_not = "not" in told
    name = str(told["not"] if is_not else told["sent"])
    after, by = (instant(told[key], where) if key in told else None for key in ("after", "by"))
    because, channel, times = told.get("because"), told.get("channel"), told.get("times")
    return Expectation(None if name == "anything" else name, is_not, because, after, by, times, channel)


def _mapping(given: object, where: str, known: set[str] | frozenset[str], needed: set[str]) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise ValueError(f"{where}: {given!r} is not a list of `name: value`")
    if strange := {str(key) for key in given} - known:
        raise ValueError(f"{where}: {', '.join(sorted(strange))} is not known; known are {', '.join(sorted(known))}")
    if missing := needed - given.keys():
        raise ValueError(f"{where}: {', '.join(sorted(missing))} is missing")
    return dict(given)
