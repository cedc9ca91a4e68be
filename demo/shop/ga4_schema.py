"""The exact columns of a GA4 export, from the table's definition in `ga4_events.sql`, as an Arrow schema."""

from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa

DEFINITION = Path(__file__).with_name("ga4_events.sql")


@cache
def ga4_schema() -> pa.Schema:
    """31 columns, nested as BigQuery exports them."""
    with duckdb.connect() as connection:
        connection.execute(DEFINITION.read_text())
        return connection.sql("select * from ga4_events").to_arrow_table().schema
