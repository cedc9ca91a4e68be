"""Lands rows of the quarantine again, mended: through the same rules, as if they came from the source.

First the rows land, then their entries are closed: killed in between, a row is there and its entry open, and the next replay, which lands
nothing twice, closes it. A row that is still bad stays, with the rule that it breaks now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from orchestration.landing.entries import UNREAD, Entry, amend
from orchestration.landing.result import Landed
from orchestration.landing.rules import judge
from orchestration.landing.run import Wanted, land
from orchestration.landing.zone import Landing, connect, naive
from orchestration.sources.reading import Reading, batch
from orchestration.sources.table import Table, silent


@dataclass
class Replayed:
    """What became of the entries: ids that landed, ids that are still bad with what is wrong, and ids that cannot land here, with why.

    tables: how many rows each table got."""

    landed: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    impossible: dict[str, str] = field(default_factory=dict)
    tables: dict[str, int] = field(default_factory=dict)


def replay(landing: Landing, tables: Mapping[str, Table], chosen: Sequence[Entry], as_of: datetime, by: str) -> Replayed:
    """Replays open entries. tables: by their names in raw. as_of: aware, when the rows become known. by: who replays, for the record."""
    outcome = Replayed()
    by_table: dict[str, dict[str, Entry]] = {}
    for entry in chosen:
        why = _obstacle(entry, tables)
        if why:
            outcome.impossible[entry.quarantine_id] = why
        else:
            by_table.setdefault(entry.table, {})[entry.quarantine_id] = entry
    for name, own in by_table.items():
        _replay_table(landing, tables[name], list(own.values()), as_of, by, outcome)
    return outcome


def _obstacle(entry: Entry, tables: Mapping[str, Table]) -> str:
    if entry.state != "open":
        return f"it is {entry.state} already."
    table, row = tables.get(entry.table), entry.row()
    if table is None or not table.columns:
        return "such rows land with the whole file of their day: mend that, it is read again once it changes."
    if row is None or not set(table.key) <= set(row):
        return "it is no row but a line that could not be read: mend its file, it is read again once it changes."
    if entry.reason == UNREAD and not entry.fixed:
        return "its reader does not understand it, or not yet: say by fix what it means, or update the reader. The next run reads it again."
    return ""


def _replay_table(landing: Landing, table: Table, chosen: list[Entry], as_of: datetime, by: str, outcome: Replayed) -> None:
    rows = [entry.row() or {} for entry in chosen]
    extras = tuple(sorted({name for row in rows for name in row} - {*table.column_names, *table.left_out}))
    names = (*table.column_names, *extras)

    def texts(of: list[dict[str, str | None]]) -> list[list[str | None]]:
        return [[row.get(name) for row in of] for name in names]

    with connect() as connection:
        connection.register("batch", batch([*texts(rows), [entry.quarantine_id for entry in chosen]]))
        query = f"select _id, _reason, _detail from ({judge(table, as_of, (*extras, '_id'))})"
        verdicts = {name: (reason, detail) for name, reason, detail in connection.execute(query).fetchall()}
    good = [(entry, row) for entry, row in zip(chosen, rows, strict=True) if verdicts[entry.quarantine_id][0] is None]
    if good:
        reading = Reading(lambda _: iter([batch(texts([row for _, row in good]))]), extras=extras)
        landed = land(table, reading, landing, as_of, Landed(table.raw_name), silent, Wanted(None, is_repeating=True, gives_all_keys=False))
        outcome.tables[table.raw_name] = landed.rows
    bad = [replace(entry, reason=reason, detail=detail) for entry in chosen for reason, detail in [verdicts[entry.quarantine_id]] if reason]
    amend(
        landing,
        [*(replace(entry, state="replayed", closed_at=naive(as_of), closed_by=by) for entry, _ in good), *bad],
    )
    outcome.landed += [entry.quarantine_id for entry, _ in good]
    outcome.refused |= {entry.quarantine_id: entry.detail for entry in bad}
