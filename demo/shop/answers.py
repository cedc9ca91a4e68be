"""How customers answer messages: they open, click, buy, get annoyed and leave; scanners open too, and some mail bounces.

Each answer follows from the world's seed and the message's own number, so that telling a day twice changes nothing. A long file: one
chain from a message to what it leads to.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from demo.shop.clock import DAY, HOUR, MINUTE, SECOND, micros, moment
from demo.shop.databases import Row
from demo.shop.draws import Ints, pick
from demo.shop.orders import Orders, make_orders
from demo.shop.people import People
from demo.shop.plan import Plan
from demo.shop.visits import LOOKING, PURCHASE, Visits, make_visits

_OWN_KEYS = 1 << 44  # keys of orders and visits that no plan gives


class Message(Protocol):
    """What the shop's customers see of a message in the provider's inbox."""

    @property
    def message_id(self) -> str: ...
    @property
    def channel(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def accepted_at(self) -> "object": ...


@dataclass(frozen=True)
class Answer:
    """One thing that a message led to, at `at` microseconds. `bought` and `visited` are statuses of the shop's own."""

    message_id: str
    key: int
    person: int
    channel: str
    status: str
    at: int
    is_machine: bool = False


class Chance:
    """Numbers in [0, 1) for one message, by what they decide."""

    def __init__(self, seed: int, message_id: str) -> None:
        self._name = f"{seed}:{message_id}:"

    def __call__(self, purpose: str) -> float:
        return int.from_bytes(hashlib.sha256((self._name + purpose).encode()).digest()[:6]) / 2**48

    @property
    def key(self) -> int:
        """A number of the message's own for the order and the visit it leads to."""
        return _OWN_KEYS + int(self("key") * 2**43)


def addressees(plan: Plan, now: int) -> dict[tuple[str, str], int]:
    """Who reads what comes to an address: the first person of those who use it."""
    found: dict[tuple[str, str], int] = {}
    for person in np.flatnonzero(plan.people.joined <= now).tolist():
        found.setdefault(("email", plan.addresses.email[person]), person)
        if (phone := plan.addresses.phone[person]) is not None:
            found.setdefault(("sms", phone), person)
    return found


def is_dead(seed: int, channel: str, address: str) -> bool:
    """Whether nothing arrives at an address, whoever writes to it."""
    return Chance(seed, address.lower())("dead") < (0.02 if channel == "email" else 0.01)


def answer(people: People, person: int, message: Message) -> Iterator[Answer]:
    """Everything that a message leads to, within a day of its acceptance."""
    chance = Chance(people.seed, message.message_id)
    sent = micros(message.accepted_at)  # type: ignore[arg-type]
    reacts, annoyed = bool(people.reacts[person]), bool(people.annoyed[person])

    def told(status: str, at: float, is_machine: bool = False) -> Answer:
        return Answer(message.message_id, chance.key, person, message.channel, status, int(at), is_machine)

    arrived = sent + 5 * SECOND + chance("way") * MINUTE
    if is_dead(people.seed, message.channel, message.address):
        yield told("bounced", arrived)
        return
    yield told("delivered", arrived)
    noticed = arrived + 3 * MINUTE + (chance("wait") + chance("more waiting")) / 2 * 20 * HOUR
    if message.channel == "email":
        if chance("scanner") < 0.12:
            yield told("opened", arrived + 3 * SECOND, is_machine=True)
        if chance("opens") >= (0.65 if reacts else 0.28):
            return
        yield told("opened", noticed)
    if chance("leaves") < (0.35 if annoyed else 0.004):
        yield told("complained" if message.channel == "email" and chance("angry") < 0.15 else "unsubscribed", noticed + MINUTE)
        return
    if chance("clicks") >= (0.5 if reacts else 0.1):
        return
    if message.channel == "email":
        yield told("clicked", noticed + MINUTE)
    buys = chance("buys") < (0.5 if reacts else 0.12) * (1.0 if people.left[person] > sent else 0.3)
    yield told("bought" if buys else "visited", noticed + 4 * MINUTE + chance("looking") * 50 * MINUTE)


def answers(plan: Plan, messages: Iterable[tuple[int, Message]], now: int) -> list[Answer]:
    """The answers given by `now` to messages of persons of the plan."""
    return [a for person, message in messages for a in answer(plan.people, person, message) if a.at <= now]


def led_to(plan: Plan, given: list[Answer]) -> tuple[Orders, Visits]:
    """The orders and the visits that answers led to."""
    bought = [a for a in given if a.status == "bought"]
    visited = [a for a in given if a.status in ("bought", "visited") and plan.people.tracked[a.person]]
    orders = make_orders(plan.people, *_numbers(bought), moved=np.ones(len(bought), dtype=bool))
    key, person, at = _numbers(visited)
    place = {a.key: index for index, a in enumerate(bought)}
    order = np.array([place.get(a.key, -1) for a in visited], dtype=np.int64)
    template = np.where(order >= 0, PURCHASE, pick(key, "looking", LOOKING))
    visits = make_visits(plan.people, orders, key, person, at, template, order, plan.web_start)
    return orders, replace(visits, rank=visits.rank + 300)  # not the first visit, whatever came before


def _numbers(given: list[Answer]) -> tuple[Ints, Ints, Ints]:
    return (
        np.array([a.key for a in given], dtype=np.int64),
        np.array([a.person for a in given], dtype=np.int64),
        np.array([a.at // 1000 * 1000 for a in given], dtype=np.int64),
    )


def withdrawals(plan: Plan, given: list[Answer], since: int) -> list[Row]:
    """Consents that the CRM notes as withdrawn because of unsubscriptions after `since`."""
    contact = dict(zip(plan.contacts.person.tolist()[::-1], plan.contacts.number.tolist()[::-1], strict=True))
    return [
        {
            "consent_id": f"GU{a.key}",
            "contact_id": f"K{contact[a.person]:08d}",
            "channel": a.channel,
            "purpose": "marketing",
            "status": "withdrawn",
            "recorded_at": moment(a.at).replace(tzinfo=None),
            "updated_at": moment(a.at).replace(tzinfo=None),
        }
        for a in given
        if a.status == "unsubscribed" and a.person in contact and since < a.at <= since + 2 * DAY
    ]
