"""The large shop as a world outside: Parquet files made once, its tables in a PostgreSQL, and what points the product at them."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import sqlalchemy as sa
from adbc_driver_postgresql import dbapi

from benchmarks.postgres import serving

#: The key of each table, which is also its primary key in the database; what changed is found by an index, as in the shop's own.
KEYS = {
    "customers": "customer_id", "products": "product_id", "orders": "order_id", "order_lines": "order_line_id", "refunds": "refund_id",
    "refund_lines": "refund_line_id", "shipments": "shipment_id", "contacts": "contact_id", "consents": "consent_id",
    "tickets": "ticket_id", "reviews": "review_id", "surveys": "survey_id",
}  # fmt: skip
SYSTEMS = ("shop", "crm", "service")
_BATCH = 100_000


def made(folder: Path, *arguments: str) -> None:
    """The shop of python -m demo.shop.large in a folder, made where there is none."""
    if not (folder / "clock.json").exists():
        subprocess.run([sys.executable, "-m", "demo.shop.large", str(folder), *arguments], check=True, stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def running(folder: Path) -> Iterator[dict[str, str]]:
    """Starts the PostgreSQL in FOLDER/postgres, filled where it is new; yields the environment that points the product at this world."""
    is_new = not (folder / "postgres" / "PG_VERSION").exists()
    with serving(folder / "postgres") as server:
        url = sa.make_url(server.get_uri())
        if is_new:
            with sa.create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT").connect() as connection:
                for system in SYSTEMS:
                    connection.execute(sa.text(f"create database {system}"))
        urls = {system: url.set(database=system) for system in SYSTEMS}
        if is_new:
            for system in SYSTEMS:
                load(urls[system], folder / "tables" / system)
        yield environment(folder, {system: at.set(drivername="postgresql+psycopg") for system, at in urls.items()})


def load(url: sa.URL, folder: Path) -> None:
    """The Parquet files of one system into its database: new rows, and in the place of those of the same key."""
    with dbapi.connect(url.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        for file in sorted(folder.glob("*.parquet")):
            table, key = file.stem, KEYS[file.stem]
            content = pq.ParquetFile(file)
            with connection.cursor() as cursor:
                for batch in content.iter_batches(_BATCH):
                    cursor.adbc_ingest("arrived", batch, mode="create_append")
                cursor.execute(f"select to_regclass('{table}')")
                if cursor.fetchone() == (None,):
                    cursor.execute(f"alter table arrived rename to {table}")
                    cursor.execute(f"alter table {table} add primary key ({key})")
                    cursor.execute(f"create index on {table} (updated_at)")
                else:
                    cursor.execute(f"delete from {table} using arrived where {table}.{key} = arrived.{key}")
                    cursor.execute(f"insert into {table} select * from arrived")
                    cursor.execute("drop table arrived")
            connection.commit()


def environment(folder: Path, urls: dict[str, sa.URL]) -> dict[str, str]:
    """What a user would write into .env, and a clock that stands where the shop's does."""
    return {
        **os.environ,
        **{f"{system.upper()}_URL": url.render_as_string(hide_password=False) for system, url in urls.items()},
        "GA4_FOLDER": str(folder / "ga4"),
        "REGULARS_CLOCK": str(folder / "clock.json"),
        "EVENTS_FOLDER": "",
        "KLAVIYO_URL": "http://127.0.0.1:9",  # nothing is sent
        "KLAVIYO_API_KEY": "pk_none",
        "TWILIO_URL": "http://127.0.0.1:9",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "none",
        "TWILIO_SENDER": "+15005550006",
    }
