"""The large shop at a small size: what was asked for is there, the same every time, and it lands as any shop does."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from benchmarks.large_shop import load
from demo.shop import large
from demo.shop.ga4_schema import ga4_schema
from demo.shop.large.make import TABLES
from orchestration.landing import Landing, land_ga4, land_sql
from orchestration.sources import crm, service, shop

SIZE = large.Size(customers=2_000, orders=10_000, events=10_000, days=10)
AS_OF = datetime(2026, 6, 30, 9, tzinfo=UTC)
DECLARED = {table.folder: table for source in (shop, crm, service) for table in source.TABLES}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("large")
    large.make(place, SIZE)
    large.pass_a_day(place)
    return place


def count(files: Path | str, where: str = "true") -> int:
    return int(duckdb.sql(f"select count(*) from '{files}' where {where}").fetchall()[0][0])


def content(files: Path | str) -> object:
    return duckdb.sql(f"select count(*), sum(hash(given)::hugeint) from '{files}' as given").fetchall()[0]


def test_it_is_as_large_as_asked(folder: Path) -> None:
    assert count(folder / "tables/shop/customers.parquet") == SIZE.customers
    assert SIZE.orders * 0.99 < count(folder / "tables/shop/orders.parquet") <= SIZE.orders  # the latest are not visible yet
    assert count(folder / "ga4/*.parquet") == pytest.approx(SIZE.events, rel=0.1)
    assert len(list((folder / "ga4").iterdir())) == SIZE.days
    assert not (folder / "scratch").exists()


def test_nobody_orders_more_because_today_is_near(folder: Path) -> None:
    placed = (
        f"select datediff('day', ordered_at, timestamp '2026-06-30 09:00:00') // 30 as month from '{folder}/tables/shop/orders.parquet'"
    )
    latest, *before = [
        count for _, count in duckdb.sql(f"select month, count(*) from ({placed}) where month < 6 group by 1 order by 1").fetchall()
    ]
    assert latest == pytest.approx(sum(before) / len(before), rel=0.2)


def test_its_tables_are_those_of_the_systems(folder: Path) -> None:
    assert {f"{system}/{table}" for system, tables in TABLES.items() for table in tables} == set(DECLARED)
    for name, table in DECLARED.items():
        found = {row[0] for row in duckdb.sql(f"describe select * from '{folder}/tables/{name}.parquet'").fetchall()}
        assert found <= set(table.column_names)
        assert found >= {column.name for column in table.columns if not column.optional}
        keys = duckdb.sql(f"select count(*), count(distinct {table.key[0]}) from '{folder}/tables/{name}.parquet'").fetchall()[0]
        assert keys[0] == keys[1] > 0
    assert {row[0] for row in duckdb.sql(f"describe select * from '{folder}/ga4/*.parquet'").fetchall()} == set(ga4_schema().names)


def test_it_is_the_same_every_time(folder: Path, tmp_path: Path) -> None:
    large.make(tmp_path, SIZE, memory="1GB")
    for name in DECLARED:
        assert content(folder / f"tables/{name}.parquet") == content(tmp_path / f"tables/{name}.parquet"), name
    assert content(folder / "ga4/*.parquet") == content(tmp_path / "ga4/*.parquet")


def test_purchases_on_the_web_are_orders_of_the_shop(folder: Path) -> None:
    purchases = f"""from '{folder}/ga4/*.parquet' as events left join '{folder}/tables/shop/orders.parquet' as orders
        on events.ecommerce.transaction_id = orders.order_id
        where event_name = 'purchase' and events.ecommerce.transaction_id <> '(not set)'"""
    found, known, same = duckdb.sql(f"""select count(*), count(orders.order_id),
        count(*) filter (where abs(events.ecommerce.purchase_revenue - orders.total_amount) < .005) {purchases}""").fetchall()[0]
    assert found > 50
    assert known > found * 0.95  # some orders are not visible yet
    assert same > known * 0.95  # and some purchases say no revenue


def test_a_new_day_brings_what_is_new_and_what_changed(folder: Path) -> None:
    orders = folder / "tomorrow/tables/shop/orders.parquet"
    assert count(orders, f"order_id not in (select order_id from '{folder}/tables/shop/orders.parquet')") > SIZE.orders * 0.009
    assert count(orders, "updated_at <= timestamp '2026-06-30 09:00:00'") == 0
    assert count(orders, "status = 'delivered'") > 0
    assert count(orders) < SIZE.orders * 0.2
    assert count(folder / "tomorrow/tables/shop/customers.parquet", "created_at > timestamp '2026-06-30 09:00:00'") == SIZE.customers // 100
    assert sorted(file.name for file in (folder / "tomorrow/ga4").iterdir()) == [
        f"events_{day}.parquet" for day in (20260629, 20260630, 20260701)
    ]
    assert count(folder / "tomorrow/ga4/events_20260629.parquet") > count(folder / "ga4/events_20260629.parquet")  # some came late


def test_it_lands_without_surprises(folder: Path, tmp_path: Path, new_database: Callable[[], str]) -> None:
    landing = Landing(tmp_path)
    address = new_database()
    for system in TABLES:
        load(sa.make_url(address), folder / "tables" / system)
    refused = 0
    for name, table in DECLARED.items():
        landed = land_sql(table, address, landing, AS_OF)
        assert landed.rows + landed.quarantined.total() == count(folder / f"tables/{name}.parquet")
        assert not landed.failures
        assert not landed.unknown_columns
        refused += landed.quarantined.total()
    assert refused < 10
    landed = land_ga4(folder / "ga4", landing, AS_OF)
    assert not landed.failures
    assert landed.rows == pytest.approx(count(folder / "ga4/*.parquet"), rel=0.01)


def test_a_folder_without_a_shop_has_no_next_day(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="holds no large shop"):
        large.pass_a_day(tmp_path)
