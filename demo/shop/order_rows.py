"""Orders as the shop's database shows them at a moment: with lines, refunds with theirs and shipments, and only what changed since.
One file: the rows of one order."""

import numpy as np

from demo.shop.addresses import EMAIL_FORMS, PHONE_FORMS, Addresses, write_email, write_phone
from demo.shop.catalogue import PRODUCTS, PROMOTIONS
from demo.shop.clock import HOUR, MINUTE, NEVER
from demo.shop.databases import Row, Rows
from demo.shop.draws import Ints, noise, pick
from demo.shop.orders import Orders, take_orders
from demo.shop.people import People
from demo.shop.places import COUNTRIES
from demo.shop.shop_rows import money, times

_CHANGES = ("pending", "paid", "shipped", "delivered", "cancelled")
_REASONS = ("damaged", "wrong size", "changed mind", "arrived too late")


def order_rows(people: People, addresses: Addresses, orders: Orders, since: int, now: int) -> Rows:
    """Orders with lines, refunds and shipments. A late order appears days after it was placed."""
    changes = np.stack([orders.at, orders.paid, orders.shipped, orders.delivered, orders.cancelled])
    happened = np.where(changes <= now, changes, 0)
    touched = np.maximum(happened.max(axis=0), orders.visible)
    shown = orders.visible <= now
    alive = np.flatnonzero(shown & (np.maximum(touched, np.maximum(_known(orders.refunded, now), _known(orders.returned, now))) > since))
    orders, happened, touched = take_orders(orders, alive), happened[:, alive], touched[alive]
    late = orders.visible > orders.at
    updated = np.where(late & (touched == orders.visible), touched - 90 * MINUTE, touched)
    status = happened.argmax(axis=0)
    order_id = [f"O{key:010d}" for key in orders.key.tolist()]
    return {
        "orders": _orders(people, addresses, orders, order_id, status, updated, np.flatnonzero(touched > since)),
        "order_lines": _lines(orders, order_id, np.flatnonzero(orders.visible > since)),
        "refunds": _refunds(orders, order_id, since, now),
        "refund_lines": _refund_lines(orders, order_id, since, now),
        "shipments": _shipments(orders, order_id, since, now),
    }


def _known(at: Ints, now: int) -> Ints:
    return np.where(at <= now, at, 0)


def _orders(people: People, addresses: Addresses, orders: Orders, ids: list[str], status: Ints, updated: Ints, which: Ints) -> list[Row]:
    email_form, phone_form = pick(orders.key, "e-mail form", EMAIL_FORMS), pick(orders.key, "phone form", PHONE_FORMS)
    gives_phone = noise(orders.key, "gives phone") < 0.6
    discount, shipping, tax, total = (money(v) for v in (orders.discount, orders.shipping, orders.tax, orders.total))
    ordered_at, updated_at = times(orders.at), times(updated)
    rows = []
    home = people.country
    for i in which.tolist():
        person = int(orders.person[i])
        country = COUNTRIES[int(home[person])]
        phone = addresses.phone[person] if gives_phone[i] else None
        rows.append(
            {
                "order_id": ids[i],
                "customer_id": None if orders.guest[i] else f"C{people.number[person]:08d}",
                "email": write_email(addresses.email[person], int(email_form[i])),
                "phone": None if phone is None else write_phone(phone, country, int(phone_form[i])),
                "status": _CHANGES[status[i]],
                "currency": country.currency,
                "discount_amount": discount[i],
                "shipping_amount": shipping[i],
                "tax_amount": tax[i],
                "total_amount": total[i],
                "coupon_code": PROMOTIONS[orders.promotion[i]].coupon if orders.promotion[i] >= 0 else None,
                "country_code": country.code,
                "ordered_at": ordered_at[i],
                "updated_at": updated_at[i],
            }
        )
    return rows


def _lines(orders: Orders, ids: list[str], which: Ints) -> list[Row]:
    baskets = orders.baskets.take(which)
    updated_at = times(orders.visible[which])
    unit, off = money(baskets.unit_cents), money(baskets.discount_cents)
    place = np.arange(len(baskets.owner)) - baskets.first[:-1][baskets.owner]
    return [
        {
            "order_line_id": f"L{ids[which[owner]][1:]}-{at + 1}",
            "order_id": ids[which[owner]],
            "product_id": PRODUCTS[product].product_id,
            "quantity": quantity,
            "unit_price_amount": unit[line],
            "discount_amount": off[line],
            "updated_at": updated_at[owner],
        }
        for line, (owner, at, product, quantity) in enumerate(
            zip(baskets.owner.tolist(), place.tolist(), baskets.product.tolist(), baskets.quantity.tolist(), strict=True)
        )
    ]


def _entered(orders: Orders, since: int, now: int) -> tuple[Ints, Ints]:
    """The orders whose refund came into the books after `since` and by `now`, and when each did."""
    entered = np.maximum(orders.refunded, orders.visible)
    return np.flatnonzero((entered <= now) & (entered > since) & (orders.refund > 0)), entered


def _refunds(orders: Orders, ids: list[str], since: int, now: int) -> list[Row]:
    which, entered = _entered(orders, since, now)
    amount, refunded_at, updated_at = money(orders.refund), times(orders.refunded), times(entered)
    reason = pick(orders.key, "reason", [0.3, 0.2, 0.35, 0.15])
    return [
        {
            "refund_id": f"R{ids[i][1:]}",
            "order_id": ids[i],
            "amount": amount[i],
            "reason": "cancelled" if orders.cancelled[i] <= now else _REASONS[reason[i]],
            "refunded_at": refunded_at[i],
            "updated_at": updated_at[i],
        }
        for i in which.tolist()
    ]


def _refund_lines(orders: Orders, ids: list[str], since: int, now: int) -> list[Row]:
    """What came back or was never sent: all of an order, or its first line where no more was given back."""
    which, entered = _entered(orders, since, now)
    baskets, updated_at = orders.baskets, times(entered)
    off = 1 - orders.discount / np.maximum(baskets.per_basket(baskets.line_cents), 1)
    rows = []
    for i in which.tolist():
        first, after = int(baskets.first[i]), int(baskets.first[i + 1])
        is_part = orders.refund[i] < orders.total[i]
        for place, line in enumerate(range(first, first + 1 if is_part else after)):
            cents = np.array([orders.refund[i] if is_part else round(float(baskets.line_cents[line] * off[i]))])
            rows.append(
                {
                    "refund_line_id": f"R{ids[i][1:]}-{place + 1}",
                    "refund_id": f"R{ids[i][1:]}",
                    "order_id": ids[i],
                    "order_line_id": f"L{ids[i][1:]}-{place + 1}",
                    "quantity": int(baskets.quantity[line]),
                    "amount": money(cents)[0],
                    "updated_at": updated_at[i],
                }
            )
    return rows


def _shipments(orders: Orders, ids: list[str], since: int, now: int) -> list[Row]:
    packed = np.where(orders.shipped < NEVER, np.maximum(orders.paid, orders.shipped - 4 * HOUR), NEVER)
    changes = np.stack([packed, orders.shipped, orders.delivered, orders.returned])
    happened = np.where(changes <= now, changes, 0)
    touched = np.maximum(happened.max(axis=0), np.where(packed <= now, orders.visible, 0))
    which = np.flatnonzero((packed <= now) & (touched > since)).tolist()
    status = happened.argmax(axis=0)
    shipped_at, delivered_at = (times(np.where(at <= now, at, NEVER)) for at in (orders.shipped, orders.delivered))
    updated_at = times(touched)
    return [
        {
            "shipment_id": f"S{ids[i][1:]}",
            "order_id": ids[i],
            "status": ("packed", "shipped", "delivered", "returned")[status[i]],
            "shipped_at": shipped_at[i],
            "delivered_at": delivered_at[i],
            "updated_at": updated_at[i],
        }
        for i in which
    ]
