"""What is open and what has been told: one small file for each incident in the landing zone, replaced whole.

Written before anything is told and again once it was: who dies in between tells it once more, under the same id.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from alerts.incidents import Finding, Incident
from orchestration.landing import Landing
from orchestration.sources.alerts import INCIDENTS

_AT = ("opened_at", "seen_at", "closed_at", "told_opened_at", "told_closed_at")
_TYPES = {"VARCHAR": pa.string(), "DOUBLE": pa.float64(), "TIMESTAMP": pa.timestamp("us")}
SCHEMA = pa.schema([(name, _TYPES[kind]) for name, kind in (column.split() for column in INCIDENTS.definition.split(", "))])


class Book:
    """The incidents of a deployment."""

    def __init__(self, landing: Landing) -> None:
        self._landing = landing

    def incidents(self) -> list[Incident]:
        """All that ever were, the oldest first."""
        rows = [row for file in self._landing.files(INCIDENTS) for row in pq.read_table(file, schema=SCHEMA).to_pylist()]
        return sorted(map(_incident, rows), key=lambda one: (one.opened_at, one.alert_id))

    def write(self, incidents: Iterable[Incident]) -> None:
        """Puts each in the place of what was known of it."""
        self._landing.declare(INCIDENTS)
        for one in incidents:
            row = {**asdict(one.finding), **{name: _naive(getattr(one, name)) for name in _AT}, "alert_id": one.alert_id}
            row["evidence"] = "\n".join(one.finding.evidence)
            with self._landing.writing(INCIDENTS, f"{one.alert_id}.parquet") as unfinished:
                pq.write_table(pa.Table.from_pylist([row], schema=SCHEMA), unfinished)


def _incident(row: dict[str, Any]) -> Incident:
    finding = Finding(
        **{name: row[name] for name in Finding.__dataclass_fields__} | {"evidence": tuple((row["evidence"] or "").splitlines())}
    )
    at: dict[str, Any] = {name: row[name].replace(tzinfo=UTC) if row[name] is not None else None for name in _AT}
    return Incident(alert_id=row["alert_id"], finding=finding, **at)


def _naive(at: datetime | None) -> datetime | None:
    return at.astimezone(UTC).replace(tzinfo=None) if at is not None else None
