"""Carts that are left in the demo's web export: what a test does to the world between two runs."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb


def leave_a_cart(world: Path, at: datetime, people: Sequence[str]) -> None:
    """Each of these customers puts something into the cart at an instant, and goes."""
    (day,) = (world / "ga4").glob(f"*{at:%Y%m%d}*")
    with duckdb.connect() as connection:
        connection.execute(f"create table events as from read_parquet('{day}')")
        connection.execute("create table model as from events where event_name = 'add_to_cart' and len(items) > 0 limit 1")
        connection.execute("create table people as select unnest(?) as id", [list(people)])
        connection.execute(
            "insert into events select model.* replace (people.id as user_id, 'device-' || people.id as user_pseudo_id,"
            " ? as event_timestamp) from model cross join people",
            [int(at.timestamp() * 1e6)],
        )
        connection.execute(f"copy events to '{day}' (format parquet)")
