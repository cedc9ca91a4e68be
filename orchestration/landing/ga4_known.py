"""Which days of the GA4 export have landed, and from which delivery: read off the metadata of the landed files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from orchestration.landing.zone import Landing, quoted
from orchestration.sources import ga4
from orchestration.sources.ga4_delivery import Before, Delivery


@dataclass(frozen=True)
class Known:
    """The days landed so far, and the last day of the first load: what it left out is history too, whenever it comes.
    newest: the time of the newest event (aware UTC; `None`: none yet)."""

    days: dict[date, Before]  # grows as days land
    backfill_until: str
    newest: datetime | None

    def columns_before(self, day: date, is_intraday: bool) -> tuple[str, ...]:
        """The columns of the last delivery up to and with the day whose columns are known; intraday tables have their own."""
        alike = [
            before for other, before in sorted(self.days.items()) if other <= day and before.is_intraday == is_intraday and before.columns
        ]
        return alike[-1].columns if alike else ()


def described(delivery: Delivery, state: str, digest: str, as_of: datetime, columns: tuple[str, ...]) -> dict[str, str]:
    """What a landed file keeps of its delivery."""
    return {
        "source_name": delivery.name,
        "source_kind": "intraday" if delivery.is_intraday else "daily",
        "source_state": state,
        "source_sha256": digest,
        "source_columns": " ".join(columns),
        "source_read_at": as_of.isoformat(),
    }


def known_days(connection: duckdb.DuckDBPyConnection, landing: Landing) -> Known:
    """Reads the metadata of all landed days."""
    files = landing.files(ga4.EVENTS)
    kept: dict[str, dict[str, str]] = {path.name: {} for path in files}
    if files:
        names = ", ".join(quoted(path) for path in files)
        for path, key, value in connection.execute(f"from parquet_kv_metadata([{names}])").fetchall():
            kept[Path(path).name][key.decode()] = value.decode()
    newest = max((values.get("newest_event", "") for values in kept.values()), default="")
    return Known(
        {datetime.strptime(f"{name[7:15]}+0000", "%Y%m%d%z").date(): _before(values) for name, values in kept.items()},
        backfill_until=max((values.get("backfill_until", "") for values in kept.values()), default=""),
        newest=datetime.fromisoformat(newest) if newest else None,
    )


def _before(values: dict[str, str]) -> Before:
    read_at = values.get("source_read_at")
    return Before(
        state=values.get("source_state", ""),
        digest=values.get("source_sha256", ""),
        is_intraday=values.get("source_kind") == "intraday",
        read_at=datetime.fromisoformat(read_at) if read_at else None,
        columns=tuple(values.get("source_columns", "").split()),
    )
