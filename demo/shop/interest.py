"""How much the shop is on somebody's mind: what looking around and reading newsletters follow. No source holds it."""

import numpy as np

from demo.shop.catalogue import running_promotion
from demo.shop.clock import DAY, NEVER, SECOND
from demo.shop.draws import Floats, Ints, noise, spread
from demo.shop.orders import Orders
from demo.shop.people import ACCOUNT_ONLY, CONTACT_ONLY, GUEST, ONE_TIMER, People

_APART = 1 << 33  # more seconds than any plan has
# Of those who only read or only hold an account, how much is left of what a customer would care.
_IDLE = {ACCOUNT_ONLY: 0.5, CONTACT_ONLY: 0.7}


def interest(people: People, orders: Orders, person: Ints, at: Ints) -> Floats:
    """From 0 (none) to 1, for persons (indexes of the chunk) at times: the own level, a purchase that draws near, a sale; all of it fades.

    Most purchases are thought about for a week or three, some are made on a whim and show beforehand in nothing.
    """
    level = 0.15 + 0.35 * (noise(people.number, "cares") + noise(people.number, "cares too")) / 2
    level *= np.array([_IDLE.get(kind, 1.0) for kind in range(int(people.kind.max(initial=0)) + 1)])[people.kind]
    sale = np.where(running_promotion(at) >= 0, 0.25 * people.promo_affinity[person], 0.0)
    found: Floats = (level[person] + 0.6 * need(orders, person, at) + sale) * _stays(people, person, at)
    return np.clip(found, 0.0, 1.0)


def need(orders: Orders, person: Ints, at: Ints) -> Floats:
    """From 0 to 1: how near the next purchase is among those that are thought about. Orders: by person, then time."""
    if not len(orders):
        return np.zeros(len(person))
    keys = orders.person * _APART + orders.at // SECOND
    next_one = np.minimum(np.searchsorted(keys, person * _APART + at // SECOND, side="right"), len(keys) - 1)
    lead = spread(orders.key, "thinks about it", 7 * DAY, 35 * DAY)
    ahead = (orders.at[next_one] - at) / lead[next_one]
    comes = (orders.person[next_one] == person) & (orders.at[next_one] > at) & (noise(orders.key, "on a whim") > 0.25)[next_one]
    nearness: Floats = np.where(comes, np.clip(1.0 - ahead, 0.0, 1.0), 0.0)
    return nearness


def _stays(people: People, person: Ints, at: Ints) -> Floats:
    """What is left of it: it goes in the weeks before somebody stops for good and is gone some weeks after; who bought once forgets."""
    brief = (people.kind == ONE_TIMER) | (people.kind == GUEST)
    left = np.where(brief, people.joined + spread(people.number, "forgets", 5 * DAY, 100 * DAY), people.left)
    wearies = left - spread(people.number, "wearies", 30 * DAY, 150 * DAY)
    gone = np.minimum(left, NEVER - DAY)
    shares: Floats = 1.0 - 0.95 * np.clip((at - wearies[person]) / (gone - wearies)[person], 0.0, 1.0)
    return shares
