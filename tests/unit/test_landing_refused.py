"""Rows that are refused on landing: by which rule, once each, and never the good ones beside them."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from landing_kit import AS_OF, fill, landed, order

from orchestration.landing import QUARANTINE, Landing, land_rows, land_sql
from orchestration.sources import crm, shop
from orchestration.sources.table import Column, Table


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'shop.db'}"


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")


BAD = [
    ({"order_id": None}, "order_id_missing"),
    ({"order_id": "  "}, "order_id_missing"),
    ({"status": "PAID"}, "status_unknown"),
    ({"total_amount": "-1"}, "total_amount_negative"),
    ({"total_amount": "12,50"}, "total_amount_invalid"),
    ({"total_amount": None}, "total_amount_missing"),
    ({"ordered_at": "30/06/2026"}, "ordered_at_invalid"),
    ({"ordered_at": "2026-02-30 00:00:00"}, "ordered_at_invalid"),
    ({"ordered_at": "1970-01-01 00:00:00"}, "ordered_at_impossible"),
    ({"updated_at": "2031-01-01 00:00:00"}, "updated_at_impossible"),
    ({"updated_at": None}, "updated_at_missing"),
]


@pytest.mark.parametrize(("changes", "reason"), BAD)
def test_a_bad_row_is_refused_by_name_and_the_rest_goes_on(url: str, landing: Landing, changes: dict[str, object], reason: str) -> None:
    fill(url, shop.ORDERS, [order(1), {**order(2), **changes}])
    result = land_sql(shop.ORDERS, url, landing, AS_OF)
    assert (result.rows, dict(result.quarantined)) == (1, {reason: 1})
    ((source, table, found, detail, payload),) = landed(landing, QUARANTINE, "source, table_name, reason, detail, payload")
    assert (source, table, found) == ("shop", "orders", reason)
    assert detail.startswith(reason.rsplit("_", 1)[0].removesuffix("_not"))
    assert '"Ann@Example.com "' in payload
    assert "Ann" not in detail


def test_quantities_must_be_whole_and_positive(url: str, landing: Landing) -> None:
    line = {"order_line_id": "l", "order_id": "o", "product_id": "p", "unit_price_amount": 2.5, "updated_at": "2026-06-01 10:00:00"}
    quantities = {"1": 1, "2": 0, "3": -4, "4": 1.5, "5": "2.0", "6": "0x1F", "7": "1_000"}
    fill(url, shop.ORDER_LINES, [{**line, "order_line_id": name, "quantity": value} for name, value in quantities.items()])
    result = land_sql(shop.ORDER_LINES, url, landing, AS_OF)
    assert dict(result.quarantined) == {"quantity_not_positive": 2, "quantity_invalid": 3}
    assert sorted(landed(landing, shop.ORDER_LINES, "quantity")) == [(1,), (2,)]


def test_a_barcode_or_a_telephone_number_is_no_quantity_and_no_amount(url: str, landing: Landing) -> None:
    line = {"order_line_id": "l", "order_id": "o", "product_id": "p", "unit_price_amount": 2.5, "updated_at": "2026-06-01 10:00:00"}
    fill(url, shop.ORDER_LINES, [{**line, "quantity": 4006381333931}, {**line, "order_line_id": "m", "quantity": 10**8}])
    fill(url, shop.ORDERS, [order(1, total_amount="4915112345678"), order(2, total_amount=10**12)])
    assert dict(land_sql(shop.ORDER_LINES, url, landing, AS_OF).quarantined) == {"quantity_too_high": 1}
    assert dict(land_sql(shop.ORDERS, url, landing, AS_OF).quarantined) == {"total_amount_too_high": 1}


def test_a_doubtful_birth_date_costs_nobody_a_contact(url: str, landing: Landing) -> None:
    contact = {"created_at": "2026-06-01 10:00:00", "updated_at": "2026-06-01 10:00:00"}
    dates = ["1888-01-01", "2031-01-01", None, ""]
    fill(url, crm.CONTACTS, [{"contact_id": f"c{number}", "birth_date": born, **contact} for number, born in enumerate(dates)])
    assert land_sql(crm.CONTACTS, url, landing, AS_OF).rows == 4


def test_half_a_character_stops_no_row(landing: Landing) -> None:
    result = land_rows(shop.ORDERS, [order(1, first_name="Ann \ud83d"), order(2, first_name="Bo \ud83d\ude00")], landing, AS_OF)
    assert (result.rows, landed(landing, shop.ORDERS, "first_name", "order by order_id")) == (2, [("Ann \ufffd",), ("Bo \U0001f600",)])


def test_a_refused_row_is_held_once_and_lands_when_it_is_mended(url: str, landing: Landing) -> None:
    fill(url, shop.ORDERS, [order(1), order(2, updated_at=None), order(3, updated_at="never")])
    assert sum(land_sql(shop.ORDERS, url, landing, AS_OF).quarantined.values()) == 2
    assert dict(land_sql(shop.ORDERS, url, landing, AS_OF + timedelta(days=1)).quarantined) == {}
    assert len(landed(landing, QUARANTINE)) == 2
    # A row whose time cannot be read that comes later is not lost behind the watermark.
    fill(url, shop.ORDERS, [order(4, updated_at="0000-00-00")])
    assert dict(land_sql(shop.ORDERS, url, landing, AS_OF).quarantined) == {"updated_at_invalid": 1}
    fill(url, shop.ORDERS, [order(4, updated_at="2026-06-30 08:00:00")])
    assert land_sql(shop.ORDERS, url, landing, AS_OF).rows == 1


THINGS = Table(
    "test",
    "things",
    key=("thing_id",),
    event_time="updated_at",
    columns=(
        Column("thing_id", required=True),
        Column("amount", "DECIMAL(18,4)", minimum=0),
        Column("pieces", "BIGINT", above=0),
        Column("kind", values=("a", "b")),
        Column("born", "DATE"),
        Column("is_new", "BOOLEAN"),
        Column("updated_at", "TIMESTAMP", required=True),
    ),
)
VALUES = st.one_of(
    st.none(),
    st.text(max_size=6).filter(lambda text: "\x00" not in text),
    st.integers(-5, 10**20),
    st.floats(),
    st.sampled_from(
        ["a", "b", "2026-06-01", "2026-06-01 10:00:00", "infinity", "epoch", "true", "-0", "1e400", "'", '"', "%", "9999-12-31"]
    ),
    st.datetimes(),
    st.dates(),
    st.booleans(),
    st.binary(max_size=4),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=st.lists(st.fixed_dictionaries(dict.fromkeys(THINGS.column_names, VALUES)), max_size=8))
def test_every_row_is_either_landed_or_refused(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, object]]) -> None:
    landing = Landing(tmp_path_factory.mktemp("mix"))
    result = land_rows(THINGS, rows, landing, AS_OF)
    assert result.rows + sum(result.quarantined.values()) == len(rows)
    assert len(landed(landing, THINGS)) == result.rows
    again = land_rows(THINGS, rows, landing, AS_OF + timedelta(days=1))
    # What was too far ahead yesterday may be good today; nothing else may change.
    assert again.rows <= result.quarantined["updated_at_impossible"] + result.quarantined["born_impossible"]
