"""Rows from a real SQLite database: what lands, with which stamps, and what a second landing adds."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from landing_kit import AS_OF, fill, landed, order, stored

from orchestration.landing import QUARANTINE, Landing, land_rows, land_sql
from orchestration.sources import shop
from orchestration.sources.engagement import ENGAGEMENT


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'shop.db'}"


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")


def test_first_landing_is_typed_stamped_and_history(url: str, landing: Landing) -> None:
    fill(url, shop.ORDERS, [order(1)])
    result = land_sql(shop.ORDERS, url, landing, AS_OF)
    assert (result.table, result.rows, dict(result.quarantined)) == ("shop_orders", 1, {})
    assert result.watermark == datetime(2026, 6, 1, 10, tzinfo=UTC)
    (row,) = landed(landing, shop.ORDERS, "email, total_amount, updated_at, _landed_at, _is_backfill")
    assert row == ("Ann@Example.com ", Decimal("19.9900"), stored("2026-06-01 10:00"), stored("2026-06-30 09:00"), True)
    assert [path.name for path in result.files] == ["20260601T100000_000001.parquet"]


def test_a_declared_table_is_readable_before_anything_landed(landing: Landing) -> None:
    landing.declare(shop.ORDERS, QUARANTINE)
    assert landed(landing, shop.ORDERS) == []
    with duckdb.connect() as connection:
        described = connection.execute(f"describe from {landing.scan(shop.ORDERS)}").fetchall()
    types = {name: kind for name, kind, *_ in described}
    assert types["total_amount"] == "DECIMAL(18,4)"
    assert types["_landed_at"] == "TIMESTAMP"
    assert types["_is_backfill"] == "BOOLEAN"


def test_only_what_changed_lands_again_and_nothing_writes_nothing(url: str, landing: Landing) -> None:
    fill(url, shop.ORDERS, [order(1), order(2, updated_at="2026-06-29 10:00:00")])
    land_sql(shop.ORDERS, url, landing, AS_OF)
    again = land_sql(shop.ORDERS, url, landing, AS_OF)
    assert (again.rows, again.files) == (0, [])
    # A refund weeks later changes an old order; one row is committed late, with a time before the newest that landed.
    fill(url, shop.ORDERS, [order(1, status="cancelled", updated_at="2026-06-29 11:00:00"), order(3, updated_at="2026-06-29T09:55:00Z")])
    later = land_sql(shop.ORDERS, url, landing, AS_OF + timedelta(days=1))
    assert later.rows == 2
    versions = landed(landing, shop.ORDERS, "order_id, status, _is_backfill", "order by order_id, updated_at")
    assert versions == [("o1", "paid", True), ("o1", "cancelled", False), ("o2", "paid", True), ("o3", "paid", False)]


def test_two_late_rows_in_a_row_do_not_replace_each_other(url: str, landing: Landing) -> None:
    fill(url, shop.ORDERS, [order(1)])
    land_sql(shop.ORDERS, url, landing, AS_OF)
    for number in (2, 3):
        fill(url, shop.ORDERS, [order(number, updated_at="2026-06-01 09:58:00")])
        assert land_sql(shop.ORDERS, url, landing, AS_OF).rows == 1
    assert len(landed(landing, shop.ORDERS)) == 3


def test_a_row_dated_ahead_does_not_hide_what_happens_until_then(url: str, landing: Landing) -> None:
    fill(url, shop.ORDERS, [order(1, updated_at="2026-07-01 08:00:00")])
    land_sql(shop.ORDERS, url, landing, AS_OF)
    fill(url, shop.ORDERS, [order(2, updated_at="2026-06-30 12:00:00")])
    assert land_sql(shop.ORDERS, url, landing, AS_OF + timedelta(hours=6)).rows == 1


def test_an_event_that_is_listed_twice_or_again_lands_once(landing: Landing) -> None:
    row = {"event_id": "e1", "destination": "twilio", "channel": "sms", "status": "sent", "is_machine": False, "occurred_at": AS_OF}
    assert land_rows(ENGAGEMENT, [row, dict(row)], landing, AS_OF).rows == 1
    moved = {**row, "occurred_at": AS_OF + timedelta(minutes=5)}
    assert land_rows(ENGAGEMENT, [moved, {**row, "event_id": "e2"}], landing, AS_OF + timedelta(hours=1)).rows == 1
    other = {**row, "event_id": "e3", "destination": "klaviyo", "occurred_at": AS_OF - timedelta(days=3)}
    land_rows(ENGAGEMENT, [other], landing, AS_OF)
    assert landing.since(ENGAGEMENT, destination="klaviyo") == AS_OF - timedelta(days=4)
    assert landing.since(ENGAGEMENT, destination="twilio") == AS_OF - timedelta(days=1)


def test_samples_hide_people(url: str, landing: Landing) -> None:
    fill(url, shop.ORDERS, [order(1)])
    land_sql(shop.ORDERS, url, landing, AS_OF)
    (row,) = landing.sample(shop.ORDERS)
    assert (row["order_id"], row["email"], row["phone"]) == ("o1", "A***@Example.com ", "+49***00")


def test_a_clock_without_a_zone_is_refused(url: str, landing: Landing) -> None:
    fill(url, shop.ORDERS, [order(1)])
    with pytest.raises(ValueError, match="no time zone"):
        land_sql(shop.ORDERS, url, landing, stored("2026-06-30 00:00"))
    assert landing.files(shop.ORDERS) == []
