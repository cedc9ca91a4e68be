"""Visits become events: which, when, with which products. Still numbers; `ga4` writes them down."""

from dataclasses import dataclass

import numpy as np

from demo.shop.baskets import Baskets, fill_baskets
from demo.shop.clock import HOUR, SECOND
from demo.shop.draws import Bools, Ints, noise
from demo.shop.orders import PRICE_FACTOR, Orders
from demo.shop.people import People
from demo.shop.visits import BLOCKED, LOGGED_IN, LOGS_IN, PURCHASE, TEMPLATES, Visits

NAMES = (*dict.fromkeys(name for template in TEMPLATES for name in template), "view_search_results")
CODE = {name: code for code, name in enumerate(NAMES)}
_STEPS = 16  # more than the events of any template; the last two places are of a search and of a guide beside the list of products
_SEARCH, _GUIDE = 14, 15


@dataclass(frozen=True)
class Events:
    """One row per event, in order of time. `visit` indexes the visits; lines of `baskets` belong to an event each."""

    key: Ints
    visit: Ints
    name: Ints  # code
    at: Ints
    session: Ints  # ga_session_id: the second in which the visit began
    known: Bools  # user_id is set
    baskets: Baskets

    def __len__(self) -> int:
        return len(self.key)

    @property
    def is_guide(self) -> Bools:
        """Which page views are of a guide."""
        found: Bools = self.key % _STEPS == _GUIDE
        return found


def find_events(people: People, orders: Orders, visits: Visits, first: int, last: int, now: int) -> Events:
    """The events from `first` up to before `last` (microseconds) that the export shows at `now`."""
    near = np.flatnonzero((visits.at >= first - HOUR) & (visits.at < last + HOUR))
    parts = [_expand(visits, near[visits.template[near] == template], template) for template in range(len(TEMPLATES))]
    key, visit, name, at, session, position = (np.concatenate([part[field] for part in parts]) for field in range(6))
    again = (name == CODE["purchase"]) & (noise(key, "reload") < 0.005)  # the thank-you page loaded twice
    key, visit, name, session, position = (np.concatenate([values, values[again]]) for values in (key, visit, name, session, position))
    at = np.concatenate([at, at[again] + 25 * SECOND])
    lists = np.flatnonzero(name == CODE["view_item_list"])
    searched, read = (lists[noise(key[lists], salt) < share] for salt, share in (("searches", 0.2), ("reads a guide", 0.1)))
    more = np.concatenate([searched, read])
    is_search = np.arange(len(more)) < len(searched)
    at = np.concatenate([at, at[more] + np.where(is_search, -2, 2) * SECOND])
    name = np.concatenate([name, np.where(is_search, CODE["view_search_results"], CODE["page_view"])])
    key = np.concatenate([key, key[more] // _STEPS * _STEPS + np.where(is_search, _SEARCH, _GUIDE)])
    visit, session, position = (np.concatenate([values, values[more]]) for values in (visit, session, position))
    shown = (at >= first) & (at < last) & (at + visits.late[visit] <= now)
    shown &= (name != CODE["first_visit"]) | (visits.rank[visit] == 0)
    shown &= (name != CODE["login"]) | (visits.login[visit] == LOGS_IN)
    kept = np.flatnonzero(shown)
    kept = kept[np.lexsort((position[kept], key[kept] // _STEPS, at[kept]))]
    key, visit, name, at, session, position = (v[kept] for v in (key, visit, name, at, session, position))
    login_at = TEMPLATES[0].index("login")
    known = (visits.login[visit] == LOGGED_IN) | ((visits.login[visit] == LOGS_IN) & (position >= login_at))
    return Events(key, visit, name, at, session, known, _baskets(people, orders, visits, key, visit, name, at))


def _expand(visits: Visits, which: Ints, template: int) -> tuple[Ints, Ints, Ints, Ints, Ints, Ints]:
    names = TEMPLATES[template]
    steps = len(names)
    key = visits.key[which][:, None] * _STEPS + np.arange(steps)
    gaps = (4 + 55 * noise(key, "gap")) * SECOND
    gaps[:, :2] = 0
    offset = np.cumsum(gaps, axis=1).astype(np.int64) // 1000 * 1000
    anchor = names.index("purchase") if template == PURCHASE else steps - 1
    wait = np.where(template == BLOCKED, 20 * SECOND, 0)
    at = visits.at[which][:, None] - wait + offset - offset[:, [anchor]]
    session = np.repeat(at[:, 0] // SECOND, steps)
    codes = np.tile(np.array([CODE[name] for name in names], dtype=np.int64), len(which))
    position = np.tile(np.arange(steps, dtype=np.int64), len(which))
    return key.ravel(), np.repeat(which, steps), codes, at.ravel(), session, position


def _baskets(people: People, orders: Orders, visits: Visits, key: Ints, visit: Ints, name: Ints, at: Ints) -> Baskets:
    """The products of each event: one that is looked at, or all that lie in the cart; nothing for other events."""
    person = visits.person[visit]
    one = np.isin(name, [CODE["view_item"], CODE["add_to_cart"]])
    many = np.isin(name, [CODE[n] for n in ("begin_checkout", "add_shipping_info", "add_payment_info", "purchase")])
    order = visits.order[visit]
    ordered, carted = many & (order >= 0), many & (order < 0)
    mine = np.where(one, key, visits.key[visit])  # a cart keeps its content through the checkout
    loose = fill_baskets(mine, people.number[person], people.category[person], at).priced(PRICE_FACTOR[people.country[person]])
    # An order's baskets follow the loose ones, so that one `take` per event chooses from both.
    pool = _join(loose, orders.baskets)
    chosen = pool.take(np.where(ordered, len(loose) + order, np.arange(len(key))))
    length = np.where(one, 1, np.where(ordered | carted, np.diff(chosen.first), 0))
    keep = (np.arange(chosen.first[-1]) - chosen.first[:-1][chosen.owner]) < length[chosen.owner]
    first = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    return Baskets(first, chosen.product[keep], chosen.quantity[keep], chosen.unit_cents[keep], chosen.discount_cents[keep])


def _join(left: Baskets, right: Baskets) -> Baskets:
    return Baskets(
        np.concatenate([left.first, left.first[-1] + right.first[1:]]),
        np.concatenate([left.product, right.product]),
        np.concatenate([left.quantity, right.quantity]),
        np.concatenate([left.unit_cents, right.unit_cents]),
        np.concatenate([left.discount_cents, right.discount_cents]),
    )
