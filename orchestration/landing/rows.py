"""Lands tables made of rows: from a database, from files, or from an API. Reads from where the landed files end, writes what is new."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

import pyarrow as pa

from orchestration.landing.result import Landed
from orchestration.landing.run import Wanted, land
from orchestration.landing.zone import Landing
from orchestration.sources.databases.sql import as_text
from orchestration.sources.errors import TableMissingError
from orchestration.sources.open import opened
from orchestration.sources.reading import Reading, Texts, batch
from orchestration.sources.table import Progress, Row, Table, silent

BATCH_ROWS = 20_000


def land_sql(
    table: Table,
    url: str,
    landing: Landing,
    as_of: datetime,
    progress: Progress = silent,
    *,
    portable: bool = False,
) -> Landed:
    """Lands what changed in a database's table, or in its CSV file, since the last landing; the first time, all of it.

    url: an SQLAlchemy URL, or csv:///folder. as_of: aware; the time that the new rows are stamped with. portable:
    PostgreSQL is read as any other database is, not by its fast path.
    Raises SourceError where the table cannot be read or is not as declared; what was landed before stays as it was. An optional one that
    was never there is empty.
    """
    landed = Landed(table.raw_name)
    # Alone from the first look at the source on: what another run lands meanwhile must not be judged by an older state of it.
    with landing.alone(table):
        try:
            with opened(table, url, batch_rows=BATCH_ROWS, portable=portable) as reading:
                since = landing.since(table) if reading.read_keys is not None else None
                return land(table, reading, landing, as_of, landed, progress, Wanted(since))
        except TableMissingError:
            if not table.optional or landing.files(table):
                raise
            return landed


def land_rows(
    table: Table,
    rows: Iterable[Row],
    landing: Landing,
    as_of: datetime,
    *,
    since: datetime | None = None,
    progress: Progress = silent,
    deleted: Iterable[Sequence[object]] = (),
    whole: bool = False,
) -> Landed:
    """Lands rows that an API gave, those left out that are landed already. Missing names are NULL, others are ignored.

    since: rows are known to be no older than this (the same value that the API was asked with); `None` compares with everything landed.
    deleted: keys (values in the order of the table's key) that the API says are deleted, asked for after the last row; those that were
    never landed are ignored. whole: the rows are all that there are, so what is landed and not among them is deleted (where the table
    declares `deletes`).
    """
    reading = Reading(lambda _: batches(rows, table.column_names))
    gone = ([as_text(value) for value in key] for key in deleted)
    wanted = Wanted(since, is_repeating=True, gives_all_keys=whole, deleted=gone)
    return land(table, reading, landing, as_of, Landed(table.raw_name), progress, wanted)


def batches(rows: Iterable[Row], names: Sequence[str]) -> Iterator[pa.Table]:
    """Rows as batches of text with these columns. Missing names are NULL, others are ignored."""
    remaining = iter(rows)
    chunks = iter(lambda: list(islice(remaining, BATCH_ROWS)), [])
    texts: Iterator[Texts] = ([[as_text(row.get(name)) for row in chunk] for name in names] for chunk in chunks)
    return map(batch, texts)
