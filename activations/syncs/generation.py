"""A generation of what the provider holds, written from the one before as a stream."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from activations.syncs.addresses import NAMES, addresses, column
from activations.syncs.changes import ACTION, FORMER, FORMER_REF
from activations.syncs.changes import OURS as OF_CHANGES
from activations.syncs.rows import Positions, Rows
from activations.syncs.snapshots import APPENDED, OURS, ListFiles, written
from activations.syncs.standing import DOUBTED, Standing


def write_appended(files: ListFiles, sync_id: str, generation: str | None, changes: Rows, told: Positions, at: datetime) -> int:
    """What was told before and now; returns how many."""
    count = 0
    with written(files.path(sync_id, "members"), APPENDED) as file:
        for batch in files.members(generation, APPENDED).batches(APPENDED.names):
            file.write_batch(batch.cast(APPENDED))
            count += batch.num_rows
        for batch in changes.at(told, ["row_id"]):
            file.write_batch(pa.RecordBatch.from_arrays([batch.column(0), _times(batch.num_rows, at)], schema=APPENDED))
            count += batch.num_rows
    return count


def write_members(
    files: ListFiles,
    sync_id: str,
    generation: str | None,
    changes: Rows,
    dropped: Positions,
    upserted: Positions,
    taken_off: Positions,
    uncertain: Positions,
    standing: Standing,
    at: datetime,
) -> int:
    """The generation before without the rows `dropped`; the rows `upserted` of the changes; and of its rows `uncertain` those
    whose address the provider may hold though nobody has it any more. With the rows `taken_off` also others may have
    lost the same address, where the provider takes them for one. Returns how many people that is.
    """
    known = files.members(generation)
    properties = [field for field in changes.schema if field.name not in {*OF_CHANGES.names, *OURS.names}]
    schema = pa.schema([*OURS, *properties])
    rest = changes.taken(uncertain, [ACTION, "profile_id", *NAMES])
    rest_addresses = addresses(rest)
    sought, found = pc.unique(pc.drop_null(rest_addresses)), [pa.array([], pa.string())]
    is_dropped = np.zeros(known.count, bool)
    is_dropped[dropped] = True
    lost = pc.unique(pc.drop_null(addresses(changes.taken(taken_off, NAMES))))
    people = start = 0
    with written(files.path(sync_id, "members"), schema) as file:
        for batch in known.batches(known.schema.names):
            stays = batch.filter(pa.array(~is_dropped[start : start + batch.num_rows]))
            start += batch.num_rows
            people += _write(file, _without_hash(_cast(stays, schema), lost), sought, found)
        start = 0
        for batch in changes.at(upserted, changes.schema.names):
            places = upserted[start : start + batch.num_rows]
            start += batch.num_rows
            people += _write(file, _without_hash(_upserted(batch, places, schema, standing, at), lost), sought, found)
        is_held = pc.is_in(rest_addresses, value_set=pc.unique(pa.chunked_array(found)))
        is_removed = pc.equal(rest.column(ACTION), "removed")
        rows = rest.filter(pc.or_(is_removed, pc.invert(is_held)))
        for batch in rows.combine_chunks().to_batches():
            people += _write(file, _uncertain(batch, schema, at), sought, found)
    return people


def _write(file: pq.ParquetWriter, rows: pa.RecordBatch, sought: pa.Array, found: list[pa.Array]) -> int:
    """Notes which addresses of `sought` are held by these rows."""
    file.write_batch(rows)
    if len(sought):
        theirs = addresses(rows)
        found.append(theirs.filter(pc.is_in(theirs, value_set=sought)))
    return int(rows.num_rows - rows.column("profile_id").null_count)


def _upserted(batch: pa.RecordBatch, places: Positions, schema: pa.Schema, standing: Standing, at: datetime) -> pa.RecordBatch:
    """As the provider was told; with an empty hash where it may not have heard."""
    is_doubted = pa.array(standing.status[places] == DOUBTED)
    hashes = pc.if_else(is_doubted, "", batch.column("row_hash"))
    refs = column(batch, FORMER_REF)
    if standing.refs:
        refs = pc.coalesce(pa.array([standing.refs.get(place) for place in places.tolist()], pa.string()), refs)
    elif refs.null_count < len(refs):
        before = addresses(batch.select(list(FORMER.values())).rename_columns(list(FORMER)))
        refs = pc.if_else(pc.fill_null(pc.equal(before, addresses(batch)), False), refs, pa.scalar(None, pa.string()))
    return _with(batch, schema, {"row_hash": hashes, "provider_ref": refs, "acknowledged_at": _times(batch.num_rows, at)})


def _uncertain(batch: pa.RecordBatch, schema: pa.Schema, at: datetime) -> pa.RecordBatch:
    """An address that somebody left belongs to nobody any more; a person keeps their key, in case they are desired again."""
    nobody = pa.scalar(None, pa.string())
    keys = pc.if_else(pc.is_in(batch.column(ACTION), value_set=pa.array(["left", "moved"])), nobody, batch.column("profile_id"))
    empty = pa.array([""] * batch.num_rows)
    times = _times(batch.num_rows, at)
    return _with(batch, schema, {"profile_id": keys, "row_hash": empty, "acknowledged_at": times})


def _without_hash(batch: pa.RecordBatch, lost: pa.Array) -> pa.RecordBatch:
    """Whoever is known by one of these addresses is told anew if they are desired."""
    if not len(lost):
        return batch
    is_lost = pc.is_in(addresses(batch), value_set=lost)
    return _with(batch, batch.schema, {"row_hash": pc.if_else(is_lost, "", batch.column("row_hash"))})


def _cast(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    return batch if batch.schema.equals(schema) else _with(batch, schema, {})


def _with(batch: pa.RecordBatch, schema: pa.Schema, ours: dict[str, pa.Array]) -> pa.RecordBatch:
    columns = [ours[field.name] if field.name in ours else column(batch, field.name, field.type) for field in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _times(count: int, at: datetime) -> pa.Array:
    return pa.array(np.full(count, np.datetime64(at.astimezone(UTC).replace(tzinfo=None), "us")))
