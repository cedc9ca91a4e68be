"""The entries of the quarantine: found by table, reason or id; amended in place, a file at a time, whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from orchestration.landing.quarantine import QUARANTINE
from orchestration.landing.zone import Landing, connect, naive, quoted
from orchestration.sources.errors import masked_person
from orchestration.sources.table import Table

#: The rule that refuses what a webhook's reader does not understand; see webhooks.py.
UNREAD = "event_unreadable"
OPEN = "coalesce(state, 'open')"
_COLUMNS = [name for name in QUARANTINE.column_names if name != "state"]


@dataclass(frozen=True)
class Entry:
    """One refused row. payload: the row as it came, as JSON; fixes: what a person said it should hold, as JSON. Times are naive UTC."""

    quarantine_id: str
    source: str
    table_name: str
    row_key: str | None
    reason: str
    detail: str
    payload: str
    quarantined_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    fixes: str | None
    state: str = "open"

    @property
    def table(self) -> str:
        """The table's name in the schema raw."""
        return f"{self.source}_{self.table_name}"

    def row(self) -> dict[str, str | None] | None:
        """The row with the fixes applied; `None` where what came is no row (a line that could not be read)."""
        came = json.loads(self.payload)
        if not isinstance(came, dict):
            return None
        texts = {name: value if value is None or isinstance(value, str) else json.dumps(value) for name, value in came.items()}
        return texts | self.fixed

    @property
    def fixed(self) -> dict[str, str]:
        """The fixes that wait for a replay."""
        found: dict[str, str] = json.loads(self.fixes or "{}")
        return found

    def shown(self, table: Table | None, *, reveal: bool) -> dict[str, object]:
        """The row as it came, for a person to look at: what is personal, and what nobody declared, is masked unless revealed."""
        came = json.loads(self.payload)
        values = came if isinstance(came, dict) else {"line": came}
        public = {column.name for column in table.columns if not column.personal} if table else set()
        return {name: value if reveal or name in public else masked_person(value) for name, value in values.items()}


def entries(landing: Landing, *, table: str = "", reason: str = "", ids: Sequence[str] = (), state: str = "open") -> list[Entry]:
    """The entries of a table (its name in raw), of a reason, or of the given ids (their beginnings will do); state "" is any.

    Raises LookupError for an id that is not there, or whose beginning several have.
    """
    landing.declare(QUARANTINE)
    conditions = ["(? = '' or source || '_' || table_name = ?)", "(? = '' or reason = ?)", f"(? = '' or {OPEN} = ?)"]
    query = f"select {', '.join(_COLUMNS)}, {OPEN} as state from {landing.scan(QUARANTINE)} where {' and '.join(conditions)} order by"
    with connect() as connection:
        rows = connection.execute(f"{query} quarantined_at, quarantine_id", [table, table, reason, reason, state, state]).fetchall()
    found = [Entry(**dict(zip([*_COLUMNS, "state"], row, strict=True))) for row in rows]
    return [_the_one(beginning, found) for beginning in ids] if ids else found


def _the_one(beginning: str, found: Iterable[Entry]) -> Entry:
    named = [entry for entry in found if entry.quarantine_id.startswith(beginning)]
    if len(named) != 1:
        what = "no such entry (closed ones are listed with --state replayed)" if not named else f"{len(named)} entries begin so"
        raise LookupError(f"quarantine {beginning}: {what}; see regulars quarantine list.")
    return named[0]


def amend(landing: Landing, amended: Iterable[Entry]) -> None:
    """Puts entries in the place of those with the same ids. Each file is written whole and renamed: told again, it changes nothing."""
    changed = {entry.quarantine_id: entry for entry in amended}
    if not changed:
        return
    with landing.alone(QUARANTINE), connect() as connection:
        for path in landing.files(QUARANTINE):
            held = connection.execute(f"select quarantine_id from read_parquet({quoted(path)})").fetchall()
            own = [changed[name] for (name,) in held if name in changed]
            if not own:
                continue
            connection.execute(f"create or replace temp table rewritten ({QUARANTINE.ddl})")
            connection.execute(f"insert into rewritten by name from read_parquet({quoted(path)})")
            for entry in own:
                sets = {name: getattr(entry, name) for name in ("reason", "detail", "state", "closed_at", "closed_by", "fixes")}
                places = ", ".join(f"{name} = ?" for name in sets)
                connection.execute(f"update rewritten set {places} where quarantine_id = ?", [*sets.values(), entry.quarantine_id])
            with landing.writing(QUARANTINE, path.name) as unfinished:
                connection.execute(f"copy (from rewritten order by quarantine_id) to {quoted(unfinished)} (format parquet)")


def fix(landing: Landing, entry: Entry, table: Table, values: Mapping[str, str]) -> Entry:
    """Notes what an entry's row should hold; it lands with the next replay. Raises ValueError for a column that the table does not have."""
    unknown = sorted(set(values) - set(table.column_names))
    if unknown:
        raise ValueError(f"{table.raw_name} has no column {', '.join(unknown)}; it has {', '.join(table.column_names)}.")
    fixed = replace(entry, fixes=json.dumps(entry.fixed | dict(values)))
    amend(landing, [fixed])
    return fixed


def supersede(landing: Landing, tables: Mapping[str, Table], as_of: datetime) -> int:
    """Closes the open entries whose row has landed since, in a good version from the source; gives their number."""
    waiting = [entry for entry in entries(landing) if entry.row_key and entry.table in tables and tables[entry.table].columns]
    closed: list[Entry] = []
    with connect() as connection:
        for name in sorted({entry.table for entry in waiting}):
            own = [entry for entry in waiting if entry.table == name]
            table = tables[name]
            landing.declare(table)
            key = ", ".join(f'cast("{column}" as varchar)' for column in table.key)
            connection.execute("create or replace temp table waiting (row_key varchar)")
            connection.executemany("insert into waiting values (?)", [[entry.row_key] for entry in own])
            landed = dict(
                connection.execute(
                    f"select concat_ws('|', {key}) as row_key, max(_landed_at) from {landing.scan(table)}"
                    " where row_key in (from waiting) and not coalesce(_is_deleted, false) group by all"
                ).fetchall()
            )
            closed += [
                replace(entry, state="superseded", closed_at=naive(as_of), closed_by="a later version from the source")
                for entry in own
                if (at := landed.get(entry.row_key)) is not None and at >= entry.quarantined_at
            ]
    amend(landing, closed)
    return len(closed)
