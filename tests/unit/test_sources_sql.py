"""What a database source says when it is not as declared, and that a real PostgreSQL lands as SQLite does."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from landing_kit import AS_OF, fill, landed, order, stored

from orchestration.landing import Landing, land_sql
from orchestration.sources import shop
from orchestration.sources.errors import SourceError, masked


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")


def test_a_missing_sqlite_file_is_said_and_not_created(tmp_path: Path, landing: Landing) -> None:
    path = tmp_path / "absent.db"
    with pytest.raises(SourceError, match=r"shop.orders: there is no SQLite file .*absent.db. Check the path"):
        land_sql(shop.ORDERS, f"sqlite:///{path}", landing, AS_OF)
    assert not path.exists()


def test_a_file_that_is_no_database_is_said(tmp_path: Path, landing: Landing) -> None:
    path = tmp_path / "notes.db"
    path.write_text("these are notes, no database" * 100)
    with pytest.raises(SourceError, match="file is not a database"):
        land_sql(shop.ORDERS, f"sqlite:///{path}", landing, AS_OF)


def test_a_missing_table_names_those_found(tmp_path: Path, landing: Landing) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    fill(url, shop.ORDERS, [])
    with pytest.raises(SourceError, match=r"shop\.refunds: the database has no such table; found: orders"):
        land_sql(shop.REFUNDS, url, landing, AS_OF)


def test_an_optional_table_may_be_missing_until_it_was_there(tmp_path: Path, landing: Landing) -> None:
    url, lines = f"sqlite:///{tmp_path / 'shop.db'}", tmp_path / "files" / "refund_lines.csv"
    fill(url, shop.ORDERS, [])
    lines.parent.mkdir()
    for place in (url, f"csv://{lines.parent}"):
        fault = "there is no file" if place.startswith("csv") else ""
        if fault:
            with pytest.raises(SourceError, match=fault):  # of an empty folder nobody knows whether it is the right one
                land_sql(shop.REFUND_LINES, place, landing, AS_OF)
            (lines.parent / "orders.csv").touch()
        result = land_sql(shop.REFUND_LINES, place, landing, AS_OF)
        assert (result.rows, result.warnings, landing.files(shop.REFUND_LINES)) == (0, [], [])
    lines.write_text("refund_line_id,refund_id,order_id,quantity,updated_at\nr1,r,o,2,2026-06-01 10:00:00\n")
    assert land_sql(shop.REFUND_LINES, f"csv://{lines.parent}", landing, AS_OF).rows == 1
    with pytest.raises(SourceError, match=r"shop\.refund_lines: the database has no such table"):
        land_sql(shop.REFUND_LINES, url, landing, AS_OF)


def test_a_missing_column_names_it_and_those_found(tmp_path: Path, landing: Landing) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("create table refunds (refund_id, order_id, sum, reason, refunded_at, updated_at)"))
    engine.dispose()
    with pytest.raises(SourceError, match="column amount is missing; found: refund_id, order_id, sum, reason"):
        land_sql(shop.REFUNDS, url, landing, AS_OF)
    assert landing.files(shop.REFUNDS) == []


def test_a_new_column_is_reported_and_the_rest_lands(tmp_path: Path, landing: Landing) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    fill(url, shop.ORDERS, [order(1)], extra=["colour"])
    result = land_sql(shop.ORDERS, url, landing, AS_OF)
    assert result.rows == 1
    assert result.unknown_columns == ["colour"]
    assert result.warnings[0].startswith("shop.orders: column colour is not declared; it is kept as text.")


@pytest.mark.parametrize("url", ["", "nonsense", "nosuch://ann:s3cret@host/shop"])
def test_a_url_that_cannot_be_used_is_refused_without_showing_it(url: str, landing: Landing) -> None:
    with pytest.raises(SourceError, match="its URL cannot be used") as caught:
        land_sql(shop.ORDERS, url, landing, AS_OF)
    assert "s3cret" not in str(caught.value)


def test_a_server_that_is_not_there_is_said_without_the_password(landing: Landing) -> None:
    with pytest.raises(SourceError) as caught:
        land_sql(shop.ORDERS, "postgresql+psycopg://ann:s3cret@127.0.0.1:1/shop", landing, AS_OF)
    assert "postgresql+psycopg://ann:***@127.0.0.1:1/shop" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_text_that_is_not_utf8_does_not_stop_the_table(tmp_path: Path, landing: Landing) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    fill(url, shop.ORDERS, [order(1), order(2)])
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("update orders set coupon_code = cast(x'ff41' as text) where order_id = 'o2'"))
    engine.dispose()
    assert land_sql(shop.ORDERS, url, landing, AS_OF).rows == 2
    assert ("\ufffdA",) in landed(landing, shop.ORDERS, "coupon_code")


def test_secrets_are_masked_wherever_they_stand() -> None:
    assert masked("mysql://ann:p4ss@db/shop?password=p4ss, token: abc") == "mysql://ann:***@db/shop?password=***, token: ***"


@pytest.fixture
def postgres(new_database: Callable[[], str]) -> str:
    return new_database()


def test_postgres_lands_exact_money_and_utc_and_only_changes(postgres: str, landing: Landing) -> None:
    names = ", ".join(
        f"{column.name} {'timestamptz' if column.type == 'TIMESTAMP' else 'numeric(12,2)' if 'DECIMAL' in column.type else 'text'}"
        for column in shop.ORDERS.columns
        if not column.optional
    )
    engine = sa.create_engine(postgres)
    insert = f"insert into orders values ({', '.join(':' + column.name for column in shop.ORDERS.columns if not column.optional)})"

    def write(**changes: object) -> None:
        with engine.begin() as connection:
            connection.execute(sa.text(insert), order(1, **changes))

    with engine.begin() as connection:
        connection.execute(sa.text(f"create table orders ({names})"))
    write(total_amount=Decimal("70.30"), ordered_at="2026-06-01 12:00:00+02", updated_at="2026-06-29 12:00:00+02")
    write(order_id="bad", total_amount=Decimal("-1"), ordered_at="2026-06-01 12:00:00+02", updated_at="2026-06-29 12:00:00+02")
    first = land_sql(shop.ORDERS, postgres, landing, AS_OF)
    assert (first.rows, dict(first.quarantined)) == (1, {"total_amount_negative": 1})
    assert first.watermark == datetime(2026, 6, 29, 10, tzinfo=UTC)
    assert landed(landing, shop.ORDERS, "total_amount, ordered_at") == [(Decimal("70.3000"), stored("2026-06-01 10:00"))]
    assert land_sql(shop.ORDERS, postgres, landing, AS_OF).files == []
    write(order_id="o2", ordered_at="2026-06-29 12:00:00+00", updated_at="2026-06-29 12:00:00+00")
    assert land_sql(shop.ORDERS, postgres, landing, AS_OF + timedelta(days=1)).rows == 1
    with pytest.raises(SourceError, match="found: orders"):
        land_sql(shop.REFUNDS, postgres, landing, AS_OF)
    engine.dispose()
