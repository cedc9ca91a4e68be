"""From a shop's rows to dates, hours, kinds and shelves as they are landed and shown: of hardly any shop, and of any.

Longer than most files: the way from the rows to what is shown is one.
"""

import gc
import json
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest
from warehouse_kit import Warehouse, moment

from benchmarks.feature_rows import TABLES
from orchestration.assets.taste import ASSETS
from orchestration.assets.taste_tables import TASTE
from orchestration.landing import Landing
from orchestration.resources import Clock, Folders
from orchestration.warehouse import Warehouse as Reader

NOW = moment(2026, 6, 30, 9)
MODELS = ("order_rhythms", "item_purchases", "activity_hours", "products_on_offer")
MORE = {
    "marts.order_items": TABLES["marts.order_items"] + ", returned_quantity decimal(18, 4)",
    "staging.stg_all__refund_lines": TABLES["staging.stg_all__refund_lines"] + ", order_line_id varchar, product_id varchar",
    "staging.stg_all__products": "product_id varchar, name varchar, category varchar, stock_quantity bigint",
    "profiles.profiles": "profile_id varchar, time_zone varchar",
    "marts.interests": "profile_id varchar, interest_type varchar, interest varchar, interest_rank bigint",
    "scores.drift": "model varchar, is_alarmed boolean",
    "features.customer_features": """profile_id varchar, as_of timestamp, recency_days bigint, orders_count bigint, avg_order_amount double,
        tenure_days bigint""",
}


def shop(folder: Path, products: list[dict[str, Any]], bought: list[dict[str, Any]], **variables: Any) -> Warehouse:
    """A warehouse where each of `bought` is a paid order of one product, with features built and all four estimates landed.

    bought: profile_id, product_id, ordered_at, and returned_at where the piece came back.
    """
    made = Warehouse(folder, **variables)
    orders = [
        {"order_id": f"o{n}", "ingested_at": min(row["ordered_at"], NOW), "is_paid": True, "order_total_amount": 9, **row}
        for n, row in enumerate(bought)
    ]
    items = [{**row, "order_line_id": f"l{n}", "returned_quantity": int("returned_at" in row)} for n, row in enumerate(orders)]
    back = [{**row, "updated_at": row["returned_at"], "ingested_at": row["returned_at"]} for row in items if "returned_at" in row]
    people = sorted({row["profile_id"] for row in bought if row["ordered_at"] < NOW})
    given = {
        "marts.orders": orders,
        "marts.order_items": items,
        "staging.stg_all__refund_lines": back,
        "staging.stg_all__products": products,
        "profiles.profiles": [{"profile_id": person, "time_zone": "Europe/Berlin"} for person in people],
        "features.customer_features": [
            {"profile_id": person, "as_of": NOW, "recency_days": 9, "orders_count": 1, "avg_order_amount": 9, "tenure_days": 9}
            for person in people
        ],
    }
    for table, columns in {**TABLES, **MORE}.items():
        plain = " ".join(columns.replace("decimal(18, 4)", "double").split())
        names = [column.split()[0] for column in plain.split(", ")]
        made.put(table, plain, [tuple(row.get(name) for name in names) for row in given.get(table, [])])
    made.build(NOW, *MODELS, only="run")
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()  # dbt in this process keeps its own, to write; the assets read
    gc.collect()
    (folder / "clock.json").write_text(json.dumps({"as_of": f"{NOW.isoformat()}+00:00"}))
    resources = {
        "warehouse_reader": Reader(data=str(folder)),
        "folders": Folders(root=str(folder)),
        "clock": Clock(source=str(folder / "clock.json")),
    }
    assert dg.materialize(ASSETS, resources=resources).success
    return made


def landed(made: Warehouse, name: str) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(path) for path in Landing(made.folder / "landing").files(TASTE[name])])


def bought(profile_id: str, product_id: str, ordered_at: datetime, **more: Any) -> dict[str, Any]:
    return {"profile_id": profile_id, "product_id": product_id, "ordered_at": ordered_at, **more}


def test_an_empty_shop_has_empty_tables(tmp_path: Path) -> None:
    made = shop(tmp_path, [], [])
    assert [len(landed(made, name)) for name in TASTE] == [0, 0, 0, 0]


def test_one_customer_who_gave_the_one_product_back_gets_reasons_alone(tmp_path: Path) -> None:
    ago = [NOW - timedelta(days=days) for days in (90, 60)]
    rows = [bought("p", "only", at, returned_at=at + timedelta(days=5)) for at in ago]
    made = shop(tmp_path, [{"product_id": "only", "stock_quantity": 5}], [*rows, bought("p", "only", NOW + timedelta(days=300))])
    for name, value in (("next_order_date", "expected_on"), ("send_hour", "send_hour"), ("personas", "persona_id")):
        (row,) = landed(made, name).to_dict("records")
        assert row["profile_id"] == "p" and pd.isna(row[value]) and row["reason"], name
    assert made.rows(
        "select gaps_count, gaps_days, open_days from features.order_rhythms where as_of = timestamp '2026-06-30 09:00:00'"
    ) == [{"gaps_count": 1, "gaps_days": 30, "open_days": 60}], "the order that is dated ahead is none"
    shelves = landed(made, "recommendations")
    assert len(shelves) == 2 and shelves["product_id"].isna().all() and shelves["reason"].notna().all()


@pytest.fixture(scope="module")
def any_shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Warehouse, list[dict[str, Any]], dict[str, int | None]]:
    r = random.Random(4)
    stock: dict[str, int | None] = {f"i{n}": r.choice([0, 3, 50, 50, None, -1]) for n in range(14)}
    rows = []
    for number in range(150):
        pace = r.choice([3, 10, 40])
        at = NOW - timedelta(days=r.randrange(1, 300), hours=r.randrange(24))
        while at < NOW:
            back = {"returned_at": at + timedelta(hours=9)} if r.random() < 0.1 and at < NOW - timedelta(days=1) else {}
            rows.append(bought(f"p{number}", f"i{int(r.triangular(0, 16, 2))}", at, **back))
            at += timedelta(days=pace * r.uniform(0.5, 1.5))
    products = [{"product_id": name, "stock_quantity": pieces} for name, pieces in stock.items()]
    return shop(tmp_path_factory.mktemp("any"), products, rows, never_recommended=["i1"]), rows, stock


def test_no_shelf_has_what_was_just_bought_returned_out_of_stock_or_suppressed(any_shop: Any) -> None:
    made, rows, stock = any_shop
    shelves = landed(made, "recommendations").dropna(subset="product_id")
    able = {name for name, pieces in stock.items() if (pieces is None or pieces > 0) and name != "i1"}
    assert set(shelves["product_id"]) == able
    had, back, days = {}, set(), {}
    for row in rows:
        key = (row["profile_id"], row["product_id"])
        had[key] = max(row["ordered_at"], had.get(key, row["ordered_at"]))
        days.setdefault(row["profile_id"], set()).add(row["ordered_at"])
        back |= {key} if "returned_at" in row else set()
    found = set(shelves[["profile_id", "product_id", "shelf"]].itertuples(index=False, name=None))
    again = {(person, product) for person, product, shelf in found if shelf == "buy_again"}
    new = {(person, product) for person, product, shelf in found if shelf == "new_for_you"}
    assert again <= had.keys() and not new & had.keys() and not again & back

    def wait(person: str) -> float:
        """For how many days something is just bought: half of the usual time between two orders, from a day to a week."""
        times = days[person]
        dates = {at.date() for at in times}
        return 7 if len(dates) < 2 else min(7, max(1, 0.5 * (max(times) - min(times)).days / (len(dates) - 1)))

    due = {(person, product) for (person, product), at in had.items() if (NOW - at).days >= wait(person)}
    assert again == {key for key in due - back if key[1] in able}
    assert len(again) > 100 and len(new) > 400 and len(had.keys() - due) > 50


def test_what_sold_out_or_was_bought_since_is_not_shown_any_more(any_shop: Any) -> None:
    made, _, _ = any_shop
    made.build(NOW, "recommended_products", only="run")
    before = made.frame("from scores.recommended_products")
    best = before["product_id"].value_counts().index[0]
    buyer, product = before[(before["shelf"] == "new_for_you") & (before["product_id"] != best)].iloc[0][["profile_id", "product_id"]]
    with made.connect() as connection:
        connection.execute("update staging.stg_all__products set stock_quantity = 0 where product_id = ?", [best])
        line = "select ? as profile_id, ? as product_id, ? as ordered_at, true as is_paid, 0 as returned_quantity"
        connection.execute(f"insert into marts.order_items by name {line}", [buyer, product, NOW - timedelta(minutes=5)])
    made.build(NOW, "recommended_products", only="run")
    after = made.frame("from scores.recommended_products")
    assert best in set(before["product_id"]) and best not in set(after["product_id"])
    assert after[(after["profile_id"] == buyer) & (after["product_id"] == product)].empty
    assert after.groupby(["profile_id", "shelf"])["place"].agg(lambda places: sorted(places) == list(range(1, len(places) + 1))).all()


def test_dates_and_hours_of_any_shop_are_told_for_whom_there_is_enough(any_shop: Any) -> None:
    made, rows, _ = any_shop
    dates = landed(made, "next_order_date").set_index("profile_id")
    ordered: dict[str, set[Any]] = {}
    for row in rows:
        ordered.setdefault(row["profile_id"], set()).add(row["ordered_at"].date())
    told = dates["expected_on"].notna()
    assert set(dates.index[told]) == {person for person, at in ordered.items() if len(at) > 1}
    assert (dates.loc[told, "earliest_on"] >= NOW.date()).all() and dates.loc[told, "model_version"].nunique() == 1
    hours = landed(made, "send_hour")
    assert hours["send_hour"].dropna().between(8, 20).all() and hours["send_hour"].notna().sum() > 50
    assert (hours["evidence_count"] >= 3).equals(hours["send_hour"].notna())
