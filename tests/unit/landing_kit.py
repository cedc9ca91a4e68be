"""Small real sources for the landing tests: SQLite and PostgreSQL tables made from declarations, GA4 day files."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import sqlalchemy as sa

from orchestration.landing import Landing
from orchestration.sources.ga4_schema import DEFINITION
from orchestration.sources.table import Table

AS_OF = datetime(2026, 6, 30, 9, tzinfo=UTC)

ORDER = {
    "order_id": "o1",
    "customer_id": "c1",
    "email": "Ann@Example.com ",
    "phone": "+49 151 000",
    "status": "paid",
    "currency": "EUR",
    "discount_amount": "0",
    "shipping_amount": "4.90",
    "tax_amount": "1.9",
    "total_amount": "19.99",
    "coupon_code": None,
    "country_code": "DE",
    "ordered_at": "2026-06-01 10:00:00",
    "updated_at": "2026-06-01 10:00:00.000000",
}

#: What a shop on PostgreSQL has for the types of a declaration.
POSTGRES = {"TIMESTAMP": "timestamptz", "DECIMAL(18,4)": "numeric(12,2)", "VARCHAR": "text"}


def order(number: int, **changes: object) -> dict[str, object]:
    return {**ORDER, "order_id": f"o{number}", **changes}


def fill(url: str, table: Table, rows: Iterable[dict[str, object]], *, extra: Sequence[str] = ()) -> None:
    """Appends rows to the table; where it does not exist it is made, in SQLite of columns without a type."""
    engine = sa.create_engine(url)
    names = [*table.column_names, *extra]
    kinds = dict.fromkeys(names, "")
    if engine.dialect.name == "postgresql":
        kinds = dict.fromkeys(names, "text") | {column.name: POSTGRES.get(column.type, column.type) for column in table.columns}
    with engine.begin() as connection:
        connection.execute(sa.text(f"create table if not exists {table.name} ({', '.join(f'{name} {kinds[name]}' for name in names)})"))
        bound = ", ".join(f":{name}" for name in names)
        for row in rows:
            connection.execute(sa.text(f"insert into {table.name} values ({bound})"), {name: row.get(name) for name in names})
    engine.dispose()


def landed(landing: Landing, table: Table, what: str = "*", rest: str = "") -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(f"select {what} from {landing.scan(table)} {rest}").fetchall()


def holding(landing: Landing, table: Table, what: str = "*") -> list[tuple[Any, ...]]:
    """Of each key the version that holds, as the macro latest_version chooses it, in order of the key."""
    key = ", ".join(table.key)
    order = f"{table.watermark} desc, _landed_at desc" if table.watermark else "_landed_at desc"
    ended = f"max(case when _is_deleted then _landed_at end) over (partition by {key}) as ended_at"
    with duckdb.connect() as connection:
        return connection.execute(f"""
            select {what} from (select *, {ended} from {landing.scan(table)}) where ended_at is null or _landed_at > ended_at
            qualify row_number() over (partition by {key} order by {order}) = 1 order by {key}
        """).fetchall()


def stored(text: str) -> datetime:
    """A time as it is stored: UTC without a zone."""
    return datetime.fromisoformat(text)


def micros(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000_000)


def event(day: str, second: int = 0, name: str = "page_view", **changes: object) -> dict[str, object]:
    iso = f"{day[:4]}-{day[4:6]}-{day[6:]}T12:00:{second:02}"
    return {"event_date": day, "event_timestamp": micros(iso), "event_name": name, "user_pseudo_id": "p1", **changes}


def ga4_parquet(path: Path, events: Sequence[dict[str, object]]) -> Path:
    """A day file with the export's full schema."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"create table day ({DEFINITION})")
        for row in events:
            names = ", ".join(row)
            connection.execute(f"insert into day ({names}) values ({', '.join('?' for _ in row)})", list(row.values()))
        connection.execute(f"copy day to '{path}' (format parquet)")
    return path
