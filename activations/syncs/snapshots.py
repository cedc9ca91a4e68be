"""What a provider is known to hold: one Parquet snapshot per destination and audience, against which the next sync is
diffed.

It is written whole and renamed into place after the provider's acceptance. A crash in between leaves the older
snapshot, and the next sync repeats an upsert or a removal that does no harm when repeated.
"""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

SCHEMA = pa.schema(
    [
        pa.field("profile_id", pa.string(), nullable=False),
        pa.field("row_hash", pa.string(), nullable=False),
        # Tells people at the provider apart who share an address; a hash, so that no address is kept here.
        pa.field("address_hash", pa.string()),
        pa.field("acknowledged_at", pa.timestamp("us"), nullable=False),
    ]
)


class Acknowledged:
    """Snapshots below `folder`, as `<destination>/<audience>.parquet`. One writer per audience at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, destination: str, audience: str) -> pa.Table:
        """The members that the provider has acknowledged, by SCHEMA; no rows where nothing was ever synced."""
        path = self._path(destination, audience)
        return pq.read_table(path, schema=SCHEMA) if path.exists() else SCHEMA.empty_table()

    def commit(self, destination: str, audience: str, members: pa.Table) -> None:
        """Replaces the snapshot by `members`."""
        path = self._path(destination, audience)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            pq.write_table(members.select(SCHEMA.names).cast(SCHEMA), file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)

    def _path(self, destination: str, audience: str) -> Path:
        return self._folder / destination / f"{audience}.parquet"
