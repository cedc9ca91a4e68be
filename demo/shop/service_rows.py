"""What customers say to the shop: tickets about orders and other things, reviews of what came, answers to surveys.

Drawn from the keys of orders and people by noise of its own, so that who buys what does not depend on it.
"""

from collections.abc import Sequence

import numpy as np

from demo.shop.addresses import Addresses
from demo.shop.catalogue import PRODUCTS
from demo.shop.clock import DAY, HOUR, NEVER
from demo.shop.databases import Row, Rows
from demo.shop.draws import Bools, Floats, Ints, noise, pick, spread
from demo.shop.orders import Orders
from demo.shop.people import People
from demo.shop.shop_rows import times
from demo.shop.voices import Voices

_LATE = 5 * DAY  # from payment to shipment: beyond it people ask
_STATUSES = ("open", "pending", "solved", "closed")
_CHANNELS = ("email", "chat", "phone")
_ABOUT = {
    "delivery": "Where is my order?",
    "return": "I would like to return this",
    "product": "A question about a product",
    "account": "My account",
}
_RATINGS = ([0.03, 0.04, 0.10, 0.30, 0.53], [0.35, 0.25, 0.20, 0.15, 0.05])  # 1 to 5, of a good order and of a bad one
_PRAISE = ("Not what I had hoped for", "So so", "Does what it should", "Good", "Would buy it again")


def service_rows(people: People, addresses: Addresses, orders: Orders, since: int, now: int) -> Rows:
    """Tickets, reviews and surveys that are there at `now` and changed after `since` (microseconds)."""
    voices = Voices(people, addresses)
    late = (orders.shipped < NEVER) & (orders.shipped - orders.paid > _LATE)
    back = (orders.refunded < NEVER) & (orders.paid < NEVER)
    bad = late | back
    asks = noise(orders.key, "asks") < np.where(back, 0.45, np.where(late, 0.4, 0.035))
    opened = np.where(back, orders.refunded - 30 * HOUR, np.where(late, orders.paid + _LATE, orders.at + 3 * HOUR))
    opened = np.where(asks, np.maximum(opened + spread(orders.key, "asks when", 0, 20 * HOUR), orders.at + HOUR), NEVER)
    about = np.where(back, 1, np.where(late, 0, 2))
    number = [f"T{key:010d}" for key in orders.key.tolist()]
    of_order = [f"O{key:010d}" for key in orders.key.tolist()]
    tickets = _tickets(voices, number, orders.key, orders.person, opened, about, bad, of_order, since, now)

    wonders = people.has_account & (noise(people.number, "wonders") < 0.04)
    asked = np.where(wonders, people.joined + spread(people.number, "wonders when", HOUR, 300 * DAY), NEVER)
    whose = np.arange(len(people))
    number = [f"TQ{key:08d}" for key in people.number.tolist()]
    tickets += _tickets(voices, number, people.number, whose, asked, np.full(len(people), 3), whose < 0, [None] * len(people), since, now)

    reviews = np.where(noise(orders.key, "reviews") < 0.11, _after(orders, "reviews when", 2, 24), NEVER)
    surveyed = np.where(noise(orders.key, "answers nps") < 0.09, _after(orders, "nps when", 3, 12), NEVER)
    return {
        "tickets": tickets,
        "reviews": _reviews(voices, orders, reviews, bad, since, now),
        "surveys": _surveys(voices, orders, surveyed, bad, since, now),
    }


def _after(orders: Orders, salt: str, first: int, last: int) -> Ints:
    """Some days after an order came; never for one that did not."""
    came: Ints = np.where(orders.delivered < NEVER, orders.delivered + spread(orders.key, salt, first * DAY, last * DAY), NEVER)
    return came


def _tickets(
    voices: Voices, ids: list[str], key: Ints, person: Ints, opened: Ints, about: Ints, bad: Bools, order: Sequence[str | None],
    since: int, now: int,
) -> list[Row]:  # fmt: skip
    slow = noise(key, "forgotten") < 0.03
    answered = np.where(opened < NEVER, opened + spread(key, "answered", 2 * HOUR, 30 * HOUR), NEVER)
    solved = np.where(opened < NEVER, answered + np.where(slow, 60 * DAY, spread(key, "solved", HOUR, 6 * DAY)), NEVER)
    closed = np.where(opened < NEVER, solved + 7 * DAY, NEVER)
    stages = np.stack([opened, answered, solved, closed])
    happened = np.where(stages <= now, stages, 0)
    status, touched = happened.argmax(axis=0), happened.max(axis=0)
    which = np.flatnonzero((opened <= now) & (touched > since)).tolist()
    how = pick(key, "by", [0.6, 0.25, 0.15])
    logged_in = noise(key, "ticket by account") < 0.5
    complains = noise(key, "complains") < np.where(bad, 0.6, 0.08)
    urgent = noise(key, "urgent") < 0.12
    topics = list(_ABOUT)
    opened_at, solved_at, updated_at = times(opened), times(np.where(solved <= now, solved, NEVER)), times(touched)
    rows: list[Row] = []
    for i in which:
        called = voices.phone(int(person[i]), int(key[i])) if how[i] == 2 else None
        rows.append(
            {
                "ticket_id": ids[i],
                **voices.person(int(person[i]), int(key[i]), bool(logged_in[i]), called is not None),
                "phone": called,
                "channel": _CHANNELS[how[i]],
                "subject": _ABOUT[topics[about[i]]],
                "category": topics[about[i]],
                "priority": "high" if urgent[i] else "normal",
                "status": _STATUSES[status[i]],
                "is_complaint": bool(complains[i]),
                "order_id": order[i],
                "opened_at": opened_at[i],
                "solved_at": solved_at[i],
                "updated_at": updated_at[i],
            }
        )
    return rows


def _reviews(voices: Voices, orders: Orders, at: Ints, bad: Bools, since: int, now: int) -> list[Row]:
    which = np.flatnonzero((at <= now) & (at > since)).tolist()
    rating = np.where(bad, pick(orders.key, "rating", _RATINGS[1]), pick(orders.key, "rating", _RATINGS[0])) + 1
    logged_in = noise(orders.key, "review by account") < 0.8
    written_at = times(at)
    return [
        {
            "review_id": f"V{orders.key[i]:010d}",
            **voices.person(int(orders.person[i]), int(orders.key[i]), bool(logged_in[i])),
            "product_id": PRODUCTS[int(orders.baskets.product[orders.baskets.first[i]])].product_id,
            "order_id": f"O{orders.key[i]:010d}",
            "rating": int(rating[i]),
            "text": _PRAISE[rating[i] - 1],
            "created_at": written_at[i],
            "updated_at": written_at[i],
        }
        for i in which
    ]


def _surveys(voices: Voices, orders: Orders, at: Ints, bad: Bools, since: int, now: int) -> list[Row]:
    which = np.flatnonzero((at <= now) & (at > since)).tolist()
    content: Floats = np.where(bad, 0.0, 4.5) + noise(orders.key, "nps") * np.where(bad, 8.0, 6.5)
    by_link = noise(orders.key, "survey by account") < 0.6
    answered_at = times(at)
    return [
        {
            "survey_id": f"N{orders.key[i]:010d}",
            **voices.person(int(orders.person[i]), int(orders.key[i]), bool(by_link[i])),
            "kind": "nps",
            "score": min(int(content[i]), 10),
            "comment": None,
            "answered_at": answered_at[i],
            "updated_at": answered_at[i],
        }
        for i in which
    ]
