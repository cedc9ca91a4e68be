"""Events written down as the GA4 export has them: a nested Arrow table with the export's exact columns."""

from typing import Any

import numpy as np
import pyarrow as pa

from demo.shop.catalogue import CURRENCY, EUR_IN_USD, PRODUCTS, PROMOTIONS
from demo.shop.clock import DAY
from demo.shop.draws import Floats, Ints, noise
from demo.shop.events import CODE, NAMES, Events
from demo.shop.ga4_params import event_params
from demo.shop.ga4_schema import ga4_schema
from demo.shop.orders import PRICE_FACTOR, Orders
from demo.shop.people import People
from demo.shop.surroundings import devices, geography, sources
from demo.shop.visits import Visits

HOST = "shop.example.com"


def struct(kind: pa.DataType, count: int, **fields: Any) -> pa.Array:
    """A struct array of `kind`: the given fields, NULL for the others."""
    arrays = [pa.array(fields[field.name], field.type) if field.name in fields else pa.nulls(count, field.type) for field in kind]
    return pa.StructArray.from_arrays(arrays, fields=list(kind))


def ga4_table(people: People, orders: Orders, visits: Visits, events: Events) -> pa.Table:
    """One row per event, in the order of the events."""
    schema, count = ga4_schema(), len(events)
    person = visits.person[events.visit]
    usd = EUR_IN_USD / PRICE_FACTOR[people.country[person]]
    device, since = visits.device[events.visit], visits.since[events.visit]
    days = (events.at // DAY).astype("datetime64[D]").astype(str)
    kinds = {field.name: field.type for field in schema}
    columns: dict[str, Any] = {
        "event_date": np.char.replace(days, "-", ""),
        "event_timestamp": events.at,
        "event_name": pa.array(NAMES).take(pa.array(events.name)),
        "event_params": event_params(orders, visits, events, people.country[person], kinds["event_params"], HOST),
        "event_bundle_sequence_id": events.key % 100_000,
        "event_server_timestamp_offset": (noise(events.key, "offset") * 900_000).astype(np.int64),
        "user_id": _user_ids(people, person, events),
        "user_pseudo_id": pa.array([pseudo_id(number) for number in device.tolist()], pa.string()),
        "privacy_info": struct(
            kinds["privacy_info"], count, analytics_storage=["Yes"] * count, ads_storage=["Yes"] * count,
            uses_transient_token=["No"] * count,
        ),
        "user_properties": pa.array([[]] * count, kinds["user_properties"]),
        "user_first_touch_timestamp": since,
        "user_ltv": struct(kinds["user_ltv"], count, revenue=np.zeros(count), currency=[CURRENCY] * count),
        "device": devices(kinds["device"], device, people.country[person], HOST),
        "geo": geography(kinds["geo"]).take(pa.array(people.city[person])),
        "traffic_source": sources(kinds["traffic_source"], device),
        "stream_id": ["2051234567"] * count,
        "platform": ["WEB"] * count,
        "event_dimensions": struct(kinds["event_dimensions"], count, hostname=[HOST] * count),
        "ecommerce": _ecommerce(kinds["ecommerce"], orders, visits, events, usd),
        "items": _items(kinds["items"], orders, visits, events, usd),
        "is_active_user": np.ones(count, dtype=bool),
        "batch_event_index": events.key % 16 + 1,
    }  # fmt: skip
    arrays = []
    for name, kind in kinds.items():
        value = columns.get(name)
        if value is None:
            arrays.append(pa.nulls(count, kind))
        else:
            arrays.append(value if isinstance(value, pa.Array) else pa.array(value, kind))
    return pa.table(arrays, schema=schema)


def _user_ids(people: People, person: Ints, events: Events) -> pa.Array:
    number = people.number[person].tolist()
    return pa.array([f"C{n:08d}" if known else None for n, known in zip(number, events.known.tolist(), strict=True)], pa.string())


def pseudo_id(device: int) -> str:
    """The `user_pseudo_id` of a device: what its cookie holds, a random number and a second."""
    return f"{device * 2_654_435_761 % 2**31}.{1_690_000_000 + device * 40_503 % 90_000_000}"


def _ecommerce(kind: pa.DataType, orders: Orders, visits: Visits, events: Events, usd: Floats) -> pa.Array:
    """Quantities for events with products; money and the order's number for purchases, now and then without.

    usd: dollars for one unit of the currency of each event.
    """
    buys = events.name == CODE["purchase"]
    order = np.where(buys, visits.order[events.visit], 0)
    key = orders.key[order] if len(orders) else np.zeros(len(events), dtype=np.int64)
    lost_id = noise(key, "not set") < 0.015
    ids = [
        None if not b else "(not set)" if lost else f"O{k:010d}"
        for b, lost, k in zip(buys.tolist(), lost_id.tolist(), key.tolist(), strict=True)
    ]
    full = np.diff(events.baskets.first) > 0
    quantity = events.baskets.per_basket(events.baskets.quantity)

    def amount(cents: Ints, shown: Any) -> pa.Array:
        values = (cents[order] if len(orders) else np.zeros(len(events))) / 100
        return pa.array(values, mask=~shown)

    paid = buys & ~(noise(key, "no revenue") < 0.008)
    dollars = np.round((orders.total[order] if len(orders) else np.zeros(len(events))) * usd) / 100
    return struct(
        kind,
        len(events),
        total_item_quantity=pa.array(quantity, mask=~full),
        unique_items=pa.array(np.diff(events.baskets.first), mask=~full),
        purchase_revenue=amount(orders.total, paid),
        purchase_revenue_in_usd=pa.array(dollars, mask=~paid),
        shipping_value=amount(orders.shipping, buys),
        tax_value=amount(orders.tax, buys),
        transaction_id=ids,
    )


def _items(kind: pa.DataType, orders: Orders, visits: Visits, events: Events, usd: Floats) -> pa.Array:
    lines = events.baskets
    product, owner = lines.product, lines.owner
    promotion = orders.promotion[visits.order[events.visit[owner]]] if len(orders) else np.full(len(owner), -1)
    promotion = np.where(events.name[owner] == CODE["purchase"], promotion, -1)
    names = [(p.product_id, p.name, p.brand, p.category) for p in PRODUCTS]
    texts = [pa.array([row[field] for row in names]).take(pa.array(product)) for field in range(4)]
    coupons = pa.array([*(p.coupon for p in PROMOTIONS), None]).take(pa.array(promotion % (len(PROMOTIONS) + 1)))
    buys = events.name[owner] == CODE["purchase"]
    values = struct(
        kind.value_type,
        len(product),
        item_id=texts[0],
        item_name=texts[1],
        item_brand=texts[2],
        item_category=texts[3],
        price=lines.unit_cents / 100,
        price_in_usd=np.round(lines.unit_cents * usd[owner]) / 100,
        quantity=lines.quantity,
        item_revenue=pa.array(lines.line_cents / 100, mask=~buys),
        coupon=coupons,
        item_params=pa.array([[]] * len(product), kind.value_type.field("item_params").type),
    )
    return pa.ListArray.from_arrays(pa.array(lines.first.astype(np.int32)), values).cast(kind)
