"""The life of an order: paid, sent, delivered, cancelled, given back; each at its own time, so any present can be told."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from demo.shop.baskets import Baskets, fill_baskets
from demo.shop.catalogue import PROMOTIONS, running_promotion
from demo.shop.clock import DAY, HOUR, MINUTE, NEVER
from demo.shop.draws import Bools, Ints, noise, spread
from demo.shop.people import GUEST, People
from demo.shop.places import COUNTRIES
from demo.shop.trials import planted

ORDERS_PER_PERSON = 128  # keys a person's orders may take
#: How many times those in euro the prices of each country are.
PRICE_FACTOR = np.array([country.price_factor for country in COUNTRIES], dtype=np.int64)
_VAT = np.array([country.vat for country in COUNTRIES], dtype=np.int64)


@dataclass(frozen=True)
class Orders:
    """One row per order, by person and time; times in microseconds or NEVER, money in cents of the currency of the buyer's country."""

    key: Ints  # unique in the world
    person: Ints  # index in the chunk
    at: Ints
    guest: Bools
    promotion: Ints  # index or -1
    baskets: Baskets
    discount: Ints
    shipping: Ints
    tax: Ints
    total: Ints
    paid: Ints
    shipped: Ints
    delivered: Ints
    returned: Ints
    cancelled: Ints
    refunded: Ints
    refund: Ints
    visible: Ints  # when the shop's database first shows the order

    def __len__(self) -> int:
        return len(self.key)


def plan_orders(people: People, person: Ints, at: Ints) -> Orders:
    """The orders of the purchases of `purchase_times` (persons in ascending order, each one's times ascending), and what the experiments of
    the past made of them."""
    first = np.searchsorted(person, person, side="left")
    place = np.arange(len(person)) - first
    return make_orders(people, *planted(people, people.number[person] * ORDERS_PER_PERSON + place, person, at))


def make_orders(people: People, key: Ints, person: Ints, at: Ints, moved: Bools | None = None) -> Orders:
    """Orders at given times. Everything about an order follows from its key. `moved`: ordered because of a message."""
    factor = PRICE_FACTOR[people.country[person]]
    baskets = fill_baskets(key, people.number[person], people.category[person], at).priced(factor)
    lines = baskets.per_basket(baskets.line_cents)
    sale = running_promotion(at)
    uses = noise(key, "coupon") < np.where(people.promo_affinity[person] > 0.45, 0.8, 0.4)
    sale = np.where(uses, sale, -1)
    percent = np.array([promotion.percent for promotion in PROMOTIONS] + [0], dtype=np.int64)[sale]
    discount = (lines * percent + 50) // 100
    shipping = np.where(lines - discount >= 5000 * factor, 0, 490 * factor)
    total = lines - discount + shipping
    vat = _VAT[people.country[person]]
    slow = noise(key, "bank transfer") < 0.12
    paid = at + np.where(slow, spread(key, "slow", 12 * HOUR, 60 * HOUR), spread(key, "fast", MINUTE // 6, 3 * MINUTE))
    late = noise(key, "late shipment") < 0.05
    shipped = paid + np.where(late, spread(key, "late", 6 * DAY, 16 * DAY), spread(key, "packing", 5 * HOUR, 50 * HOUR))
    delivered = shipped + spread(key, "way", 20 * HOUR, 5 * DAY)
    fate = noise(key, "fate")
    cancels, returns = fate < 0.03, (fate > 0.95)
    unpaid = cancels & (noise(key, "unpaid") < 0.4)
    cancelled = np.where(unpaid, at + 7 * DAY, np.where(cancels, paid + spread(key, "regret", HOUR // 2, 4 * HOUR), NEVER))
    paid = np.where(unpaid, NEVER, paid)
    shipped, delivered = np.where(cancels, NEVER, shipped), np.where(cancels, NEVER, delivered)
    returned = np.where(returns & (fate > 0.965), delivered + spread(key, "way back", 4 * DAY, 18 * DAY), NEVER)
    months = noise(key, "months later") < 0.12
    back = np.where(months, at + spread(key, "much later", 70 * DAY, 170 * DAY), np.where(returned < NEVER, returned, delivered) + 2 * DAY)
    part = np.where(noise(key, "part") < 0.4, baskets.line_cents[baskets.first[:-1]], total)
    refunded = np.where(cancels & ~unpaid, cancelled + 3 * HOUR, np.where(returns, back, NEVER))
    refund = np.where(cancels, total, np.minimum(part, total))
    appears_late = (noise(key, "appears late") < 0.005) & (moved is None)
    visible = at + np.where(appears_late, spread(key, "days late", 2 * DAY, 4 * DAY), 0)
    return Orders(
        key=key,
        person=person,
        at=at,
        guest=(people.kind[person] == GUEST) | (people.has_account[person] & (noise(key, "as guest") < 0.03)),
        promotion=sale,
        baskets=baskets,
        discount=discount,
        shipping=shipping,
        tax=(total * vat + (100 + vat) // 2) // (100 + vat),
        total=total,
        paid=paid,
        shipped=shipped,
        delivered=delivered,
        returned=returned,
        cancelled=cancelled,
        refunded=refunded,
        refund=refund,
        visible=visible,
    )


def take_orders(orders: Orders, which: Ints) -> Orders:
    """The chosen orders, in that order."""
    fields: dict[str, Any] = {
        name: value.take(which) if isinstance(value, Baskets) else value[which] for name, value in vars(orders).items()
    }
    return Orders(**fields)
