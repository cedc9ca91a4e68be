"""Online Retail through the marts: the figures that others have published, and scores, history, moves and cohorts as pandas gives them.
Longer than most files: one build of the whole set serves all comparisons.
"""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from warehouse_kit import PROJECT, Warehouse, moment

RETAIL = Path(__file__).resolve().parents[3] / "shared" / "data" / "online_retail" / "online_retail_full.parquet"
AS_OF = moment(2011, 12, 10, 9)

pytestmark = pytest.mark.skipif(not RETAIL.is_file(), reason="the data set Online Retail is not here")

#: Every invoice as profiles.profile_orders has it, cancelled ones and those without a customer too; what is not known of it is NULL.
INVOICES = """select
    InvoiceNo as order_id,
    cast(max(CustomerID) as varchar) as profile_id,
    min(InvoiceDate) as ordered_at,
    case when InvoiceNo like 'C%' then 'cancelled' else 'paid' end as status,
    sum(Quantity * cast(UnitPrice as decimal(18, 4))) as total_amount,
    status = 'paid' and total_amount > 0 as is_paid,
    false as is_refunded,
    case when is_paid then total_amount else 0 end as net_amount,
    cast(null as varchar) as coupon_code
from read_parquet($file)
group by InvoiceNo"""


def described(model: str) -> dict[str, str]:
    """The columns of a model and their types, as far as these are said."""
    columns = yaml.safe_load((PROJECT / "models" / f"{model}.yml").read_text())["models"][0]["columns"]
    return {column["name"]: column.get("data_type", "varchar") for column in columns}


#: The columns that the marts read, in the types that they promise.
COLUMNS = described("profiles/profile_orders") | {
    name: kind for name, kind in described("marts/orders").items() if name in described("profiles/profile_orders")
}
EMPTY = {
    "marts.order_items": "order_id varchar, profile_id varchar, category varchar, line_amount decimal(18,4)",
    "marts.int_customer_visits": "profile_id varchar, order_channel varchar, order_campaign varchar, first_channel varchar, "
    "first_campaign varchar",
}
MARTS = (
    "orders",
    "int_customer_months",
    "rfm_segments",
    "rfm",
    "int_months_counted",
    "int_customers_scored",
    "rfm_history",
    "rfm_moves",
    "acquisitions",
    "cohorts",
)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    built = Warehouse(tmp_path_factory.mktemp("online_retail"))
    with built.connect() as connection:
        connection.execute("create schema profiles")
        connection.execute(f"create table invoices as {INVOICES}", {"file": str(RETAIL)})
        known = {column[0] for column in connection.execute("describe invoices").fetchall()}
        columns = ", ".join(f"cast({name if name in known else 'null'} as {kind}) as {name}" for name, kind in COLUMNS.items())
        connection.execute(f"create table profiles.profile_orders as select {columns} from invoices")
    for table, columns in EMPTY.items():
        built.put(table, columns, [])
    built.build(AS_OF, *MARTS, full_refresh=True, only="run")
    return built


@pytest.fixture(scope="module")
def clean() -> pd.DataFrame:
    """The published clean subset, without the warehouse: one row an invoice, amounts in ten-thousandths of a pound."""
    lines = pd.read_parquet(RETAIL)
    good = lines["CustomerID"].notna() & (lines["Quantity"] > 0) & (lines["UnitPrice"] > 0)
    lines = lines[good & ~lines["InvoiceNo"].astype(str).str.startswith("C")]
    lines = lines.assign(
        customer=lines["CustomerID"].astype(int).astype(str), amount=lines["Quantity"] * (lines["UnitPrice"] * 10_000).round().astype(int)
    )
    orders = lines.groupby("InvoiceNo").agg(customer=("customer", "first"), at=("InvoiceDate", "min"), amount=("amount", "sum"))
    return orders.assign(month=orders["at"].dt.to_period("M"))


def fifths(values: pd.Series) -> pd.Series:
    """1 to 5 by the share that lies strictly below."""
    return 1 + (5 * (values.rank(method="min") - 1) // len(values)).astype(int)


def scored(orders: pd.DataFrame) -> pd.DataFrame:
    """Scores of every customer of these orders."""
    by = orders.groupby("customer")
    return pd.DataFrame({"r": fifths(by["at"].max().dt.normalize()), "f": fifths(by.size()), "m": fifths(by["amount"].sum())})


def test_the_marts_hold_the_published_subset(clean: pd.DataFrame, warehouse: Warehouse) -> None:
    assert (clean["customer"].nunique(), len(clean), clean["amount"].sum() // 100) == (4_338, 18_532, 891_140_790)
    told = (
        warehouse.frame("select count(*), sum(orders_count), sum(revenue_amount), avg((orders_count > 1)::int) from marts.rfm")
        .iloc[0]
        .tolist()
    )
    assert told[:2] == [4_338, 18_532]
    assert float(told[2]) == pytest.approx(8_911_407.90, abs=0.01)
    assert round(100 * told[3], 1) == 65.6


def test_scores_are_those_that_pandas_gives(clean: pd.DataFrame, warehouse: Warehouse) -> None:
    told = warehouse.frame("select profile_id as customer, r_score as r, f_score as f, m_score as m from marts.rfm").set_index("customer")
    pd.testing.assert_frame_equal(told.sort_index(), scored(clean).sort_index(), check_dtype=False)


def test_so_are_those_of_every_month_and_the_moves_between_them(clean: pd.DataFrame, warehouse: Warehouse) -> None:
    told = warehouse.frame("select month, profile_id as customer, r_score as r, f_score as f, m_score as m, segment from marts.rfm_history")
    names = warehouse.frame("select r_score as r, f_score as f, m_score as m, segment from marts.rfm_segments").set_index(["r", "f", "m"])[
        "segment"
    ]
    moves: dict[tuple[Any, ...], int] = {}
    before = pd.Series(dtype=str)
    for month in pd.period_range("2010-12", "2011-12", freq="M"):
        expected = scored(clean[clean["month"] <= month])
        expected["segment"] = [names[key] for key in expected.itertuples(index=False, name=None)]
        own = told[told["month"] == month.to_timestamp()].drop(columns="month").set_index("customer")
        pd.testing.assert_frame_equal(own.sort_index(), expected.sort_index(), check_dtype=False)
        moved = pd.DataFrame({"old": before.reindex(expected.index).fillna("none"), "new": expected["segment"]})
        moves |= {(month.to_timestamp(), *pair): count for pair, count in moved.value_counts().items()}
        before = expected["segment"]
    assert len(told) == sum(moves.values())
    found = warehouse.frame("select month, from_segment, to_segment, customers_count from marts.rfm_moves")
    assert {tuple(row[:3]): row[3] for row in found.itertuples(index=False, name=None)} == moves


def test_cohorts_are_those_that_pandas_gives(clean: pd.DataFrame, warehouse: Warehouse) -> None:
    first = clean.groupby("customer")["month"].transform("min")
    told = warehouse.frame(
        "select * exclude (cohort_type, cohort) from marts.cohorts where cohort_type = 'all' order by cohort_month, months_since"
    )
    places = [(start, since) for start in sorted(set(first)) for since in range((pd.Period("2011-12") - start).n + 1)]
    assert [(row.cohort_month.to_period("M"), row.months_since) for row in told.itertuples()] == places
    for row, (start, since) in zip(told.itertuples(), places, strict=True):
        own = clean[first == start]
        then, size = own[own["month"] == start + since], own["customer"].nunique()
        so_far = own.loc[own["month"] <= start + since, "amount"].sum() / 10_000
        assert (row.customers_count, row.active_customers_count) == (size, then["customer"].nunique())
        assert float(row.revenue_amount) == pytest.approx(then["amount"].sum() / 10_000)
        assert float(row.cumulative_revenue_amount) == pytest.approx(so_far)
        assert row.is_complete == (start + since < pd.Period("2011-12"))
        if row.is_complete:
            assert (row.retention, row.ltv_amount) == (pytest.approx(row.active_customers_count / size), pytest.approx(so_far / size))
        else:
            assert pd.isna(row.retention) and pd.isna(row.ltv_amount)
    others = warehouse.frame(
        "select cohort_type, sum(revenue_amount)::double as revenue from marts.cohorts group by cohort_type"
    ).set_index("cohort_type")
    assert set(others.index) == {"all", "source", "campaign", "promotion", "category"}
    assert others["revenue"].to_numpy() == pytest.approx(8_911_407.90)
