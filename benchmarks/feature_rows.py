"""The features of any shop, made by the project's own SQL: orders and their lines in, what models learn from and score out.

Fills a scratch warehouse with the tables that the feature models read, as the marts would hold them, and runs these models with dbt.
What a data set does not say (web, e-mail, tickets, returns) is empty, and its features are NULL, as in a shop that has none of it.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd

from benchmarks.dbt_runs import dbt
from orchestration.assets.landed import LANDED
from orchestration.landing import Landing

#: The feature models that models learn from and score, and what they rest on in their own stage.
MODELS = ("path:models/features,+training_snapshots", "path:models/features,+customer_features")

#: The tables that they read, with the columns that they take.
TABLES = {
    "marts.orders": """order_id varchar, profile_id varchar, ordered_at timestamp, ingested_at timestamp, is_paid boolean, is_first boolean,
        gap_days bigint, total_amount decimal(18, 4), order_total_amount decimal(18, 4), net_amount decimal(18, 4),
        discount_amount decimal(18, 4), exchange_rate double""",
    "marts.order_items": """order_line_id varchar, order_id varchar, profile_id varchar, product_id varchar, category varchar,
        quantity decimal(18, 4), line_amount decimal(18, 4), is_paid boolean, ordered_at timestamp, ingested_at timestamp""",
    "staging.stg_all__refunds": """refund_id varchar, order_id varchar, amount decimal(18, 4), refunded_at timestamp,
        ingested_at timestamp""",
    "staging.stg_all__refund_lines": """refund_line_id varchar, order_id varchar, quantity bigint, updated_at timestamp,
        ingested_at timestamp""",
    "staging.stg_all__events": """event_id varchar, session_key varchar, user_id varchar, user_pseudo_id varchar, event_name varchar,
        event_at timestamp, ingested_at timestamp""",
    "identity.identifiers": "identifier_type varchar, identifier_value varchar, profile_id varchar",
    "identity.device_owners": """user_pseudo_id varchar, profile_id varchar, from_at timestamp, until_at timestamp, known_at timestamp""",
    "profiles.profile_engagements": """event_id varchar, profile_id varchar, channel varchar, status varchar, message_id varchar,
        is_machine boolean, occurred_at timestamp, ingested_at timestamp""",
    "profiles.profile_tickets": """ticket_id varchar, profile_id varchar, is_complaint boolean, opened_at timestamp,
        ingested_at timestamp""",
}


@dataclass(frozen=True)
class FeatureRows:
    """`customers`: one row a person, as of the run. `snapshots`: one row a person and origin before it, with what came next."""

    customers: pd.DataFrame
    snapshots: pd.DataFrame


def feature_rows(
    orders: pd.DataFrame, lines: pd.DataFrame | None, as_of: datetime, *, training_people: int = 50_000, folder: Path | None = None
) -> FeatureRows:
    """What the feature models say as of an instant (naive UTC) of a shop with these orders; later ones are not known yet.

    orders: profile_id, order_id, ordered_at (naive UTC), total_amount and, where known, discount_amount; amounts in one currency, all
    paid. lines: order_id, product_id, category (None where unknown), quantity and amount.
    folder: keeps the warehouse; several calls with the same one save dbt some seconds each. By default it is gone afterwards.
    """
    if folder is None:
        with tempfile.TemporaryDirectory() as scratch:
            return feature_rows(orders, lines, as_of, training_people=training_people, folder=Path(scratch))
    folder.mkdir(parents=True, exist_ok=True)
    Landing(folder / "landing").declare(*LANDED.values())
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        _fill(connection, orders[orders["ordered_at"] < as_of], lines)
    variables = f"{{training_people: {training_people}, matching: false}}"
    dbt(folder, "run", "--full-refresh", "--select", *MODELS, "--vars", variables, as_of=f"{as_of:%Y-%m-%d %H:%M:%S}")
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        customers = connection.execute("from features.customer_features order by profile_id").df()
        snapshots = connection.execute("from features.training_snapshots order by as_of, profile_id").df()
    return FeatureRows(customers, snapshots)


def _fill(connection: duckdb.DuckDBPyConnection, orders: pd.DataFrame, lines: pd.DataFrame | None) -> None:
    goods = pd.DataFrame(columns=["order_id", "product_id", "category", "quantity", "amount"]) if lines is None else lines
    for table, columns in TABLES.items():
        connection.execute(f"create schema if not exists {table.split('.')[0]}; create or replace table {table} ({columns})")
    connection.register("given", orders if "discount_amount" in orders else orders.assign(discount_amount=0))
    connection.register("goods", goods)
    connection.execute("""
        insert into marts.orders by name
        select order_id::varchar as order_id, profile_id::varchar as profile_id, ordered_at, ordered_at as ingested_at, true as is_paid,
            row_number() over persons = 1 as is_first, date_sub('day', lag(ordered_at) over persons, ordered_at) as gap_days,
            total_amount, total_amount as order_total_amount, total_amount as net_amount, discount_amount, 1 as exchange_rate
        from given
        window persons as (partition by profile_id order by ordered_at, order_id)""")
    connection.execute("""
        insert into marts.order_items by name
        select row_number() over ()::varchar as order_line_id, orders.order_id, orders.profile_id, goods.product_id::varchar as product_id,
            goods.category::varchar as category, goods.quantity::decimal(18, 4) as quantity,
            goods.amount::decimal(18, 4) as line_amount, true as is_paid, orders.ordered_at, orders.ingested_at
        from goods inner join marts.orders on orders.order_id = goods.order_id::varchar""")
