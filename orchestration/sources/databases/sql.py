"""Reads tables through SQLAlchemy: any database, in batches, every value as text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine

from orchestration.sources.databases.queries import POSTGRES_SESSION, described
from orchestration.sources.errors import SourceError, masked
from orchestration.sources.reading import Reading, batch
from orchestration.sources.table import Table


@contextmanager
def reading(table: Table, url: str, batch_rows: int) -> Iterator[Reading]:
    """The table, open for the block, read at most `batch_rows` rows at a time.

    Raises SourceError where the database or the table is not as declared, or stops answering.
    """
    with engine_of(table, url) as engine, engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            for statement in POSTGRES_SESSION:
                connection.execute(sa.text(statement))
        queries = described(table, connection)

        def read(query: sa.Select[Any]) -> Iterator[pa.Table]:
            with connection.execution_options(stream_results=True, max_row_buffer=batch_rows).execute(query) as rows:
                for part in rows.partitions(batch_rows):
                    yield batch([[as_text(value) for value in column] for column in zip(*part, strict=True)])

        yield Reading(
            lambda since: read(queries.rows(since)),
            read_keys=(lambda: read(queries.keys())) if table.watermark else None,
            extras=queries.shape.extras,
        )


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


@contextmanager
def engine_of(table: Table, url: str) -> Iterator[Engine]:
    """An engine for the block; what goes wrong in it is told as a SourceError, without the password."""
    try:
        parsed = sa.make_url(url)
        engine = sa.create_engine(parsed, poolclass=sa.NullPool, connect_args=_connect_args(table, parsed))
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError) as error:
        remedy = "Give an SQLAlchemy URL (sqlite:///shop.db, postgresql+psycopg://...) and install its driver, or csv:///folder."
        raise SourceError(table.source, table.name, f"its URL cannot be used ({type(error).__name__}).", remedy) from None
    if engine.dialect.name == "sqlite":
        # Text that is not UTF-8 must reach the rules too, not stop the table.
        readable = partial(str, encoding="utf-8", errors="replace")
        sa.event.listen(engine, "connect", lambda raw, _: setattr(raw, "text_factory", readable))
    try:
        yield engine
    except sa.exc.DBAPIError as error:
        raise lost(table, parsed, str(error.orig)) from None
    finally:
        engine.dispose()


def lost(table: Table, url: URL, words: str) -> SourceError:
    """What to say where a database does not answer, or stops doing so."""
    shown = url.render_as_string(hide_password=True)
    said = (words.strip().splitlines() or ["nothing"])[0].rstrip(". ")
    fault = masked(f"{shown} answered: {said}.", url.password)
    remedy = "Check that the database runs, the URL, the user's password and its right to read this table; nothing was changed here."
    return SourceError(table.source, table.name, fault, remedy)


def _connect_args(table: Table, url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        path = url.database
        # To connect would create an empty database, and then find no table in it.
        if path and path != ":memory:" and not path.startswith("file:") and not Path(path).is_file():
            raise SourceError(table.source, table.name, f"there is no SQLite file {path}.", "Check the path, or create the database first.")
    elif url.drivername == "postgresql+psycopg":
        return {"connect_timeout": 10}
    return {}
