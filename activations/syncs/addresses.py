"""Whom an address reaches: providers merge people who share one, so a list is compared by addresses too."""

import hashlib
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from activations.syncs.rows import Rows

NAMES = ("email", "phone")


def column(batch: pa.RecordBatch | pa.Table, name: str, kind: pa.DataType | None = None) -> pa.Array | pa.ChunkedArray:
    """The column as `kind` (default: text), or nulls where there is none or it cannot be read so."""
    kind = kind or pa.string()
    if name not in batch.schema.names:
        return pa.nulls(batch.num_rows, kind)
    try:
        return batch.column(name).cast(kind)
    except pa.ArrowInvalid:
        return pa.nulls(batch.num_rows, kind)


def addresses(batch: pa.RecordBatch | pa.Table) -> pa.Array | pa.ChunkedArray:
    """By row, the e-mail address, or the phone number where there is none; the same for addresses that a provider takes for one."""
    email, phone = (pc.utf8_lower(pc.utf8_trim_whitespace(column(batch, name))) for name in NAMES)
    is_email = pc.fill_null(pc.greater(pc.utf8_length(email), 0), False)
    found = pc.if_else(is_email, email, phone)
    return pc.if_else(pc.fill_null(pc.equal(found, ""), True), pa.scalar(None, pa.string()), found)


def wished_for(desired: Rows, some: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Those of `some` addresses that a desired row has."""
    names = [name for name in NAMES if name in desired.schema.names]
    some = pc.drop_null(pc.unique(some))
    if len(some) == 0 or not names:
        return pa.array([], pa.string())
    found = []
    for batch in desired.batches(names):
        theirs = addresses(batch)
        found.append(theirs.filter(pc.is_in(theirs, value_set=some)))
    return pc.unique(pa.chunked_array(found, pa.string()))


def address_hashes(batch: pa.RecordBatch) -> Iterator[tuple[str, str]]:
    """How earlier versions remembered an address, and the address."""
    for address in addresses(batch).to_pylist():
        if address:
            yield hashlib.sha256(address.encode()).hexdigest(), address
