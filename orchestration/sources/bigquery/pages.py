"""Copies a BigQuery table to a Parquet file page by page, and knows when the pages do not make up the table."""

from __future__ import annotations

import contextlib
import gc
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from google.api_core.retry import Retry
from google.cloud import bigquery

from orchestration.sources.bigquery.rows import arrow_rows, arrow_schema

PAGE_ROWS = 2_000
GROUP_ROWS = 20_000  # of the Parquet file; with a page, all that is in memory at a time


class ChangedError(Exception):
    """The pages are not those of one table: it changed while it was read, or a page came twice or not at all. Read it again."""


def copy_table(client: bigquery.Client, table: bigquery.Table, path: Path, retry: Retry, timeout: float, *, grows: bool) -> int:
    """Writes the table to `path`; returns its rows. grows: rows may be added meanwhile. Raises ChangedError, and what the client raises."""
    fields = list(table.schema)
    pages = client.list_rows(table, page_size=PAGE_ROWS, retry=retry, timeout=timeout)
    rows, first_total = 0, 0
    seen: set[bytes] = set()
    tokens: set[str] = set()
    held: list[pa.Table] = []
    with pq.ParquetWriter(path, arrow_schema(fields), compression="zstd") as writer, _no_search_for_cycles():
        for page in pages.pages:
            try:
                found = arrow_rows(page.raw_page.get("rows", ()), fields)
            except (KeyError, IndexError, TypeError, ValueError) as error:
                raise ChangedError(f"rows do not have the table's columns ({type(error).__name__})") from error
            if not rows:
                first_total = pages.total_rows or 0
            digest = hashlib.sha256(found.combine_chunks().to_batches()[0].serialize()).digest() if found.num_rows else b""
            if digest in seen or (pages.next_page_token or "") in tokens:
                raise ChangedError("a page came twice")
            seen |= {digest} - {b""}
            tokens |= {pages.next_page_token or ""} - {""}
            rows += found.num_rows
            held.append(found)
            if sum(part.num_rows for part in held) >= GROUP_ROWS:
                writer.write_table(pa.concat_tables(held))
                held.clear()
        if held:
            writer.write_table(pa.concat_tables(held))
    total = pages.total_rows or 0
    if not (first_total if grows else total) <= rows <= total:
        raise ChangedError(f"{rows:,} rows came of {total:,}")
    return rows


@contextlib.contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """A page is half a million small objects and none of them a cycle: to look for one takes several times as long as to read the page."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
