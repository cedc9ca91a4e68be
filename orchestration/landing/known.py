"""What is landed of a table, as it holds now: what new rows are compared with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import duckdb

from orchestration.landing.zone import Landing, naive, named, quoted
from orchestration.sources.table import Table


def listed(names: Iterable[str]) -> str:
    """Names as a SQL list."""
    return ", ".join(map(named, names))


def same(left: str, right: str, names: Iterable[str]) -> str:
    """A condition: the two relations agree in these columns; NULL agrees with NULL."""
    return " and ".join(f"{left}.{named(name)} is not distinct from {right}.{named(name)}" for name in names)


class Known:
    """The landed versions of `table`, asked through `connection`, to which the temporary tables made here are private.

    A version holds until its key is deleted; what lands after that counts again. The macro latest_version says the same in the warehouse.
    extras: columns that the source has beyond the declared ones; they are text.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, landing: Landing, table: Table, stamp: datetime, extras: tuple[str, ...]
    ) -> None:
        self.connection = connection
        self.table = table
        self.extras = extras
        self.columns = (*table.column_names, *extras)
        self._stamp = stamp
        self._scan = landing.scan(table)
        self._landed = {str(row[0]).lower() for row in connection.execute(f"describe from {self._scan}").fetchall()}
        deleted = f"select 1 from {self._scan} where _is_deleted limit 1"
        self.has_deleted = bool(connection.execute(deleted).fetchall())

    def living(self, columns: str, where: str = "true") -> str:
        """A table expression: the columns, and _landed_at, of all versions that hold."""
        if not self.has_deleted:
            return f"(select {columns}, _landed_at from {self._scan} where {where})"
        ended = f"max(case when _is_deleted then _landed_at end) over (partition by {listed(self.table.key)})"
        return f"""(
            select * exclude (_ended_at)
            from (select {columns}, _landed_at, {ended} as _ended_at from {self._scan} where {where})
            where _ended_at is null or _landed_at > _ended_at
        )"""

    def column(self, name: str) -> str:
        """The column of the landed files; NULL where none of them has it."""
        return named(name) if name.lower() in self._landed else f"cast(null as varchar) as {named(name)}"

    def remember(self, since: datetime | None) -> None:
        """Makes the temporary table `landed`: key and content of every version that a row read from `since` on may repeat.

        Of several versions with one key and watermark the newest counts, for a row may go back to an older content. Of events, only keys.
        """
        table = self.table
        stretch = "true"
        if since is not None and table.watermark is not None and table.changes:
            stretch = f"({named(table.watermark)} >= timestamp {quoted(naive(since))} or {named(table.watermark)} is null)"
        if not table.changes:
            query = f"select distinct {listed(table.key)} from {self.living(listed(table.key), stretch)}"
        else:
            columns = ", ".join(self.column(name) for name in self.columns)
            version = listed((*table.key, table.watermark) if table.watermark else table.key)
            query = f"""
                select {listed(table.key)}, {self._digest()} as _digest from {self.living(columns, stretch)}
                qualify rank() over (partition by {version} order by _landed_at desc) = 1
            """
        self.connection.execute(f"create or replace temp table landed as {query}")

    @property
    def dead(self) -> str:
        """A query: the keys that were deleted at some time."""
        return f"select distinct {listed(self.table.key)} from {self._scan} where {'_is_deleted' if self.has_deleted else 'false'}"

    @property
    def landed_columns(self) -> list[str]:
        """The columns of what is written, in order."""
        return [*self.columns, "_landed_at", "_is_backfill", "_is_deleted"]

    def stamps(self, is_backfill: bool, is_deleted: bool = False) -> str:
        """What is written beside the row's own columns, as SQL."""
        return f"timestamp {quoted(self._stamp)} as _landed_at, {is_backfill} as _is_backfill, {is_deleted} as _is_deleted"

    def fresh(self, judged: str) -> str:
        """A query: of judged and stamped rows the good ones that `landed` does not have, each once."""
        digest, compared_by = "", [*self.table.key]
        if self.table.changes:
            digest, compared_by = f", {self._digest()} as _digest", [*self.table.key, "_digest"]
        return f"""
            select {listed(self.landed_columns)}
            from (select distinct on ({listed(compared_by)}) * from (select *{digest} from {judged} where _reason is null)) as new
            where not exists (select 1 from landed where {same("landed", "new", compared_by)})
        """

    def returned(self, relation: str) -> int:
        """How many keys of a relation had been deleted, and live again."""
        if not self.has_deleted:
            return 0
        key = self.table.key
        ((rows,),) = self.connection.execute(f"""
            select count(*) from (select distinct {listed(key)} from {relation}) as new
            where exists (select 1 from ({self.dead}) as dead where {same("dead", "new", key)})
                and not exists (select 1 from {self.living(listed(key))} as live where {same("live", "new", key)})
        """).fetchall()
        return int(rows)

    def learn(self, relation: str) -> None:
        """Adds rows that land now to `landed`: should one come again, it lands once."""
        digest = f", {self._digest()} as _digest" if self.table.changes else ""
        self.connection.execute(f"insert into landed by name select {listed(self.table.key)}{digest} from {relation}")

    def _digest(self) -> str:
        """The content of a row as 128 bits: exact, for equal contents are taken for the same."""
        declared = (f"cast(try_cast({named(column.name)} as {column.type}) as varchar)" for column in self.table.columns)
        return f"md5_number(cast(json_array({', '.join((*declared, *map(named, self.extras)))}) as varchar))"
