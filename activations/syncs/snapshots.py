"""Where the files of the syncs are: what each provider is known to hold, against which the next sync is diffed.

A list has a folder `<destination>/<audience>`. In it, named by the sync that wrote them:
- `<sync>.members.parquet`: a generation of what the provider holds: `profile_id` (`row_id` for what was appended), `row_hash`, e-mail and
  phone (a removal needs them; they go once it is acknowledged), `provider_ref`, `acknowledged_at`, and what else was sent, so that a plan
  can say what changes. A row without a key is an address that somebody left and the provider may still hold; one with an empty
  `row_hash` was under way when nobody was left to hear the answer.
- `<sync>.waiting.parquet`: rows that the provider refuses, and when they are worth another try.
- `<sync>.changes.arrow`: what an open sync is about to say, read several times and soon gone. `<sync>.log.parquet`: what became of it,
  for whoever collects these. `compared.json`: what the last comparison with the provider's own list came to.

Files are written whole, forced to the disk and renamed. Which generation counts is said by the ledger, in the transaction that
closes a sync: a crash between the two leaves a file that nobody names, and the next sync takes it away.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

from activations.ledger import Ledger
from activations.syncs.journal import Journal
from activations.syncs.rows import ARROW, Rows

TIME = pa.timestamp("us")
OURS = pa.schema(
    [
        pa.field("profile_id", pa.string()),
        pa.field("row_hash", pa.string(), nullable=False),
        pa.field("email", pa.string()),
        pa.field("phone", pa.string()),
        pa.field("provider_ref", pa.string()),
        pa.field("acknowledged_at", TIME, nullable=False),
    ]
)
"""What every generation of a list's members has; other columns are what else was sent."""
APPENDED = pa.schema([pa.field("row_id", pa.string(), nullable=False), pa.field("acknowledged_at", TIME, nullable=False)])
"""What a generation of an appended list has: nothing of what was told is kept."""
WAITING = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("row_hash", pa.string(), nullable=False),
        pa.field("code", pa.string(), nullable=False),
        pa.field("attempts", pa.int32(), nullable=False),
        pa.field("next_at", TIME, nullable=False),
    ]
)


class ListFiles:
    """The files of one list."""

    def __init__(self, folder: Path, destination: str, audience: str) -> None:
        self.folder = folder / destination / audience
        self.folder.mkdir(parents=True, exist_ok=True)
        self.lock = self.folder / "lock"
        self._compared = self.folder / "compared.json"
        self.old = folder / destination / f"{audience}.parquet"
        """What earlier versions kept."""

    def path(self, sync_id: str, what: str) -> Path:
        """`what`: members, waiting, changes or log. Earlier versions wrote changes as Parquet, too: they may have died over it."""
        parquet = self.folder / f"{sync_id}.{what}.parquet"
        return parquet if what != "changes" or parquet.exists() else parquet.with_suffix(ARROW)

    def members(self, generation: str | None, empty: pa.Schema = OURS) -> Rows:
        """What the provider held then; no rows where nothing was ever synced."""
        return Rows(empty.empty_table() if generation is None else self.path(generation, "members"))

    def waiting(self, generation: str | None) -> pa.Table:
        """The refused rows of that generation."""
        path = self.path(generation, "waiting") if generation else None
        return pq.read_table(path) if path and path.exists() else WAITING.empty_table()

    def newest(self) -> str | None:
        """The youngest generation that there is a file of."""
        found = sorted(path.name for path in self.folder.glob("*.members.parquet"))
        return found[-1].split(".")[0] if found else None

    def clean(self, generation: str | None) -> None:
        """Takes away what no ledger names any more, while no sync is open."""
        for path in self.folder.iterdir():
            sync_id, _, what = path.name.partition(".")
            is_named = what == "log.parquet" or (sync_id == generation and not what.startswith("changes."))
            if path not in (self.lock, self._compared) and not is_named:
                path.unlink(missing_ok=True)

    def note_compared(self, facts: Mapping[str, Any]) -> None:
        """What the last comparison with the provider's own list came to."""
        partial = self._compared.with_suffix(".partial")
        partial.write_text(json.dumps(facts), encoding="utf-8")
        partial.replace(self._compared)

    def compared(self) -> Mapping[str, Any] | None:
        """As it was noted; None where it never was."""
        facts: Mapping[str, Any] | None = json.loads(self._compared.read_text(encoding="utf-8")) if self._compared.exists() else None
        return facts


class Snapshots:
    """Files below `folder`; `ledger` (default: one of their own beside them) says which of them count. Several machines share both."""

    def __init__(self, folder: Path, ledger: Ledger | None = None) -> None:
        self._folder = folder
        self._ledger = ledger or Ledger(f"sqlite:///{folder}/ledger.db")

    def files(self, destination: str, audience: str) -> ListFiles:
        """Of that list."""
        return ListFiles(self._folder, destination, audience)

    def journal(self, destination: str, audience: str) -> Journal:
        """Of that list."""
        return Journal(self._ledger.database, destination, audience)

    def read(self, destination: str, audience: str) -> pa.Table:
        """What the provider is known to hold of that list now; see the top of this file for the columns."""
        current = self.journal(destination, audience).current()
        rows = self.files(destination, audience).members(current.generation if current else None)
        return rows.whole(rows.schema.names)

    def logs(self) -> list[Path]:
        """The row logs of all syncs, oldest first. Whoever has collected one may delete it."""
        return sorted(self._folder.glob("*/*/*.log.parquet"), key=lambda path: path.name)


@contextmanager
def written(path: Path, schema: pa.Schema) -> Iterator[pq.ParquetWriter | ipc.RecordBatchFileWriter]:
    """Writes a file whole, by its ending an Arrow or a Parquet one: it is in place, and on the disk, once the block has ended."""
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        if path.suffix == ARROW:
            new = ipc.new_file(file, schema, options=ipc.IpcWriteOptions(compression="lz4", use_threads=False))
        else:
            new = pq.ParquetWriter(file, schema, compression="lz4", use_dictionary=False, write_statistics=False)
        with new as writer:
            yield writer
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
