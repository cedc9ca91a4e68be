"""Reads tables through SQLAlchemy: any database, in batches, every value as the text that the driver gave.

Columns are asked for without a type, so that a value the database should never have let in (SQLite's dates) meets the rules, no error.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine

from orchestration.sources.errors import SourceError, masked
from orchestration.sources.table import Table

#: One list of texts per declared column, all of the same length.
Batch = Sequence[Sequence[str | None]]


def batches(
    table: Table, url: str, since: datetime | None, *, batch_rows: int = 20_000, warn: Callable[[str], object] = lambda _: None
) -> Generator[Batch]:
    """The rows whose watermark is at or after `since` (aware; `None`: all), and those whose watermark cannot be read, so that none is lost.

    One consistent read of at most `batch_rows` rows at a time. Raises SourceError where the database or table is not as declared.
    """
    with _engine(table, url) as engine, engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("set time zone 'UTC'"))
        found = _check(table, connection, warn)
        columns = [sa.column(name) if name in found else sa.null().label(name) for name in table.column_names]
        query = sa.select(*columns).select_from(sa.table(table.name))
        if since is not None and table.watermark is not None:
            query = query.where(_changed(table.watermark, found.get(table.watermark), since, engine.dialect.name))
        rows = connection.execution_options(stream_results=True, max_row_buffer=batch_rows).execute(query)
        for part in rows.partitions(batch_rows):
            yield [[as_text(value) for value in column] for column in zip(*part, strict=True)]


def as_text(value: object) -> str | None:
    """A driver's value as text: times in UTC without a zone, structures as JSON, all else as it prints."""
    if value is None or type(value) is str:
        return value
    if isinstance(value, datetime):
        return str(value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value)
    if isinstance(value, (dict, list)):
        return json.dumps(value, default=str)
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).decode("utf-8", "replace")
    return str(value)


def _changed(name: str, kind: Any, since: datetime, dialect: str) -> sa.ColumnElement[bool]:
    moment = since.astimezone(UTC).replace(tzinfo=None)
    column: sa.ColumnClause[Any] = sa.column(name)
    if dialect == "sqlite":
        # SQLite keeps times as text, in any form: its datetime() reads them all and drops the fraction; NULL is what it cannot read.
        moment_text = f"{moment:%Y-%m-%d %H:%M:%S}"
        return sa.or_(sa.func.datetime(column) >= moment_text, sa.func.datetime(column).is_(None))
    bound: Any = sa.literal(str(moment)) if isinstance(kind, sa.String) else sa.literal(moment)
    return sa.or_(column >= bound, column.is_(None))


def _check(table: Table, connection: sa.Connection, warn: Callable[[str], object]) -> dict[str, Any]:
    """Compares the table with its declaration; gives the columns that it has, and their types."""
    inspector = sa.inspect(connection)
    if not (inspector.has_table(table.name) or table.name in inspector.get_view_names()):
        found = ", ".join(sorted(inspector.get_table_names())) or "no tables at all"
        raise SourceError(
            table.source, table.name, f"the database has no such table; found: {found}.", "Check the URL, or create the table."
        )
    kinds = {column["name"]: column["type"] for column in inspector.get_columns(table.name)}
    missing = [column.name for column in table.columns if column.name not in kinds and not column.optional]
    if missing:
        fault = f"column {', '.join(missing)} is missing; found: {', '.join(kinds)}."
        raise SourceError(
            table.source, table.name, fault, f"Rename or add it in the source, or change orchestration/sources/{table.source}.py."
        )
    unknown = sorted(set(kinds) - set(table.column_names) - set(table.left_out))
    if unknown:
        warn(f"{table.source}.{table.name}: column {', '.join(unknown)} is not declared and is left out.")
    return kinds


@contextmanager
def _engine(table: Table, url: str) -> Iterator[Engine]:
    """An engine for the block; what goes wrong in it is told as a SourceError, without the password."""
    try:
        parsed = sa.make_url(url)
        engine = sa.create_engine(parsed, poolclass=sa.NullPool, connect_args=_connect_args(table, parsed))
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError) as error:
        remedy = "Give an SQLAlchemy URL (sqlite:///shop.db, postgresql+psycopg://...) and install its driver."
        raise SourceError(table.source, table.name, f"its URL cannot be used ({type(error).__name__}).", remedy) from None
    if engine.dialect.name == "sqlite":
        # Text that is not UTF-8 must reach the rules too, not stop the table.
        readable = partial(str, encoding="utf-8", errors="replace")
        sa.event.listen(engine, "connect", lambda raw, _: setattr(raw, "text_factory", readable))
    try:
        yield engine
    except sa.exc.DBAPIError as error:
        shown = parsed.render_as_string(hide_password=True)
        fault = masked(f"{shown} answered: {str(error.orig).strip().splitlines()[0]}.", parsed.password)
        remedy = "Check that the database runs, the URL, the user's password and its right to read this table; nothing was changed here."
        raise SourceError(table.source, table.name, fault, remedy) from None
    finally:
        engine.dispose()


def _connect_args(table: Table, url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        path = url.database
        # To connect would create an empty database, and then find no table in it.
        if path and path != ":memory:" and not path.startswith("file:") and not Path(path).is_file():
            raise SourceError(table.source, table.name, f"there is no SQLite file {path}.", "Check the path, or create the database first.")
    elif url.drivername == "postgresql+psycopg":
        return {"connect_timeout": 10}
    return {}
