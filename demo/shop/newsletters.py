"""The shop's own newsletter, which its provider sent every second Thursday long before any of our messages: who got it and did what.

All of it follows from the plan of a chunk, so that any stretch of time can be told alone, and told twice. Longer than others: one story.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from demo.shop.answers import is_dead
from demo.shop.catalogue import PROMOTIONS, running_promotion
from demo.shop.clock import DAY, HORIZON, HOUR, MINUTE, NEVER, SECOND, micros, moment
from demo.shop.crm_rows import subscriptions
from demo.shop.draws import Bools, Floats, Ints, noise, spread
from demo.shop.interest import interest
from demo.shop.plan import Plan

FIRST = micros(datetime(2025, 9, 4, 6, tzinfo=UTC))
EVERY = 14 * DAY
STATUSES = ("delivered", "opened", "clicked", "bounced", "complained", "unsubscribed")
DELIVERED, OPENED, CLICKED, BOUNCED, COMPLAINED, UNSUBSCRIBED = range(len(STATUSES))
_KEYS = 256  # newsletters that the key of a person's newsletter has room for
_FAREWELLS = (BOUNCED, COMPLAINED, UNSUBSCRIBED)

Told = tuple[Ints, int, Ints, bool]  # which of the newsletters sent, what happened, when, whether by a machine


@dataclass(frozen=True)
class Mailed:
    """One thing that happened to a newsletter: its number and name, whose address (normalised), what, and when (microseconds)."""

    issue: int
    campaign: str
    subject: str
    address: str
    status: str
    at: int
    is_machine: bool


def mailed(plan: Plan, since: int, now: int) -> Iterator[Mailed]:
    """What happened to the newsletters of a chunk's people after `since` up to `now` (microseconds), in order of time."""
    person, issue = _recipients(plan, np.arange(FIRST, min(now, HORIZON) + 1, EVERY))
    told = list(_happens(plan, person, issue))
    which = np.concatenate([one[0] for one in told])
    status = np.concatenate([np.full(len(one[0]), one[1]) for one in told])
    at = np.concatenate([one[2] for one in told])
    is_machine = np.concatenate([np.full(len(one[0]), one[3]) for one in told])
    # after a bounce, a complaint or a farewell nothing is sent any more
    ends = np.full(len(plan.people), NEVER, dtype=np.int64)
    final = np.isin(status, _FAREWELLS)
    np.minimum.at(ends, person[which[final]], at[final])
    shown = (at > since) & (at <= now) & (FIRST + issue[which] * EVERY < ends[person[which]])
    names = [_named(FIRST + number * EVERY) for number in range(int(issue.max(initial=-1)) + 1)]
    order = np.flatnonzero(shown)[np.lexsort((status[shown], at[shown]))]
    for i in order.tolist():
        number = int(issue[which[i]])
        address = plan.addresses.email[int(person[which[i]])]
        yield Mailed(number, *names[number], address, STATUSES[int(status[i])], int(at[i]), bool(is_machine[i]))


def _named(sent: int) -> tuple[str, str]:
    """A newsletter's campaign and subject: the sale that runs, else what is new."""
    sale = int(running_promotion(np.array([sent]))[0])
    return f"Newsletter {moment(sent):%Y-%m-%d}", PROMOTIONS[sale].name if sale >= 0 else "What is new this fortnight"


def _recipients(plan: Plan, sent: Ints) -> tuple[Ints, Ints]:
    """Who agreed to e-mail at the time of each newsletter: person and number of the newsletter."""
    readers, since, until, again = subscriptions(plan.contacts)
    goes: Bools = (since[:, None] <= sent) & (until[:, None] > sent) | (again[:, None] <= sent)
    row, issue = np.nonzero(goes)
    return readers[row], issue


def _happens(plan: Plan, person: Ints, issue: Ints) -> Iterator[Told]:
    people = plan.people
    number, key = people.number[person], people.number[person] * _KEYS + issue
    sent = FIRST + issue * EVERY + spread(key, "in line", 0, 50 * MINUTE)
    everything = np.arange(len(key))
    dead = np.array([is_dead(people.seed, "email", address) for address in plan.addresses.email])[person]
    yield everything[dead], BOUNCED, sent[dead] + 4 * SECOND, False
    yield everything[~dead], DELIVERED, sent[~dead] + spread(key, "way", 2 * SECOND, 3 * MINUTE)[~dead], False
    yield from _machines(everything, number, key, sent, ~dead)

    mood = interest(people, plan.orders, person, sent)
    opens = ~dead & (noise(key, "opens") < _inclination(number, mood))
    seen = np.maximum(sent + 4 * MINUTE, _when_at_leisure(plan, person, key, sent))
    blind = noise(number, "no pictures") < 0.15  # reads, but no picture is fetched that would tell
    yield everything[opens & ~blind], OPENED, seen[opens & ~blind], False
    clicks = opens & (noise(key, "clicks") < 0.02 + 0.7 * mood**2)
    yield everything[clicks], CLICKED, seen[clicks] + spread(key, "reads", 5 * SECOND, 4 * MINUTE)[clicks], False
    weary = np.where(people.annoyed[person], 0.02, 0.0006) + np.where(people.left[person] < sent, 0.004, 0.0)
    leaves = opens & ~clicks & (noise(key, "leaves") < weary)
    angry = noise(key, "angry") < 0.12
    yield everything[leaves & ~angry], UNSUBSCRIBED, seen[leaves & ~angry] + MINUTE, False
    yield everything[leaves & angry], COMPLAINED, seen[leaves & angry] + MINUTE, False


def _machines(everything: Ints, number: Ints, key: Ints, sent: Ints, arrives: Bools) -> Iterator[Told]:
    """Scanners fetch every picture at once and follow some links; privacy proxies fetch pictures at any hour, read or not."""
    scanned = arrives & (noise(number, "scanner") < 0.1) & (noise(key, "scanned") < 0.93)
    yield everything[scanned], OPENED, sent[scanned] + spread(key, "scan", 4 * SECOND, MINUTE)[scanned], True
    followed = scanned & (noise(key, "followed") < 0.2)
    yield everything[followed], CLICKED, sent[followed] + spread(key, "follow", MINUTE, 2 * MINUTE)[followed], True
    fetched = arrives & (noise(number, "proxy") < 0.15) & (noise(key, "fetched") < 0.8)
    yield everything[fetched], OPENED, sent[fetched] + spread(key, "fetch", 10 * MINUTE, 30 * HOUR)[fetched], True


def _inclination(number: Ints, mood: Floats) -> Floats:
    """How likely a newsletter is opened: some open all from habit, some hardly any, for most it is a matter of interest."""
    kind = noise(number, "reader")
    share: Floats = np.where(kind < 0.1, 0.75 - 0.3 * (mood < 0.1), np.where(kind < 0.22, 0.02 + 0.2 * mood, 0.02 + 1.1 * mood))
    return share


def _when_at_leisure(plan: Plan, person: Ints, key: Ints, sent: Ints) -> Ints:
    """Around the own hour of the same day or of one of the next, else whenever the mail happened to come up."""
    days = (noise(key, "another day") < 0.35).astype(np.int64) + (noise(key, "yet another day") < 0.15)
    hour = plan.people.hour_utc[person] + 4 * (noise(key, "hour") + noise(key, "hour too") - 1)
    own = sent // DAY * DAY + (days * 24 + hour) * HOUR
    own = np.where(own < sent, own + DAY, own)
    chance = sent + spread(key, "comes up", 4 * MINUTE, 40 * HOUR)
    return np.where(noise(key, "at leisure") < 0.6, own, chance).astype(np.int64)
