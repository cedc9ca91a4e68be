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


def order(number: int, **changes: object) -> dict[str, object]:
    return {**ORDER, "order_id": f"o{number}", **changes}


def fill(url: str, table: Table, rows: Iterable[dict[str, object]], *, extra: Sequence[str] = ()) -> None:
    """Appends rows to the table, made of columns without a type where it does not exist."""
    engine = sa.create_engine(url)
    names = [*table.column_names, *extra]
    with engine.begin() as connection:
        connection.execute(sa.text(f"create table if not exists {table.name} ({', '.join(names)})"))
        bound = ", ".join(f":{name}" for name in names)
        for row in rows:
            connection.execute(sa.text(f"insert into {table.name} values ({bound})"), {name: row.get(name) for name in names})
    engine.dispose()


def landed(landing: Landing, table: Table, what: str = "*", rest: str = "") -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(f"select {what} from {landing.scan(table)} {rest}").fetchall()


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
