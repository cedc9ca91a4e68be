"""Real people and orders as an outside world: public data sets in the shape of the demo shop's databases and export.

- The shop is UCI Online Retail: every invoice line is a row of `order_lines` as it is, bad quantities and prices too.
- The web is a sample of the Google Merchandise Store's GA4 export: a sample of rows, and of other people.
- The CRM is the 1,000 person records of fake_1000, of 251 persons, faulty dates of birth included.

No public set joins these for the same people. **The link between CRM and shop is made up**: person k (by number of the
true cluster) is the shop's customer k (by first order, then number). It is written on the first record of each person
only, whose consent to marketing by e-mail is made up too; the whole truth is in `truth/links.csv`. The shop's times are
London's local ones and are taken as UTC. Of discounts, shipping and tax nothing is known: amounts are as invoiced and
these are 0.

The mapping itself is SQL, in real.sql beside this file; here it is run and its tables are carried into the databases.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import sqlalchemy as sa

from demo.shop.build import service_url
from demo.shop.databases import opened, remake
from demo.shop.tables import CRM, SERVICE, SHOP

LINES = "online_retail/online_retail_full.parquet"
EVENTS = "ga4_export/ga4_events_sampled.snappy.parquet"
PEOPLE = "crm_fake_1000/fake_1000.csv"
SHOP_AS_OF = datetime(2011, 12, 10, 9, tzinfo=UTC)
WEB_AS_OF = datetime(2021, 2, 1, 9, tzinfo=UTC)
BATCH = 20_000


@dataclass(frozen=True)
class RealInput:
    """Where the real world stands, and when to look at it: the day after the shop's last invoice and the web's last event."""

    folder: Path
    shop_url: str
    crm_url: str
    ga4_folder: Path
    truth: Path
    shop_as_of: datetime = SHOP_AS_OF
    web_as_of: datetime = WEB_AS_OF


def prepare(shared_data: Path, folder: Path, *, shop_url: str, crm_url: str, progress: Callable[[str], None] = lambda _: None) -> RealInput:
    """Make the two databases and, in `folder`, `ga4/events_YYYYMMDD.parquet` and `truth/links.csv`.

    Where that was finished before, nothing is done. What an unfinished attempt left is made anew: tables of these
    names at the two URLs are dropped. Raises FileNotFoundError naming the data set that is not in `shared_data`.
    """
    world = RealInput(folder, shop_url, crm_url, folder / "ga4", folder / "truth" / "links.csv")
    marker = folder / "real.json"
    if marker.exists() and _stands(shop_url, SHOP) and _stands(crm_url, CRM):
        progress(f"real input: finished before, in {folder}")
        return world
    absent = [name for name in (LINES, EVENTS, PEOPLE) if not (shared_data / name).is_file()]
    if absent:
        raise FileNotFoundError(f"{shared_data} lacks {', '.join(absent)}: without it there is no real input")
    for parent in (world.ga4_folder, world.truth.parent):
        parent.mkdir(parents=True, exist_ok=True)
    marker.unlink(missing_ok=True)
    with duckdb.connect() as memory:
        for name, file in (("lines_file", LINES), ("people_file", PEOPLE)):
            memory.execute(f"set variable {name} = $path", {"path": str(shared_data / file)})
        memory.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
        memory.sql("from truth").write_csv(str(world.truth))
        rows = {
            **_fill(memory, "shop", SHOP, shop_url, progress),
            **_fill(memory, "crm", CRM, crm_url, progress),
            "ga4.events": _split_by_day(memory, shared_data / EVENTS, world.ga4_folder),
        }
    progress(f"ga4: {rows['ga4.events']:,} events")
    with opened(service_url(folder)) as service:  # of these people nobody knows what they said
        remake(service, SERVICE)
    part = marker.with_name(f".{marker.name}.part")
    part.write_text(json.dumps({"rows": rows}, indent=1) + "\n", encoding="utf-8")
    part.replace(marker)
    return world


def _fill(memory: duckdb.DuckDBPyConnection, name: str, schema: sa.MetaData, url: str, progress: Callable[[str], None]) -> dict[str, int]:
    """Carry every table of the schema into the database, all rows in one transaction; return how many each has."""
    rows = {}
    with opened(url) as engine:
        remake(engine, schema)
        with engine.begin() as connection:
            for table in schema.sorted_tables:
                columns = [column.name for column in table.columns]
                cursor = memory.execute(f"select {', '.join(columns)} from {name}.{table.name}")
                done = 0
                while batch := cursor.fetchmany(BATCH):
                    _insert(connection, table, batch)
                    done += len(batch)
                rows[f"{name}.{table.name}"] = done
                progress(f"{name}: {done:,} {table.name}")
    return rows


def _insert(connection: sa.Connection, table: sa.Table, rows: list[tuple[object, ...]]) -> None:
    """Insert rows in the table's order of columns: as `connection.execute(table.insert(), ...)` does, in half the time.

    SQLAlchemy looks at each value of each row on its own; half a million rows are worth doing it once per column.
    """
    dialect = connection.dialect
    compiled = table.insert().compile(dialect=dialect)
    converters = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.columns]
    values = [map(convert, column) if convert else column for convert, column in zip(converters, zip(*rows, strict=True), strict=True)]
    ready = list(zip(*values, strict=True))
    if compiled.positional:
        connection.exec_driver_sql(str(compiled), ready)
    else:
        names = [column.name for column in table.columns]
        connection.exec_driver_sql(str(compiled), [dict(zip(names, row, strict=True)) for row in ready])


def _split_by_day(memory: duckdb.DuckDBPyConnection, source: Path, folder: Path) -> int:
    """Write one file per day, its rows as they are, in any order, as the export delivers them; return how many."""
    with TemporaryDirectory(dir=folder.parent) as scratch:
        memory.execute("set threads = 1")  # each thread would write its own file per day
        split = "copy (select *, event_date as day from read_parquet($source)) to $target (format parquet, partition_by (day))"
        rows = memory.execute(split, {"source": str(source), "target": scratch}).fetchall()
        for part in Path(scratch).glob("day=*/*.parquet"):
            part.replace(folder / f"events_{part.parent.name.removeprefix('day=')}.parquet")
    return int(rows[0][0])


def _stands(url: str, schema: sa.MetaData) -> bool:
    """Whether the database has the tables, without making a SQLite file that is not there."""
    database = sa.make_url(url)
    if database.get_backend_name() == "sqlite" and not Path(database.database or "").is_file():
        return False
    with opened(url) as engine:
        return set(schema.tables) <= set(sa.inspect(engine).get_table_names())
