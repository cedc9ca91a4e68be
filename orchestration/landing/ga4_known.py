"""Which days of the GA4 export have landed, and from which delivery: read off the metadata of the landed files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from orchestration.landing.zone import Landing, quoted
from orchestration.sources import ga4


@dataclass(frozen=True)
class Fingerprint:
    """What tells whether a delivery is the one that was landed. Kept in the landed file's own metadata."""

    size: str
    modified: str
    digest: str = ""

    @classmethod
    def of(cls, path: Path) -> Fingerprint:
        stat = path.stat()
        return cls(str(stat.st_size), str(stat.st_mtime_ns))

    def same_file(self, before: Fingerprint | None) -> bool:
        """Neither its size nor its time has changed."""
        return before is not None and (before.size, before.modified) == (self.size, self.modified)

    def same_contents(self, before: Fingerprint | None) -> bool:
        """It was written again with the same contents."""
        return before is not None and before.digest == self.digest

    def with_digest(self, path: Path) -> Fingerprint:
        with path.open("rb") as file:
            return Fingerprint(self.size, self.modified, hashlib.file_digest(file, "sha256").hexdigest())


@dataclass(frozen=True)
class Known:
    """The days landed so far, and the last day of the first load: what it left out is history too, whenever it comes.
    newest: the time of the newest event (aware UTC; `None`: none yet)."""

    days: dict[date, Fingerprint]
    backfill_until: str
    newest: datetime | None


def known_days(connection: duckdb.DuckDBPyConnection, landing: Landing) -> Known:
    files = landing.files(ga4.EVENTS)
    kept: dict[str, dict[str, str]] = {path.name: {} for path in files}
    if files:
        names = ", ".join(quoted(path) for path in files)
        for path, key, value in connection.execute(f"from parquet_kv_metadata([{names}])").fetchall():
            kept[Path(path).name][key.decode()] = value.decode()
    days = {
        datetime.strptime(f"{name[7:15]}+0000", "%Y%m%d%z").date(): Fingerprint(
            values.get("source_size", ""), values.get("source_modified", ""), values.get("source_sha256", "")
        )
        for name, values in kept.items()
    }
    newest = max((values.get("newest_event", "") for values in kept.values()), default="")
    return Known(
        days,
        backfill_until=max((values.get("backfill_until", "") for values in kept.values()), default=""),
        newest=datetime.fromisoformat(newest) if newest else None,
    )
