"""PostgreSQL by its fast path and by the portable one: the same values, whatever stands in the table; and its connection lost.

Longer than most files, for the awkward values are many.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa
from landing_kit import AS_OF, fill, landed, order

from orchestration.landing import QUARANTINE, Landing, land_sql
from orchestration.sources import shop
from orchestration.sources.databases import postgres
from orchestration.sources.errors import SourceError
from orchestration.sources.table import Column, Table

THINGS = Table(
    "test",
    "things",
    key=("thing_id",),
    event_time="updated_at",
    columns=(
        Column("thing_id", "BIGINT", required=True),
        Column("amount", "DECIMAL(18,4)"),
        Column("note"),
        Column("born", "DATE", bounded=False),
        Column("is_new", "BOOLEAN"),
        Column("seen_at", "TIMESTAMP"),
        Column("updated_at", "TIMESTAMP", required=True),
    ),
)
#: Kept as text: the declaration knows none of them.
EXTRAS = {
    "a_json": "json",
    "a_jsonb": "jsonb",
    "a_list": "text[]",
    "some bytes": "bytea",
    "a_uuid": "uuid",
    "a_span": "interval",
    "100%": "double precision",
    "a_zone": "time with time zone",
    "a_range": "int4range",
    "an_address": "inet",
    "a_kind": "mood",
}
MAKE = f"""
    create type mood as enum ('glad', 'sad');
    create table things (thing_id bigint, amount numeric, note text, born date, is_new boolean, seen_at timestamptz,
        updated_at timestamp, {", ".join(f'"{name}" {kind}' for name, kind in EXTRAS.items())})
"""
AWKWARD = {
    "amount": ["0.1", "1e-4", "0.00005", "12345678901234.9999", "99999999999999999", "'NaN'", "'Infinity'", "-0.0", "null"],
    "note": [
        "'it''s \"quoted\"'",
        "E'two\\nlines\\r\\n\\ttab'",
        "'😀 naïve ﷽'",
        "''",
        "'  padded '",
        "'NULL'",
        "E'back\\\\slash'",
        "'\\N'",
    ],
    "born": ["'infinity'", "'-infinity'", "'9999-12-31'", "'20000-01-01'", "'0044-03-15 BC'", "'1888-01-01'"],
    "is_new": ["true", "false", "null"],
    "seen_at": ["'infinity'", "'2026-06-01 12:00:00+02'", "'2026-06-01 23:59:59.999999-11:30'", "'294276-12-31'", "'1989-12-31'", "null"],
    "updated_at": ["'infinity'", "null", "'2031-01-01'"],
    "a_json": ["""'{"b": [1, 2.50, null], "a": "é"}'"""],
    "a_jsonb": ["""'{"b": 0.10}'""", "'null'"],
    "a_list": ["""array['a', null, 'b,"c"', 'NULL']""", "'{}'"],
    "some bytes": [r"'\x00ff41'", "''"],
    "a_uuid": ["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"],
    "a_span": ["'1 year 2 days 03:04:05.6'"],
    "100%": ["0.1", "1e300", "'NaN'", "'-Infinity'", "1.0000000000000002"],
    "a_zone": ["'12:00:00+05:30'"],
    "a_range": ["'[1,5)'"],
    "an_address": ["'192.168.0.0/16'"],
    "a_kind": ["'sad'"],
}


@pytest.fixture
def url(new_database: Callable[[], str]) -> str:
    return new_database()


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    yield engine
    engine.dispose()


def everything(landing: Landing, table: Table) -> list[tuple[object, ...]]:
    """All values as text with their types, for Python knows neither infinite times nor the year 20000."""
    with duckdb.connect() as connection:
        found = connection.execute(f"describe from {landing.scan(table)}").fetchall()
        names = ", ".join(f"""cast("{row[0].replace('"', '""')}" as varchar)""" for row in found)
        rows = connection.execute(f"select {names} from {landing.scan(table)} order by all").fetchall()
    return [*((row[0], row[1]) for row in found), *rows]


def test_both_paths_land_the_same_values(url: str, engine: sa.Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(MAKE.replace("%", "%%"))
        number = 0
        for name, values in AWKWARD.items():
            for value in values:
                number += 1
                insert = f"insert into things (thing_id, updated_at, \"{name}\") values ({number}, '2026-06-01', {value})"
                if name == "updated_at":
                    insert = f"insert into things (thing_id, updated_at) values ({number}, {value})"
                connection.exec_driver_sql(insert.replace("%", "%%"))
        connection.exec_driver_sql("alter role current_user set timezone = 'Asia/Kolkata'")
        connection.exec_driver_sql("alter role current_user set datestyle = 'German'")
    try:
        fast, portable = Landing(tmp_path / "fast"), Landing(tmp_path / "portable")
        result = land_sql(THINGS, url, fast, AS_OF)
        other = land_sql(THINGS, url, portable, AS_OF, portable=True)
    finally:
        with engine.begin() as connection:  # the role is that of all tests
            connection.exec_driver_sql("alter role current_user reset all")
    assert (result.rows, result.quarantined, result.watermark) == (other.rows, other.quarantined, other.watermark)
    assert result.rows + sum(result.quarantined.values()) == number
    assert set(result.unknown_columns) == set(other.unknown_columns) == set(EXTRAS)
    assert everything(fast, THINGS) == everything(portable, THINGS)
    assert everything(fast, QUARANTINE) == everything(portable, QUARANTINE)

    amounts = [row[0] for row in landed(fast, THINGS, "amount::varchar", "where amount is not null order by thing_id")]
    assert amounts == ["0.1000", "0.0001", "0.0001", "12345678901234.9999", "0.0000"]
    assert landed(fast, THINGS, "seen_at::varchar", "where seen_at is not null order by 1") == [
        ("2026-06-01 10:00:00",),
        ("2026-06-02 11:29:59.999999",),
    ]
    assert dict(result.quarantined)["amount_invalid"] == 3  # not a number, infinite, too long
    assert ("0.1",) in landed(fast, THINGS, '"100%"')
    again = land_sql(THINGS, url, fast, AS_OF)
    assert (again.rows, again.files, again.missed) == (0, [], 0)


def orders(engine: sa.Engine, url: str, count: int) -> None:
    fill(url, shop.ORDERS, [order(0)])
    with engine.begin() as connection:
        names = ", ".join(f"'o' || i as {name}" if name == "order_id" else name for name in shop.ORDERS.column_names)
        connection.exec_driver_sql(f"insert into orders select {names} from orders, generate_series(1, {count}) as i")


@pytest.mark.parametrize("portable", [False, True])
def test_a_connection_that_is_lost_in_the_middle_leaves_the_old_state(
    url: str, engine: sa.Engine, tmp_path: Path, portable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "BATCH_BYTES", 50_000)
    monkeypatch.setattr("orchestration.landing.rows.BATCH_ROWS", 400)
    landing = Landing(tmp_path / "landing")
    orders(engine, url, 10_000)
    said: list[str] = []

    def cut(words: str) -> None:
        said.append(words)
        if len(said) == 2:
            with engine.begin() as connection:
                others = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                connection.exec_driver_sql(f"{others} and pid <> pg_backend_pid()")

    with pytest.raises(SourceError, match=r"shop\.orders: postgresql\+psycopg://postgres.* answered: .*nothing was changed here"):
        land_sql(shop.ORDERS, url, landing, AS_OF, cut, portable=portable)
    assert len(said) >= 2
    assert landing.files(shop.ORDERS) == []
    assert not list(landing.root.rglob("*.unfinished"))
    assert land_sql(shop.ORDERS, url, landing, AS_OF, portable=portable).rows == 10_001


@pytest.mark.parametrize("portable", [False, True])
def test_a_table_that_changes_while_it_is_read_is_seen_as_it_was(
    url: str, engine: sa.Engine, tmp_path: Path, portable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "BATCH_BYTES", 50_000)
    monkeypatch.setattr("orchestration.landing.rows.BATCH_ROWS", 400)
    landing = Landing(tmp_path / "landing")
    orders(engine, url, 1_000)
    assert land_sql(shop.ORDERS, url, landing, AS_OF, portable=portable).rows == 1_001
    said: list[str] = []

    def meanwhile(words: str) -> None:
        said.append(words)
        if len(said) == 2:
            with engine.begin() as connection:
                connection.exec_driver_sql("delete from orders where order_id = 'o1'")
                connection.exec_driver_sql("update orders set order_id = 'new', updated_at = '2026-06-02' where order_id = 'o2'")

    during = land_sql(shop.ORDERS, url, landing, AS_OF, meanwhile, portable=portable)
    assert len(said) >= 2
    assert (during.rows, during.deleted, during.missed) == (0, 0, 0)
    after = land_sql(shop.ORDERS, url, landing, AS_OF, portable=portable)
    assert (after.rows, after.deleted) == (1, 2)
