"""The parameters of events: a list of key and value, the value in the field of its type, as GA4 exports them."""

from typing import Any

import numpy as np
import pyarrow as pa

from demo.shop.catalogue import CATEGORIES
from demo.shop.draws import Bools, Floats, Ints, Texts, noise, pick
from demo.shop.events import CODE, NAMES, Events
from demo.shop.orders import Orders
from demo.shop.places import COUNTRIES
from demo.shop.surroundings import SOURCES, source_of
from demo.shop.visits import Visits

_PAGES = {
    "view_item_list": ("/c/all", "All products"),
    "view_item": ("/p/product", "Product"),
    "add_to_cart": ("/p/product", "Product"),
    "begin_checkout": ("/checkout", "Checkout"),
    "add_shipping_info": ("/checkout/shipping", "Checkout: shipping"),
    "add_payment_info": ("/checkout/payment", "Checkout: payment"),
    "purchase": ("/thank-you", "Thank you"),
    "view_search_results": ("/search", "Search results"),
    "login": ("/login", "Log in"),
}
_THINGS = len(CATEGORIES[0].things)  # of each category as many
_WITH_VALUE = ("view_item", "add_to_cart", "begin_checkout", "add_shipping_info", "add_payment_info", "purchase")


class _Collector:
    """Parameters of all events, gathered key by key and put in the order of the events at the end."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._events: list[Ints] = []
        self._keys: list[str] = []
        self._values: dict[str, list[pa.Array]] = {"string_value": [], "int_value": [], "double_value": []}
        self._types = {"string_value": pa.string(), "int_value": pa.int64(), "double_value": pa.float64()}

    def add(self, key: str, where: Bools, field: str, values: Texts | pa.Array) -> None:
        """The parameter `key` for the events of the mask; `values` has one entry for every event."""
        chosen = np.flatnonzero(where)
        self._events.append(chosen)
        self._keys.append(key)
        for name, parts in self._values.items():
            kind = self._types[name]
            if name != field:
                parts.append(pa.nulls(len(chosen), kind))
            elif isinstance(values, pa.Array):
                parts.append(values.take(pa.array(chosen)))
            else:
                parts.append(pa.array(values[chosen], kind))

    def finish(self, kind: pa.DataType) -> pa.Array:
        """A list array with one list per event."""
        event = np.concatenate(self._events)
        order = pa.array(np.argsort(event, kind="stable"))
        lengths = [len(part) for part in self._events]
        keys = pa.array(self._keys).take(pa.array(np.repeat(np.arange(len(lengths)), lengths)))
        pair = kind.value_type
        value_type = pair.field("value").type
        fields: dict[str, Any] = {name: pa.concat_arrays(parts) for name, parts in self._values.items()}
        fields["float_value"] = pa.nulls(len(event), pa.float64())
        value = pa.StructArray.from_arrays([fields[f.name] for f in value_type], fields=list(value_type))
        pairs = pa.StructArray.from_arrays([keys, value], fields=list(pair)).take(order)
        first = np.concatenate([[0], np.cumsum(np.bincount(event, minlength=self._count))]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(first), pairs).cast(kind)


def event_params(orders: Orders, visits: Visits, events: Events, country: Ints, kind: pa.DataType, host: str) -> pa.Array:
    """All parameters of all events. country: of each event's person."""
    count = len(events)
    every = np.ones(count, dtype=bool)
    params = _Collector(count)
    pages = [_PAGES.get(name, ("/", "Home")) for name in NAMES]
    guide, topic = events.is_guide, pick(visits.person[events.visit], "topic", [category.share for category in CATEGORIES])
    pages += [(f"/guides/{category.name.lower().replace(' ', '-')}", f"Guide: {category.name}") for category in CATEGORIES]
    page = pa.array(np.where(guide, len(NAMES) + topic, events.name))
    params.add("page_location", every, "string_value", pa.array([f"https://{host}{path}" for path, _ in pages]).take(page))
    params.add("page_title", every, "string_value", pa.array([title for _, title in pages]).take(page))
    params.add("content_group", guide, "string_value", pa.array([category.name for category in CATEGORIES]).take(pa.array(topic)))
    terms = [thing.lower() for category in CATEGORIES for thing in category.things]
    thing = topic * _THINGS + (noise(events.key, "term") * _THINGS).astype(np.int64)
    searches = events.name == CODE["view_search_results"]
    params.add("search_term", searches, "string_value", pa.array(terms).take(pa.array(thing)))
    params.add("ga_session_id", every, "int_value", events.session)
    params.add("ga_session_number", every, "int_value", visits.rank[events.visit] + 1)
    as_number = noise(visits.key[events.visit], "engaged as number") < 0.08  # both types occur in real exports
    engaged = events.name != CODE["first_visit"]
    params.add("session_engaged", engaged & ~as_number, "string_value", pa.array(["1"]).take(pa.array(np.zeros(count, int))))
    params.add("session_engaged", engaged & as_number, "int_value", np.ones(count, dtype=np.int64))
    lasting = engaged & (events.name != CODE["session_start"])
    params.add("engagement_time_msec", lasting, "int_value", (200 + noise(events.key, "msec") * 40_000).astype(np.int64))
    came = (events.name == CODE["session_start"]) | (events.name == CODE["page_view"])
    source = pa.array(source_of(visits.device[events.visit]))
    for place, key in enumerate(("campaign", "medium", "source")):
        params.add(key, came, "string_value", pa.array([row[place] for row in SOURCES]).take(source))
    _commerce(params, orders, visits, events, country)
    return params.finish(kind)


def _commerce(params: _Collector, orders: Orders, visits: Visits, events: Events, country: Ints) -> None:
    worth = np.isin(events.name, [CODE[name] for name in _WITH_VALUE])
    texts = pa.array(["email", "card", "Standard", *(c.name for c in CATEGORIES)])

    def word(place: int) -> pa.Array:
        return texts.take(pa.array(np.full(len(events), place)))

    value: Floats = events.baskets.per_basket(events.baskets.line_cents) / 100
    buys = events.name == CODE["purchase"]
    order = np.where(buys, visits.order[events.visit], 0)
    if len(orders):
        value = np.where(buys, orders.total[order] / 100, value)
        given = [f"O{key:010d}" if b else None for key, b in zip(orders.key[order].tolist(), buys.tolist(), strict=True)]
        ids = pa.array(given, pa.string())  # typed: among a few visits there may be no purchase
        params.add("transaction_id", buys & (noise(orders.key[order], "not set") >= 0.015), "string_value", ids)
        params.add("tax", buys, "double_value", orders.tax[order] / 100)
        params.add("shipping", buys, "double_value", orders.shipping[order] / 100)
    whole = value == np.floor(value)  # GA4 writes whole amounts as integers
    currency = pa.array([place.currency for place in COUNTRIES]).take(pa.array(country))
    params.add("currency", worth, "string_value", currency)
    params.add("value", worth & ~whole, "double_value", value)
    params.add("value", worth & whole, "int_value", value.astype(np.int64))
    params.add("method", events.name == CODE["login"], "string_value", word(0))
    params.add("payment_type", buys | (events.name == CODE["add_payment_info"]), "string_value", word(1))
    params.add("shipping_tier", events.name == CODE["add_shipping_info"], "string_value", word(2))
    params.add("item_list_name", events.name == CODE["view_item_list"], "string_value", word(3))
