"""What is asked of a database's table: every column as text, what changed since a time, the keys.

Columns are asked for without a type, so that a value the database should never have let in (SQLite's dates) meets the rules, no error.
PostgreSQL makes its texts itself: its own types have values that no Python type has (`infinity`, years beyond 9999).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from orchestration.sources import drift
from orchestration.sources.errors import TableMissingError
from orchestration.sources.table import Table

#: How PostgreSQL writes its values, whatever the server's settings are.
POSTGRES_SESSION = (
    "set transaction isolation level repeatable read, read only",
    "set local time zone 'UTC'",
    "set local datestyle = 'ISO'",
    "set local intervalstyle = 'postgres'",
    "set local bytea_output = 'hex'",
    "set local extra_float_digits = 1",
)


@dataclass(frozen=True)
class Queries:
    """What is asked of a table. kind: the type of its watermark."""

    table: Table
    shape: drift.Shape
    dialect: str
    kind: Any

    def rows(self, since: datetime | None) -> sa.Select[Any]:
        """Declared columns, then extras: the rows changed since, and those of which that cannot be told."""
        query = self._select((*self.shape.names, *self.shape.extras))
        watermark = self._name(self.table.watermark) if self.table.watermark else None
        return query if since is None or watermark is None else query.where(self._changed(watermark, since))

    def keys(self) -> sa.Select[Any]:
        """The columns of the key, of all rows."""
        return self._select([self._name(name) for name in self.table.key])

    def _name(self, declared: str) -> str | None:
        return self.shape.names[self.table.column_names.index(declared)]

    def _select(self, names: Any) -> sa.Select[Any]:
        columns: list[Any] = [sa.null() if name is None else sa.column(name) for name in names]
        if self.dialect == "postgresql":
            columns = [sa.cast(column, sa.Text) for column in columns]
        labelled = [column.label(f"r{place}") for place, column in enumerate(columns)]
        return sa.select(*labelled).select_from(sa.table(self.table.name))

    def _changed(self, name: str, since: datetime) -> sa.ColumnElement[bool]:
        moment = since.astimezone(UTC).replace(tzinfo=None)
        column: sa.ColumnClause[Any] = sa.column(name)
        if self.dialect == "sqlite":
            # SQLite keeps times as text, in any form: its datetime() reads them all and drops the fraction; NULL is what it cannot read.
            moment_text = f"{moment:%Y-%m-%d %H:%M:%S}"
            return sa.or_(sa.func.datetime(column) >= moment_text, sa.func.datetime(column).is_(None))
        if isinstance(self.kind, sa.String):
            # Text sorts as a time does where it begins with the year, but for its zone; what does not begin so is read each time.
            bound: Any = sa.literal(str(moment - timedelta(days=1)))
            return sa.or_(column >= bound, column.is_(None), sa.not_(column.like("2___-__-__%")))
        bound = sa.literal_column(f"timestamp '{moment}'") if self.dialect == "postgresql" else sa.literal(moment)
        return sa.or_(column >= bound, column.is_(None))


def described(table: Table, connection: sa.Connection) -> Queries:
    """Compares the table with its declaration. Raises SourceError where it cannot be read so, TableMissingError where there is none."""
    inspector = sa.inspect(connection)
    if not (inspector.has_table(table.name) or table.name in inspector.get_view_names()):
        found = ", ".join(sorted(inspector.get_table_names())) or "no tables at all"
        raise TableMissingError(
            table.source, table.name, f"the database has no such table; found: {found}.", "Check the URL, or create the table."
        )
    kinds: dict[str, Any] = {column["name"]: column["type"] for column in inspector.get_columns(table.name)}
    dialect = connection.dialect.name
    # SQLite's types are wishes: any value may stand in any column.
    shape = drift.compare(table, dict.fromkeys(kinds) if dialect == "sqlite" else kinds)
    watermark = shape.names[table.column_names.index(table.watermark)] if table.watermark else ""
    return Queries(table, shape, dialect, kinds.get(watermark or ""))
