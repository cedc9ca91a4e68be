"""The rows of a plan: who would be created, updated and removed, and what is different by field."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from activations.masking import mask, mask_text
from activations.syncs.addresses import NAMES, column
from activations.syncs.changes import ACTION, KNOWN, OURS, Mode
from activations.syncs.rows import Rows
from activations.syncs.snapshots import written

_HIDDEN = {*NAMES, "first_name", "last_name"}
_NO_DIFFERENCE = {*OURS.names, "profile_id", "row_id", "row_hash"}
_SAMPLES = 5  # of each kind


@dataclass(frozen=True, slots=True)
class PlanRows:
    """How many updates change which column, and some rows of each kind, addresses masked."""

    fields: dict[str, int]
    samples: list[dict[str, Any]]


def write_rows(path: Path, changes_path: Path, known: Rows, mode: Mode) -> PlanRows:
    """Writes one row per change, from the file of changes that a sync would work from."""
    changes = Rows(changes_path)
    key = mode.key
    schema = pa.schema([pa.field("action", pa.string()), pa.field(key, pa.string()), pa.field("differences", pa.string())])
    compared = [name for name in changes.schema.names if name not in _NO_DIFFERENCE]
    fields: Counter[str] = Counter()
    samples: dict[str, list[dict[str, Any]]] = {}
    with written(path, schema) as file:
        for batch in changes.batches([ACTION, KNOWN, key, *compared]):
            actions, keys = batch.column(ACTION).to_pylist(), batch.column(key).to_pylist()
            found = _differences(batch, known, compared)
            for differences in found.values():
                fields.update(differences.keys())
            texts = [json.dumps(found[place], ensure_ascii=False) if place in found else None for place in range(batch.num_rows)]
            file.write_batch(
                pa.RecordBatch.from_arrays([batch.column(ACTION), batch.column(key), pa.array(texts, pa.string())], schema=schema)
            )
            for place, action in enumerate(actions):
                some = samples.setdefault(action, [])
                if len(some) < _SAMPLES:
                    address = next((value for name in NAMES if (value := batch.column(name)[place].as_py())), "")
                    some.append({"action": action, key: keys[place], "address": mask(address), "differences": found.get(place, {})})
    return PlanRows(dict(fields), [row for some in samples.values() for row in some])


def _differences(batch: pa.RecordBatch, known: Rows, compared: list[str]) -> dict[int, dict[str, Any]]:
    """By place of an update: the columns that differ, old and new."""
    places = np.flatnonzero(pc.equal(batch.column(ACTION), "updated").to_numpy(zero_copy_only=False))
    found: dict[int, dict[str, Any]] = {int(place): {} for place in places}
    if not len(places):
        return found
    positions = batch.column(KNOWN).to_numpy()[places]
    sorted_positions = np.unique(positions)
    names = [name for name in compared if name in known.schema.names]
    before = known.taken(sorted_positions, names).take(pa.array(np.searchsorted(sorted_positions, positions)))
    after = batch.take(pa.array(places))
    for name in compared:
        olds = column(before, name, after.column(name).type).to_pylist()
        for place, old, new in zip(places.tolist(), olds, after.column(name).to_pylist(), strict=True):
            if old != new:
                found[place][name] = "changed" if name in _HIDDEN else [_plain(old), _plain(new)]
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, list | tuple):
        return [_plain(some) for some in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)
