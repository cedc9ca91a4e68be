"""Shops that are hardly any: features are built and say what there is to say, on day after day."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from warehouse_kit import Warehouse, moment

from benchmarks.feature_rows import MODELS, TABLES

NOW = moment(2026, 6, 30, 9)
ORIGINS = [moment(1970, 1, 1) + timedelta(days=30 * (687 - number)) for number in range(18)]  # from 2026-06-06 back


def shop(folder: Path, **rows: list[dict[str, Any]]) -> Warehouse:
    """A warehouse with these rows of the tables that features read, by the tables' names, and nothing else."""
    warehouse = Warehouse(folder)
    for table, columns in TABLES.items():
        given = rows.get(table.split(".")[1], [])
        plain = " ".join(columns.replace("decimal(18, 4)", "double").split())
        warehouse.put(table, plain, [tuple(row.get(column.split()[0]) for column in plain.split(", ")) for row in given])
    return warehouse


def order(key: str, at: datetime, **changes: Any) -> dict[str, Any]:
    amounts = {"total_amount": 50, "order_total_amount": 50, "net_amount": 50, "discount_amount": 0, "exchange_rate": 1}
    return {
        "order_id": key,
        "profile_id": "p1",
        "ordered_at": at,
        "ingested_at": at,
        "is_paid": True,
        "is_first": False,
        **amounts,
        **changes,
    }


def test_an_empty_shop_has_nobody_and_the_longest_horizon(tmp_path: Path) -> None:
    empty = shop(tmp_path)
    for day in range(2):
        empty.build(NOW + timedelta(days=day), *MODELS, only="run" if day else "build")
        assert empty.rows("select horizon_days from features.horizons") == [{"horizon_days": 180}]
        assert empty.rows("from features.customer_features") == empty.rows("from features.training_snapshots") == []
        assert [row["as_of"] for row in empty.rows("from features.int_origins order by as_of desc")] == ORIGINS


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """One customer, one product, all of it given back, and an order that a clock gone wrong dates a year ahead."""
    bought, again, ahead = moment(2026, 3, 1, 12), moment(2026, 5, 20, 12), moment(2027, 6, 30)
    orders = [
        order("o1", bought, is_first=True, net_amount=0),
        order("o2", again, gap_days=80, net_amount=0),
        order("o3", ahead, total_amount=9999, net_amount=9999),
    ]
    made = shop(
        tmp_path_factory.mktemp("one"),
        orders=orders,
        order_items=[
            {**row, "order_line_id": f"l{row['order_id']}", "product_id": "i1", "category": "tea", "quantity": 2, "line_amount": 50}
            for row in orders
        ],
        stg_all__refunds=[
            {"refund_id": "r1", "order_id": "o1", "amount": 50, "refunded_at": moment(2026, 3, 20), "ingested_at": moment(2026, 3, 20)},
            {"refund_id": "r2", "order_id": "o2", "amount": 50, "refunded_at": moment(2026, 6, 20), "ingested_at": moment(2026, 6, 20)},
        ],
    )
    made.build(NOW, *MODELS)
    return made


def test_one_customer_who_gave_all_back_is_worth_nothing_and_still_known(one: Warehouse) -> None:
    (row,) = one.rows("from features.customer_features")
    counted = {"orders_count": 2, "order_days_count": 2, "product_count": 1, "category_count": 1, "recency_days": 40, "last_gap_days": 80}
    assert {name: row[name] for name in counted} == counted
    money = {"revenue_amount": 0, "revenue_90d_amount": 0, "avg_order_amount": 50, "refund_share": 1, "returned_share": 1}
    assert {name: row[name] for name in money} == money
    assert row["gap_sd_days"] is row["sessions_30d"] is row["emails_90d"] is row["tickets_180d"] is None


def test_an_order_dated_ahead_is_no_feature_and_no_outcome(one: Warehouse) -> None:
    rows = {row["as_of"]: row for row in one.rows("from features.training_snapshots")}
    assert sorted(rows) == [at for at in reversed(ORIGINS) if at > moment(2026, 3, 1, 12)]
    assert {at: row["next_order_at"] for at, row in rows.items()} == {
        at: moment(2026, 5, 20, 12) if at < moment(2026, 5, 20) else None for at in rows
    }
    before, after = rows[moment(2026, 3, 8)], rows[moment(2026, 4, 7)]
    assert (before["revenue_amount"], before["refund_share"], before["next_90d_orders_count"]) == (50, 0, 1)
    assert (after["revenue_amount"], after["refund_share"], after["next_90d_revenue_amount"]) == (0, 1, 0)
    assert rows[moment(2026, 6, 6)]["next_90d_orders_count"] == 0
