"""Writing rows into the shop's and the CRM's databases: in bulk, by key, so that writing the same again changes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, MetaData, bindparam, create_engine, event, inspect, make_url

Row = dict[str, Any]
Rows = dict[str, list[Row]]


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """An engine for a URL, disposed of at the end. The folder of a SQLite file is made."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.execute("pragma synchronous = off"))
    try:
        yield engine
    finally:
        engine.dispose()


def remake(engine: Engine, schema: MetaData) -> None:
    """Empty tables, whatever was there before."""
    schema.drop_all(engine)
    schema.create_all(engine)


def require(engine: Engine, schema: MetaData) -> None:
    """LookupError when a table of the world is missing."""
    missing = sorted(set(schema.tables) - set(inspect(engine).get_table_names()))
    if missing:
        where = engine.url.render_as_string(hide_password=True)
        raise LookupError(f"{where} has no table {', '.join(missing)}: make the demo shop first (python -m demo create)")


def write(engine: Engine, schema: MetaData, rows: Rows, *, replace: bool) -> None:
    """Write rows by table in one transaction; `replace` deletes those of the same key first."""
    with engine.begin() as connection:
        for name, content in rows.items():
            if not content:
                continue
            table = schema.tables[name]
            (key,) = table.primary_key.columns
            if replace:
                condition = key == bindparam("old_key")
                connection.execute(table.delete().where(condition), [{"old_key": row[key.name]} for row in content])
            connection.execute(table.insert(), content)
