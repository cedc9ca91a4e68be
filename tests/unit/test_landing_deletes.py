"""Rows that vanish from a source, come back, or never came: seen by comparing keys, on a real SQLite and a real PostgreSQL."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from landing_kit import AS_OF, fill, holding, landed, order

from orchestration.landing import Landed, Landing, land_rows, land_sql
from orchestration.sources import shop
from orchestration.sources.table import Table

DAY = timedelta(days=1)


class Shop:
    """A shop's orders in a real database, landed day after day."""

    def __init__(self, url: str, landing: Landing, *, portable: bool = False) -> None:
        self.url, self.landing, self.portable, self.days = url, landing, portable, 0
        self.engine = sa.create_engine(url, poolclass=sa.NullPool)

    def say(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement))

    def land(self, table: Table = shop.ORDERS) -> Landed:
        self.days += 1
        return land_sql(table, self.url, self.landing, AS_OF + self.days * DAY, portable=self.portable)

    def holding(self, what: str = "order_id") -> list[str]:
        return [row[0] for row in holding(self.landing, shop.ORDERS, what)]


@pytest.fixture(params=["sqlite", "postgres", "portable"])
def orders(request: pytest.FixtureRequest, tmp_path: Path, new_database: Callable[[], str]) -> Iterator[Shop]:
    """Ten orders, landed."""
    url = f"sqlite:///{tmp_path / 'shop.db'}" if request.param == "sqlite" else new_database()
    made = Shop(url, Landing(tmp_path / "landing"), portable=request.param == "portable")
    fill(url, shop.ORDERS, [order(number) for number in range(10)])
    assert made.land().rows == 10
    yield made
    made.engine.dispose()


def test_a_deleted_row_is_marked_with_its_last_values_and_only_once(orders: Shop) -> None:
    orders.say("update orders set status = 'cancelled', updated_at = '2026-06-20 10:00:00' where order_id = 'o3'")
    orders.land()
    orders.say("delete from orders where order_id = 'o3'")
    result = orders.land()
    assert (result.rows, result.deleted, result.withheld, result.warnings) == (0, 1, 0, [])
    assert orders.holding() == [f"o{number}" for number in range(10) if number != 3]
    versions = landed(orders.landing, shop.ORDERS, "status, updated_at::varchar, _is_deleted", "where order_id = 'o3' order by _landed_at")
    late = "2026-06-20 10:00:00"
    assert versions == [("paid", "2026-06-01 10:00:00", False), ("cancelled", late, False), ("cancelled", late, True)]
    idle = orders.land()
    assert (idle.rows, idle.deleted, idle.files) == (0, 0, [])


def test_a_row_that_comes_back_lives_again_even_as_it_was(orders: Shop) -> None:
    orders.say("delete from orders where order_id in ('o3', 'o4')")
    assert orders.land().deleted == 2
    fill(orders.url, shop.ORDERS, [order(3)])
    fill(orders.url, shop.ORDERS, [order(4, status="shipped", updated_at="2026-05-01 00:00:00")])  # from an old backup
    back = orders.land()
    assert (back.rows, back.returned, back.deleted) == (2, 2, 0)
    assert orders.holding() == [f"o{number}" for number in range(10)]
    assert orders.holding("status")[4] == "shipped"
    assert orders.land().rows == 0
    orders.say("delete from orders where order_id = 'o4'")
    assert orders.land().deleted == 1
    assert "o4" not in orders.holding()


def test_old_rows_that_come_late_are_found_by_their_keys(orders: Shop) -> None:
    fill(orders.url, shop.ORDERS, [order(77, ordered_at="2024-01-01 00:00:00", updated_at="2024-01-01 00:00:00")])
    result = orders.land()
    assert (result.rows, result.missed) == (1, 1)
    assert "o77" in orders.holding()
    assert orders.land().rows == 0


def test_refused_rows_are_not_read_again_and_again(orders: Shop) -> None:
    fill(orders.url, shop.ORDERS, [order(77, status="lost", updated_at="2026-06-01 10:00:00")])
    first, second = orders.land(), orders.land()
    assert (first.missed, second.missed) == (0, 0)
    assert (sum(first.quarantined.values()), sum(second.quarantined.values())) == (1, 0)


def test_a_source_that_is_emptied_deletes_nothing_and_says_what_to_do(orders: Shop) -> None:
    orders.say("delete from orders where order_id > 'o6'")  # three of ten
    result = orders.land()
    assert (result.deleted, result.withheld) == (0, 3)
    assert result.warnings == [
        "shop.orders: 3 of 10 rows are not in the source any more, more than the 20% that may vanish at once; none was deleted. If the "
        "source was emptied, is half restored or the URL names another database, mend that. If the rows are meant to be gone, run "
        "raw/shop_orders once with the tag regulars/accept_deletes = shop_orders."
    ]
    orders.say("delete from orders")
    assert orders.land().withheld == 10
    assert len(orders.holding()) == 10
    fill(orders.url, shop.ORDERS, [order(number) for number in range(7)])
    assert orders.land(replace(shop.ORDERS, vanish_at_most=1)).deleted == 3
    assert orders.holding() == [f"o{number}" for number in range(7)]


def test_keys_are_compared_as_often_as_declared(orders: Shop) -> None:
    weekly = replace(shop.ORDERS, deletes=timedelta(days=7))
    orders.land(weekly)  # no comparison yet: it is due
    orders.say("delete from orders where order_id = 'o1'")
    assert [orders.land(weekly).deleted for _ in range(7)] == [0, 0, 0, 0, 0, 0, 1]
    orders.say("delete from orders where order_id = 'o2'")
    assert orders.land(replace(shop.ORDERS, deletes=None)).deleted == 0


def test_an_api_tells_what_is_deleted_or_gives_everything(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "landing")

    days = iter(range(100))

    def land(numbers: range, **options: Any) -> Landed:
        return land_rows(shop.ORDERS, [order(number) for number in numbers], landing, AS_OF + next(days) * DAY, **options)

    land(range(10))
    told = land(range(0), deleted=[("o4",), ("never seen",), ["o5"]])
    assert (told.rows, told.deleted) == (0, 2)
    assert land(range(0), deleted=[("o4",)]).deleted == 0
    whole = land(range(1, 6), whole=True)  # o4 and o5 are back, o0 and o6 to o9 are too many at once
    assert (whole.rows, whole.returned, whole.withheld) == (2, 2, 5)
    assert land(range(1, 10), whole=True).deleted == 1
    assert [row[0] for row in holding(landing, shop.ORDERS, "order_id")] == [f"o{number}" for number in range(1, 10)]
