"""Where a list stands when a sync begins, after whatever happened to the syncs before."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from activations.destination import Destination, Work
from activations.syncs.addresses import NAMES, address_hashes, addresses
from activations.syncs.changes import ACTION, Mode, sent_columns
from activations.syncs.difference import difference
from activations.syncs.journal import Current, Journal
from activations.syncs.row_log import write_log
from activations.syncs.rows import Rows
from activations.syncs.settlement import settle
from activations.syncs.snapshots import OURS, ListFiles, written
from activations.syncs.standing import Standing

NOTHING = Current(None, 0, False)


def standing_now(files: ListFiles, journal: Journal, destination: Destination, desired: Rows, sync_id: str, at: datetime) -> Current:
    """Settles the sync that died, if one did, or takes over what an earlier version kept; then takes away what nobody names.
    `sync_id` names what is written here. Nothing is asked of the provider.
    """
    current = journal.current()
    if died := journal.unfinished():
        current = _settle_dead(files, journal, destination, died.sync_id, Mode(died.mode), current or NOTHING, died.left_rows, at)
    elif current is None and (newest := files.newest()):
        # The ledger is younger than the files: what a file says is held is better than to take the list for empty.
        current = journal.adopt(Current(newest, files.members(newest).count, True), at)
    elif current is None and files.old.exists():
        current = journal.adopt(Current(sync_id, _from_old(files, desired, sync_id, at), True), at)
    files.clean(current.generation if current else None)
    if current is not None:
        files.old.unlink(missing_ok=True)
    return current or NOTHING


def _settle_dead(
    files: ListFiles, journal: Journal, destination: Destination, sync_id: str, mode: Mode, current: Current, left_rows: int, at: datetime
) -> Current:
    changes = Rows(files.path(sync_id, "changes"))
    standing = Standing(changes.count)
    for answers in journal.answers(sync_id):
        standing.take(answers)
    ability = destination.abilities.get(Work.APPEND if mode is Mode.APPEND else Work.UPSERT)
    facts = changes.whole([ACTION, *NAMES])
    is_removal = pc.is_in(facts.column(ACTION), value_set=pa.array(["removed", "left"])).to_numpy()
    may_be_sent = is_removal | pc.is_valid(addresses(facts)).to_numpy()
    standing.doubt(left_rows, may_be_sent, is_removal | (ability is None or ability.is_repeatable))
    settlement = settle(files, sync_id, current.generation, mode, standing, at)
    write_log(files, sync_id, destination.name, journal.audience, mode, standing, at)
    now = Current(sync_id, settlement.members, current.is_loaded or settlement.left == 0)
    journal.close(sync_id, {"status": "died", **settlement.counts(), "stopped": "its process died"}, now, settlement.held, at)
    return now


def _from_old(files: ListFiles, desired: Rows, sync_id: str, at: datetime) -> int:
    """Snapshots used to have a hash of the address alone. What did not change since is in the desired rows; of the others an address
    is known where a desired row still has it.
    """
    old = pq.read_table(files.old)
    change = difference("", desired, Rows(old))
    same = np.setdiff1d(np.arange(desired.count), np.concatenate([change.created, change.updated]))
    sent = sent_columns(desired, Mode.MIRROR)
    schema = pa.schema([*OURS, *(field for field in sent if field.name not in OURS.names)])
    names = [name for name in sent.names if name in desired.schema.names]
    others = old.take(pa.array(np.sort(np.concatenate([change.replaced, change.gone]))))
    now = pa.scalar(at.astimezone(UTC).replace(tzinfo=None), pa.timestamp("us"))
    with written(files.path(sync_id, "members"), schema) as file:
        for batch in desired.at(same, names):
            rows = {name: batch.column(name) for name in names} | {"acknowledged_at": pa.repeat(now, batch.num_rows)}
            file.write_table(_filled(pa.table(rows), schema))
        if others.num_rows:
            held = {"email": pa.array(_known_addresses(others.column("address_hash").to_pylist(), desired), pa.string())}
            rows = {name: others.column(name) for name in ("profile_id", "row_hash", "acknowledged_at")} | held
            file.write_table(_filled(pa.table(rows), schema))
    return int(old.num_rows)


def _known_addresses(hashes: list[str | None], desired: Rows) -> list[str | None]:
    sought = set(hashes) - {None}
    found: dict[str, str] = {}
    for batch in desired.batches([name for name in NAMES if name in desired.schema.names]) if sought else ():
        found |= {key: address for key, address in address_hashes(batch) if key in sought}
    return [found.get(key) if key else None for key in hashes]


def _filled(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    columns = [
        rows.column(field.name).cast(field.type) if field.name in rows.column_names else pa.nulls(rows.num_rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)
