"""What changes late in a source, or is deleted there, reaches the marts: from a real PostgreSQL, through landing and dbt."""

from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from landing_kit import fill, order
from warehouse_kit import Warehouse, moment

from orchestration.landing import land_rows, land_sql
from orchestration.sources import crm, shop

FIRST = moment(2026, 1, 10, 9)
LATER = moment(2026, 6, 30, 9)


def orders_of(warehouse: Warehouse) -> dict[str, tuple[Any, ...]]:
    return {
        str(row["order_id"]): (row["status"], float(str(row["refunded_amount"])), row["is_paid"])
        for row in warehouse.rows("select order_id, status, refunded_amount, is_paid from marts.orders")
    }


def test_late_refunds_changes_and_deletes_reach_the_marts(tmp_path: Path, new_database: Callable[[], str]) -> None:
    url, warehouse = new_database(), Warehouse(tmp_path / "data")
    engine = sa.create_engine(url)
    at = {"ordered_at": "2026-01-05 10:00:00", "updated_at": "2026-01-05 10:00:00"}
    fill(url, shop.ORDERS, [order(number, **at) for number in range(6)])
    fill(url, shop.REFUNDS, [])

    def run(as_of: Any) -> None:
        for table in (shop.ORDERS, shop.REFUNDS):
            landed = land_sql(table, url, warehouse.landing, as_of.replace(tzinfo=UTC))
            assert not landed.quarantined and not landed.warnings
        warehouse.build(as_of, "+marts.orders")

    run(FIRST)
    assert orders_of(warehouse) == {f"o{number}": ("paid", 0.0, True) for number in range(6)}

    back = {
        "refund_id": "r1",
        "order_id": "o1",
        "amount": "5.00",
        "refunded_at": "2026-06-29 10:00:00",
        "updated_at": "2026-06-29 10:00:00",
    }
    fill(url, shop.REFUNDS, [back])
    with engine.begin() as connection:
        connection.execute(sa.text("update orders set status = 'cancelled', updated_at = '2026-06-29 12:00:00+02' where order_id = 'o2'"))
        connection.execute(sa.text("delete from orders where order_id = 'o3'"))
    engine.dispose()
    run(LATER)
    late = {"o1": ("paid", 5.0, True), "o2": ("cancelled", 0.0, False)}
    assert orders_of(warehouse) == {f"o{number}": ("paid", 0.0, True) for number in (0, 4, 5)} | late

    # a day that is replayed sees what was known then
    warehouse.build(LATER - timedelta(days=30), "+marts.orders")
    assert orders_of(warehouse)["o3"] == ("paid", 0.0, True)


def test_a_deleted_grant_is_gone_and_a_deleted_withdrawal_stays(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "data")
    stated = {"contact_id": "c", "channel": "email", "purpose": "marketing", "recorded_at": FIRST, "updated_at": FIRST}
    rows = [{**stated, "consent_id": name, "status": name} for name in ("granted", "withdrawn")]
    land_rows(crm.CONSENTS, rows, warehouse.landing, FIRST.replace(tzinfo=UTC))
    land_rows(crm.CONSENTS, [], warehouse.landing, LATER.replace(tzinfo=UTC), deleted=[("granted",), ("withdrawn",)])
    warehouse.build(LATER, "stg_crm__consents")
    assert warehouse.rows("select consent_id, status from staging.stg_crm__consents") == [
        {"consent_id": "withdrawn", "status": "withdrawn"}
    ]
