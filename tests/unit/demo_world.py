"""Worlds for the tests of the demo shop, and ways to look at them."""

import hashlib
import sqlite3
from pathlib import Path

import duckdb
from sqlalchemy import create_engine, text

from demo.shop import advance, create
from demo.shop.tables import CRM, SERVICE, SHOP

DDL = Path(__file__).resolve().parents[2] / "demo" / "shop" / "ga4_events.sql"


def urls(folder: Path) -> dict[str, str]:
    return {"shop_url": f"sqlite:///{folder / 'shop.db'}", "crm_url": f"sqlite:///{folder / 'crm.db'}"}


def make(folder: Path, customers: int = 60, seed: int = 7) -> Path:
    create(folder, customers=customers, seed=seed, **urls(folder))
    return folder


def pass_days(folder: Path, days: int = 1) -> None:
    advance(folder, days=days, **urls(folder))


def rows(folder: Path) -> dict[str, list[tuple]]:
    """Everything in the databases, in order of key, as stored."""
    found = {}
    for file, schema in (("shop.db", SHOP), ("crm.db", CRM), ("service.db", SERVICE)):
        with sqlite3.connect(folder / file) as connection:
            for name in schema.tables:
                found[name] = connection.execute(f"select * from {name} order by 1").fetchall()
    return found


def count_rows(url: str, schema) -> dict[str, int]:
    engine = create_engine(url)
    with engine.connect() as connection:
        counts = {name: connection.execute(text(f"select count(*) from {name}")).scalar_one() for name in schema.tables}
    engine.dispose()
    return counts


def digests(folder: Path) -> dict[str, str]:
    """The bytes of every file of the export and of the truth."""
    files = sorted([*(folder / "ga4").iterdir(), *(folder / "truth").iterdir()])
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def ask(folder: Path, query: str) -> list[tuple]:
    """A query over `events`, `people`, `identifiers` and `shared`."""
    with duckdb.connect() as connection:
        connection.execute(f"create view events as from read_parquet('{folder}/ga4/events_*.parquet')")
        for name in ("people", "identifiers", "shared"):
            connection.execute(f"create view {name} as from read_parquet('{folder}/truth/{name}.parquet')")
        return connection.execute(query).fetchall()


def one(folder: Path, file: str, query: str) -> int:
    with sqlite3.connect(folder / file) as connection:
        return connection.execute(query).fetchone()[0]
