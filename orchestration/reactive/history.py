"""What was decided and drawn between two runs, written down for the next: a file an hour and table, each time whole and renamed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyarrow as pa

from orchestration.landing import Landing
from orchestration.landing.zone import connect, quoted
from orchestration.reactive.tick import Decided
from orchestration.sources.reactive import ASSIGNMENTS, DECISIONS
from orchestration.sources.table import Table

_DECIDED = """
select message_id, kind, campaign, profile_id, occasion, channel, coalesce(reason, 'allowed') as outcome, decided_at, because, rule_version,
    experiment, variant
from decided
"""


@dataclass
class History:
    """The only writer of its tables: the one worker that there is. What it wrote is not written again, decisions until `forget`."""

    landing: Landing
    _outcomes: dict[str, str] = field(default_factory=dict)
    _drawn: set[tuple[str, ...]] = field(default_factory=set)

    def forget(self) -> None:
        """A run may have decided otherwise since: what is decided from now on is written, whatever was before."""
        self._outcomes.clear()

    def keep(self, decided: Decided, at: datetime) -> None:
        """Writes down what turned out another than before, and who was drawn for the first time. On disk when it returns. at: aware."""
        with connect() as connection:
            connection.register("decided", decided.decisions)
            decisions = connection.sql(_DECIDED).to_arrow_table()
        said = dict(zip(decisions["message_id"].to_pylist(), decisions["outcome"].to_pylist(), strict=True))
        self._append(DECISIONS, decisions, [self._outcomes.get(name) != outcome for name, outcome in said.items()], at)
        self._outcomes |= said
        draws = decided.assignments
        keys = [tuple(row[name] for name in ASSIGNMENTS.key) for row in draws.to_pylist()]
        self._append(ASSIGNMENTS, draws, [key not in self._drawn for key in keys], at)
        self._drawn |= set(keys)

    def _append(self, table: Table, rows: pa.Table, is_new: Sequence[bool], at: datetime) -> None:
        if not any(is_new):
            return
        self.landing.declare(table)
        moment = at.astimezone(UTC).replace(tzinfo=None)
        name = f"{moment:%Y%m%d_%H}.parquet"
        before = self.landing.folder(table) / name
        with self.landing.alone(table), connect() as connection:
            self.landing.sweep(table)
            connection.execute(f"create temp table hour ({table.ddl})")
            if before.exists():
                connection.execute(f"insert into hour by name from read_parquet({quoted(before)})")
            connection.register("fresh", rows.filter(pa.array(is_new)))
            stamps = "$at as _landed_at, false as _is_backfill, false as _is_deleted"
            connection.execute(f"insert into hour by name select *, {stamps} from fresh", {"at": moment})
            with self.landing.writing(table, name) as unfinished:
                connection.execute(f"copy hour to {quoted(unfinished)} (format parquet, compression zstd)")
