"""Visits to the web shop: to buy, to look, to fill a cart and go; before the login, without it, and on a shared device.

A little longer than others: all kinds of visits share their keys.
"""

from dataclasses import dataclass

import numpy as np

from demo.shop.clock import DAY, HORIZON, HOUR, NEVER
from demo.shop.draws import Bools, Ints, generator, noise, pick, spread
from demo.shop.interest import interest
from demo.shop.orders import Orders
from demo.shop.people import CONTACT_ONLY, VISITOR, People

VISITS_PER_PERSON = 1024
ANONYMOUS, LOGS_IN, LOGGED_IN = range(3)
# What happens in a visit; `login` and `first_visit` are left out where they do not apply.
_OPENING = ("first_visit", "session_start", "page_view", "login")
_LOOK = (*_OPENING, "view_item_list", "view_item")
_CART = (*_LOOK, "add_to_cart")
_CHECKOUT = (*_CART, "begin_checkout", "add_shipping_info")
TEMPLATES: tuple[tuple[str, ...], ...] = (
    _OPENING,
    (*_LOOK, "user_engagement"),
    (*_LOOK, "page_view", "view_item", "view_item", "user_engagement"),
    (*_CART, "user_engagement"),
    (*_CART, "view_item", "add_to_cart"),
    (*_CART, "begin_checkout"),
    (*_CHECKOUT, "user_engagement"),
    (*_CHECKOUT, "add_payment_info"),
    (*_CHECKOUT, "add_payment_info", "purchase", "user_engagement"),
)
PURCHASE = len(TEMPLATES) - 1
BLOCKED = PURCHASE - 1  # the order went through, but the thank-you page reported nothing
LOOKING = [0.16, 0.32, 0.20, 0.14, 0.07, 0.05, 0.04, 0.02]


@dataclass(frozen=True)
class Visits:
    """One row per visit. `at` is the time of the purchase, or of the last event; `order` an index in the orders or -1."""

    key: Ints
    person: Ints
    at: Ints
    template: Ints
    order: Ints
    login: Ints
    device: Ints  # number of the device in the world
    rank: Ints  # how many visits this device made before
    since: Ints  # first touch of the device, microseconds
    late: Ints  # microseconds until the export shows it


def plan_visits(people: People, orders: Orders, start: int) -> Visits:
    """All visits from `start` (microseconds, a midnight) up to the horizon."""
    rng = generator(people.seed, people.chunk, "visits")
    bought = np.flatnonzero((orders.at >= start) & people.tracked[orders.person])
    bought = bought[noise(orders.key[bought], "other device") > 0.07]
    place = orders.key[bought] % 128
    buying = (
        people.number[orders.person[bought]] * VISITS_PER_PERSON + 512 + place,
        orders.person[bought],
        orders.at[bought],
        np.where(noise(orders.key[bought], "blocked") < 0.06, BLOCKED, PURCHASE),
        bought,
    )
    looking = [_round_of_looks(people, orders, start, rng), _before_joining(people, start, rng), _before_buying(people, orders, start)]
    key, person, at, template, order = (
        np.concatenate([buying[field], *(part[field] for part in looking)]).astype(np.int64) for field in range(5)
    )
    return make_visits(people, orders, key, person, at, template, order, start)


def make_visits(people: People, orders: Orders, key: Ints, person: Ints, at: Ints, template: Ints, order: Ints, start: int) -> Visits:
    """Visits with their logins and devices; everything else about a visit follows from its key. start: the first exported instant."""
    account = people.has_account[person] & (at >= people.joined[person])
    as_guest = np.zeros(len(key), dtype=bool)
    as_guest[order >= 0] = orders.guest[order[order >= 0]] if len(orders) else False
    buys = (order >= 0) & ~as_guest
    stays = noise(key, "stays logged in")
    fresh = account & (at - people.joined[person] < 2 * HOUR)
    login = np.where(buys, np.where(stays < 0.5, LOGGED_IN, LOGS_IN), pick(key, "login", [0.5, 0.12, 0.38]))
    login = np.where(fresh & buys, LOGS_IN, login)
    login = np.where(account & ~as_guest, login, ANONYMOUS)
    second = noise(key, "second device") < np.where(people.number[person] % 3 == 0, 0.35, 0.0)
    shared = (people.partner[person] >= 0) & (people.shares[person] == 2)
    owner = np.where(shared, people.partner[person], person)
    device = people.number[owner] * 2 + (second & ~shared)
    rank, since = _history(people, owner, device, at, start)
    login = np.where((rank == 0) & (login == LOGGED_IN), LOGS_IN, login)  # nobody is known on a new device
    late = np.where(noise(key, "late hit") < 0.015, (1 + (noise(key, "how late") < 0.4)) * DAY, 0)
    return Visits(key, person, at, template, order, login, device, rank, since, late.astype(np.int64))


def _history(people: People, owner: Ints, device: Ints, at: Ints, export_start: int) -> tuple[Ints, Ints]:
    order = np.lexsort((at, device))
    _, start, group = np.unique(device[order], return_index=True, return_inverse=True)
    rank = np.empty(len(device), dtype=np.int64)
    first = np.empty(len(device), dtype=np.int64)
    rank[order] = np.arange(len(device)) - start[group]
    first[order] = at[order][start[group]]
    older = people.joined[owner] < export_start  # came before the first exported day: counted on from there
    months = (export_start - people.joined[owner]) // (15 * DAY) + 1
    touched = np.where(older, people.joined[owner] - HOUR, first - HOUR // 2)
    return rank + np.where(older, months, 0), touched


Planned = tuple[Ints, Ints, Ints, Ints, Ints]


def _round_of_looks(people: People, orders: Orders, start: int, rng: np.random.Generator) -> Planned:
    """Everybody looks in at the own pace, 8 to 50 days, from joining until some weeks after leaving; less with the shop far from mind."""
    count = len(people)
    pace = rng.uniform(8, 50, count)
    steps = int((HORIZON - start) / DAY / (8 * 0.6)) + 1
    gaps = pace[:, None] * rng.triangular(0.6, 1.0, 1.4, (count, steps))
    begin = np.maximum(people.joined, start - (rng.random(count) * pace * DAY).astype(np.int64))
    at = begin[:, None] + (np.cumsum(gaps, axis=1) * DAY).astype(np.int64)
    hour = ((people.hour_utc[:, None] + rng.triangular(-4, 0, 4, (count, steps))) * HOUR).astype(np.int64)
    at = at // DAY * DAY + hour
    at[:, 0] = np.where(people.kind == VISITOR, people.joined, at[:, 0])
    turns = np.where(people.kind == VISITOR, 1 + (people.number % 7 < 2) + (people.number % 5 < 1), steps)
    ends = np.where(people.left < NEVER, people.left + 40 * DAY, NEVER)
    goes: Bools = (at >= start) & (at <= HORIZON) & (at > people.joined[:, None] - 1) & (at <= ends[:, None])
    goes &= (people.tracked & (people.kind != CONTACT_ONLY))[:, None] & (np.arange(steps) < turns[:, None])
    person, turn = np.nonzero(goes)
    key, at = people.number[person] * VISITS_PER_PERSON + turn, at[person, turn]
    goes = (people.kind[person] == VISITOR) | (noise(key, "in the mood") < 0.12 + 1.4 * interest(people, orders, person, at))
    key, person, at = key[goes], person[goes], at[goes]
    return key, person, at // 1000 * 1000, pick(key, "looking", LOOKING), np.full(len(key), -1)


def _before_buying(people: People, orders: Orders, start: int) -> Planned:
    """Half of the purchases that come anyway are looked at beforehand, once or twice in the days before; some of these carts are left."""
    bought = np.repeat(np.flatnonzero((orders.at >= start) & people.tracked[orders.person]), 2)
    turn = np.tile(np.arange(2), len(bought) // 2)
    key = people.number[orders.person[bought]] * VISITS_PER_PERSON + 640 + orders.key[bought] % 128 * 2 + turn
    at = orders.at[bought] - spread(key, "beforehand", 5 * HOUR, 24 * DAY)
    goes = (noise(orders.key[bought], "looks beforehand") > 0.5 + turn * 0.25) & (at >= start)
    goes &= at > people.joined[orders.person[bought]] + HOUR
    key, at, person = key[goes], at[goes], orders.person[bought[goes]]
    return key, person, at // 1000 * 1000, pick(key, "looking", LOOKING), np.full(len(key), -1)


def _before_joining(people: People, start: int, rng: np.random.Generator) -> Planned:
    """One to three anonymous visits in the two weeks before somebody opens an account or buys as a guest."""
    person = np.repeat(np.arange(len(people)), 3)
    turn = np.tile(np.arange(3), len(people))
    at = people.joined[person] - (rng.uniform(0.2, 15, len(person)) * DAY).astype(np.int64)
    goes = (noise(people.number[person], "looks first") > turn * 0.4) & people.tracked[person] & (at >= start)
    goes &= (people.kind[person] < CONTACT_ONLY) & (at <= HORIZON)
    person, turn, at = person[goes], turn[goes], at[goes]
    key = people.number[person] * VISITS_PER_PERSON + 900 + turn
    return key, person, at // 1000 * 1000, pick(key, "looking", LOOKING), np.full(len(key), -1)
