"""A list's generation replaced by hand: what a provider is known to hold is changed without a word to the provider.

As at the end of a sync, the files are written whole before the ledger names them: a crash leaves the old generation or the new one.
"""

import shutil
import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import sqlalchemy as sa

from activations.syncs.journal import Current, Journal
from activations.syncs.snapshots import ListFiles, written


def rewrite(
    files: ListFiles,
    journal: Journal,
    current: Current,
    rows: Iterable[pa.RecordBatch],
    schema: pa.Schema,
    at: datetime,
    also: Callable[[sa.Connection], None] = lambda _: None,
    *,
    is_loaded: bool = True,
) -> Current:
    """Makes `rows` the list's generation instead of `current`'s, for whoever holds the list; `also` is done in the same transaction.
    `is_loaded`: False where the next sync is to be a first load again. Raises SyncBusyError where another has the list by now.
    """
    generation = f"{at.astimezone(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:12]}"
    members = 0
    with written(files.path(generation, "members"), schema) as file:
        for batch in rows:
            file.write_batch(batch)
            members += batch.num_rows - batch.column(0).null_count  # a row without a key is nobody's
    if current.generation and (waiting := files.path(current.generation, "waiting")).exists():
        shutil.copyfile(waiting, files.path(generation, "waiting"))
    now = replace(current, generation=generation, members=members, is_loaded=current.is_loaded and is_loaded)
    journal.succeed(current, now, also)
    files.clean(generation)
    return now
