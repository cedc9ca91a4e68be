"""Opens a declared table where its URL says it is: by the fast path for PostgreSQL, through SQLAlchemy, or as a CSV file."""

from __future__ import annotations

from contextlib import AbstractContextManager

from orchestration.sources.databases import postgres, sql
from orchestration.sources.files import csv_files
from orchestration.sources.reading import Reading
from orchestration.sources.table import Table


def opened(table: Table, url: str, *, batch_rows: int, portable: bool = False) -> AbstractContextManager[Reading]:
    """The table, to be read within a `with`. portable: PostgreSQL through SQLAlchemy, as any other database.

    Raises SourceError where it cannot be read, or is not as declared.
    """
    if url.startswith("csv:"):
        return csv_files.reading(table, url, batch_rows)
    if not portable and url.partition(":")[0] in postgres.DRIVERS:
        return postgres.reading(table, url)
    return sql.reading(table, url, batch_rows)
