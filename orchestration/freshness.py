"""Who answers for a raw table, and how old it may be: read off freshness.yaml, judged by the newest row against the run's clock."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from orchestration.sources.table import Table

_DECLARED = Path(__file__).with_name("freshness.yaml")


@dataclass(frozen=True)
class Promise:
    """owner: as Dagster takes it, an address or team:<name>. newest: how old the newest row may be. landed: how long ago a run may be."""

    owner: str
    newest: timedelta
    landed: timedelta

    def judged(self, known_until: datetime | None, as_of: datetime) -> tuple[bool, str]:
        """Whether a table that is known until then (aware; `None`: nothing landed) is fresh enough, and a sentence for people."""
        if known_until is None:
            return True, "nothing landed yet, so nothing is old"
        age = as_of - known_until
        words = f"the newest row is {_hours(age)} old, {_hours(self.newest)} may be"
        return (True, f"{words}.") if age <= self.newest else (False, f"{words}. Ask {self.owner} whether the source still writes.")


def promise(table: Table, declared: Path = _DECLARED) -> Promise:
    """What is promised for a table. Raises ValueError for a system that the file does not name."""
    said = _read(declared)
    own: dict[str, Any] = {**said["systems"].get(table.source, {}), **(said.get("tables") or {}).get(table.raw_name, {})}
    if not {"owner", "hours"} <= own.keys():
        raise ValueError(f"{declared}: systems.{table.source} needs an owner and hours, like {{owner: team:shop, hours: 24}}")
    return Promise(str(own["owner"]), timedelta(hours=own["hours"]), timedelta(hours=said["landed_within_hours"]))


@functools.cache
def _read(declared: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(declared.read_text())
    return found


def _hours(span: timedelta) -> str:
    return f"{span / timedelta(hours=1):,.0f} h"
