"""A few rows that no shop should hold: a negative quantity, an unknown status, an impossible date, an event of nobody."""

from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
from sqlalchemy import Engine

from demo.shop.catalogue import CURRENCY, PRODUCTS
from demo.shop.clock import DAY, START, TODAY, moment
from demo.shop.databases import Row, Rows
from demo.shop.ga4_schema import ga4_schema
from demo.shop.people import People

_PAST, _FUTURE = 270, 30  # days between two spoiled sets of a chunk
IMPOSSIBLE = "2026-02-30 10:00:00.000000"


def _moments(chunk: int) -> list[int]:
    past = [TODAY - (20 + chunk % 7 + _PAST * turn) * DAY for turn in range(2)]
    future = [TODAY + (chunk % 3 + _FUTURE * turn) * DAY + DAY // 2 for turn in range(12)]
    return [at for at in past + future if at >= START]


def spoiled_rows(people: People, since: int, now: int) -> Rows:
    """Spoiled orders and lines that came after `since` and by `now`; their identifiers begin with O9 and L9."""
    rows: Rows = {"orders": [], "order_lines": []}
    buyer = f"C{people.number[0]:08d}"
    for turn, at in enumerate(_moments(people.chunk)):
        if not since < at <= now:
            continue
        number = f"9{people.chunk:05d}{turn:04d}"
        rows["orders"] += [
            _order(f"O{number}1", buyer, at, "lost_in_space"),
            _order(f"O{number}2", buyer, at, "paid"),
        ]
        for place, quantity in ((1, 1), (2, 1), (3, -2)):
            order = f"O{number}{min(place, 2)}"
            rows["order_lines"].append(_line(f"L{number}-{place}", order, at, quantity))
    return rows


def _order(order_id: str, customer: str, at: int, status: str) -> Row:
    when = moment(at).replace(tzinfo=None)
    return {
        "order_id": order_id,
        "customer_id": customer,
        "email": None,
        "phone": None,
        "status": status,
        "currency": CURRENCY,
        "discount_amount": Decimal(0),
        "shipping_amount": Decimal("4.90"),
        "tax_amount": Decimal(0),
        "total_amount": Decimal(PRODUCTS[0].cents + 490).scaleb(-2),
        "coupon_code": None,
        "country_code": "DE",
        "ordered_at": when,
        "updated_at": when,
    }


def _line(line_id: str, order_id: str, at: int, quantity: int) -> Row:
    return {
        "order_line_id": line_id,
        "order_id": order_id,
        "product_id": PRODUCTS[0].product_id,
        "quantity": quantity,
        "unit_price_amount": Decimal(PRODUCTS[0].cents).scaleb(-2),
        "discount_amount": Decimal(0),
        "updated_at": moment(at).replace(tzinfo=None),
    }


def spoil_dates(engine: Engine) -> None:
    """Give the second order of each spoiled set a day that does not exist; a database with real date types forbids it."""
    if engine.dialect.name == "sqlite":
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "update orders set ordered_at = ? where order_id like 'O9%2' and length(order_id) = 12", (IMPOSSIBLE,)
            )


def spoiled_event(chunk: int, day: datetime) -> pa.Table | None:
    """Every ninth day of a chunk, an event with neither a user nor a time; None on other days."""
    if ((day - datetime(2026, 1, 1, tzinfo=UTC)).days + chunk) % 9:
        return None
    row = {"event_date": day.strftime("%Y%m%d"), "event_name": "page_view", "event_params": [], "platform": "WEB"}
    return pa.Table.from_pylist([row], schema=ga4_schema())
