"""The fast path for PostgreSQL: record batches from its binary protocol (ADBC), never a Python object for a value.

The queries are those of the portable path, texts made by the server included, so that both paths land the same values.
https://arrow.apache.org/adbc/current/driver/postgresql.html
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import adbc_driver_manager
import pyarrow as pa
import sqlalchemy as sa
from adbc_driver_postgresql import StatementOptions, dbapi

from orchestration.sources.databases.queries import POSTGRES_SESSION, described
from orchestration.sources.databases.sql import engine_of, lost
from orchestration.sources.reading import Reading
from orchestration.sources.table import Table

#: A batch of rows in memory; the landing holds a few of this size at a time.
BATCH_BYTES = 8 * 2**20  # about 40,000 orders
DRIVERS = {"postgresql", "postgresql+psycopg", "postgresql+psycopg2"}


@contextmanager
def reading(table: Table, url: str) -> Iterator[Reading]:
    """The table, open for the block. Raises SourceError where the database or the table is not as declared, or stops answering."""
    with engine_of(table, url) as engine, engine.connect() as connection:
        queries = described(table, connection)
    parsed = sa.make_url(url)
    address = parsed.set(drivername="postgresql").update_query_dict({"connect_timeout": "10"} | dict(parsed.query))
    # without a named style, a percent sign in a column's name would be doubled
    kind: Any = parsed.get_dialect()
    plain = kind(paramstyle="named")
    with _answers(table, parsed):
        head, mark, query = address.render_as_string(hide_password=False).partition("?")
        session = dbapi.connect(head + mark + query.replace("+", "%20"))  # a blank in it is no plus to libpq, and a plus comes as %2B
    with closing(session):
        for statement in POSTGRES_SESSION:
            with _answers(table, parsed), session.cursor() as cursor:
                cursor.execute(statement)

        def read(query: sa.Select[Any]) -> Iterator[pa.Table]:
            with _answers(table, parsed), session.cursor() as cursor:
                cursor.adbc_statement.set_options(**{StatementOptions.BATCH_SIZE_HINT_BYTES.value: str(BATCH_BYTES)})
                cursor.execute(str(query.compile(dialect=plain, compile_kwargs={"literal_binds": True})))
                with ThreadPoolExecutor(1) as ahead:  # the next batch comes while this one is judged
                    batches = iter(cursor.fetch_record_batch())
                    coming = ahead.submit(next, batches, None)
                    while (part := coming.result()) is not None:
                        coming = ahead.submit(next, batches, None)
                        yield pa.Table.from_batches([part])

        yield Reading(
            lambda since: read(queries.rows(since)),
            read_keys=(lambda: read(queries.keys())) if table.watermark else None,
            extras=queries.shape.extras,
        )


@contextmanager
def _answers(table: Table, url: sa.URL) -> Iterator[None]:
    try:
        yield
    except (adbc_driver_manager.Error, pa.ArrowException) as error:
        raise lost(table, url, str(error)) from None
    except OSError as error:  # what a stream says when the connection is gone
        if "libpq" not in str(error):
            raise
        raise lost(table, url, str(error)) from None
