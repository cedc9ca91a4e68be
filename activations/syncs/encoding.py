"""The rows of a sync's changes as a destination's requests carry them, and those that are not worth a request."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from activations.destination import Destination, EncodesTogether, Work
from activations.syncs.addresses import NAMES, addresses
from activations.syncs.changes import ACTION, FORMER_REF, OF, OURS
from activations.syncs.rows import Rows, as_mappings
from activations.syncs.standing import ACCEPTED, DOUBTED, HELD, REJECTED, UNTOUCHED, Standing
from activations.syncs.waits import NO_ADDRESS

_AT_ONCE, _TOGETHER = 1_000, 8_192
_NOT_SENT = {*OURS.names, "row_hash", "audience"}
Encoded = tuple[list[int], list[bytes]]
"""Rows as they are sent, and their places among the changes, ascending."""
Refused = dict[int, tuple[int, str, str]]
"""Place -> status, code, detail."""
Row = TypeVar("Row")


class Encoding:
    """Of the file of changes `rows`, as `destination` encodes them. `standing` says what became of earlier rows."""

    def __init__(self, rows: Rows, destination: Destination, standing: Standing, work: Work) -> None:
        self._rows, self._destination, self._standing, self._work = rows, destination, standing, work
        limits = destination.abilities[work].limits
        self._longest = min(limits.size_bytes, limits.row_bytes or limits.size_bytes)

    def of(self, start: int, stop: int, refused: Refused) -> Iterator[Encoded]:
        """The rows from `start`, before `stop`, that are worth a request; `refused` gets the others, before a later place is given."""
        for places, rows in self._removals(start, stop, refused) if self._work is Work.REMOVE else self._upserts(start, stop, refused):
            if max(map(len, rows), default=0) > self._longest:
                for at, row in zip(places, rows, strict=True):
                    if len(row) > self._longest:
                        refused[at] = (REJECTED, "row_too_large", f"{len(row)} bytes, at most {self._longest} are taken")
            worth = _without(refused, places, rows)
            if worth[0]:
                yield worth

    def _upserts(self, start: int, stop: int, refused: Refused) -> Iterator[Encoded]:
        names = [name for name in self._rows.schema.names if name not in _NOT_SENT]
        for first, batch in self._rows.between(start, stop, names):
            for place in np.flatnonzero(pc.is_null(addresses(batch)).to_numpy(zero_copy_only=False)).tolist():
                refused[first + place] = (REJECTED, NO_ADDRESS, "neither an e-mail address nor a phone number")
            for low in range(0, batch.num_rows, _TOGETHER):
                some = batch.slice(low, _TOGETHER)
                if (rows := self._together(some)) is not None:
                    yield list(range(first + low, first + low + len(rows))), rows
                else:
                    yield from self._one_by_one(first + low, as_mappings(some), refused)

    def _removals(self, start: int, stop: int, refused: Refused) -> Iterator[Encoded]:
        for first, batch in self._rows.between(start, stop, [ACTION, OF, "profile_id", *NAMES, FORMER_REF]):
            rows = []
            for place, row in enumerate(batch.to_pylist(), first):
                if row[OF] >= 0 and self._standing.status[row[OF]] not in (ACCEPTED, DOUBTED, HELD):
                    refused[place] = (UNTOUCHED, "not_sent", "the new address was not taken")
                hidden = {"profile_id": None, "provider_ref": None} if row[ACTION] == "left" else {"provider_ref": row[FORMER_REF]}
                rows.append({name: row[name] for name in ("profile_id", *NAMES)} | hidden)
            yield from self._one_by_one(first, rows, refused)

    def _together(self, batch: pa.RecordBatch) -> list[bytes] | None:
        if not isinstance(self._destination, EncodesTogether):
            return None
        try:
            return self._destination.encode_together(self._work, batch)
        except (TypeError, ValueError):  # one by one the rest can be encoded, and the culprit gets its reason
            return None

    def _one_by_one(self, first: int, rows: Iterable[Mapping[str, Any]], refused: Refused) -> Iterator[Encoded]:
        coming, place, encode = iter(rows), first, self._destination.encode
        while some := list(islice(coming, _AT_ONCE)):
            places, worth = _without(refused, list(range(place, place + len(some))), some)
            place += len(some)
            try:
                encoded = [encode(self._work, row) for row in worth]
            except (TypeError, ValueError):
                encoded = [self._alone(row, at, refused) for at, row in zip(places, worth, strict=True)]
            yield places, encoded

    def _alone(self, row: Mapping[str, Any], place: int, refused: Refused) -> bytes:
        try:
            return self._destination.encode(self._work, row)
        except (TypeError, ValueError) as error:
            refused.setdefault(place, (REJECTED, "not_encodable", type(error).__name__))
            return b""


def _without(refused: Refused, places: list[int], rows: list[Row]) -> tuple[list[int], list[Row]]:
    if not refused:
        return places, rows
    kept = [(place, row) for place, row in zip(places, rows, strict=True) if place not in refused]
    return [place for place, _ in kept], [row for _, row in kept]
