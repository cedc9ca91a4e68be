"""What is asked of a database's table: every column as text, what changed since a time, the keys.

Columns are asked for without a type, so that a value the database should never have let in (SQLite's dates) meets the rules, no error.
PostgreSQL makes its texts itself: its own types have values that no Python type has (`infinity`, years beyond 9999).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

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
    """What is asked of a table, which the database calls `name`. kinds: the types of its columns."""

    table: Table
    name: str
    shape: drift.Shape
    dialect: str
    kinds: Mapping[str, Any]

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
            money = [isinstance(self.kinds.get(name), postgresql.MONEY) for name in names]  # as text it has the currency's sign
            columns = [sa.cast(column, sa.Numeric) if is_money else column for column, is_money in zip(columns, money, strict=True)]
            columns = [sa.cast(column, sa.Text) for column in columns]
        labelled = [column.label(f"r{place}") for place, column in enumerate(columns)]
        return sa.select(*labelled).select_from(sa.table(self.name))

    def _changed(self, name: str, since: datetime) -> sa.ColumnElement[bool]:
        moment = since.astimezone(UTC).replace(tzinfo=None)
        column: sa.ColumnClause[Any] = sa.column(name)
        if self.dialect == "sqlite":
            # SQLite keeps times as text, in any form: its datetime() reads them all and drops the fraction; NULL is what it cannot read.
            moment_text = f"{moment:%Y-%m-%d %H:%M:%S}"
            return sa.or_(sa.func.datetime(column) >= moment_text, sa.func.datetime(column).is_(None))
        if isinstance(self.kinds.get(name), sa.String):
            # Text sorts as a time does where it begins with the year, but for its zone; what does not begin so is read each time.
            bound: Any = sa.literal(str(moment - timedelta(days=1)))
            return sa.or_(column >= bound, column.is_(None), sa.not_(column.like("2___-__-__%")))
        bound = sa.literal_column(f"timestamp '{moment}'") if self.dialect == "postgresql" else sa.literal(moment)
        return sa.or_(column >= bound, column.is_(None))


def described(table: Table, connection: sa.Connection) -> Queries:
    """Compares the table with its declaration. Raises SourceError where it cannot be read so, TableMissingError where there is none."""
    inspector = sa.inspect(connection)
    dialect = connection.dialect.name
    called = table.name
    if not (inspector.has_table(called) or called in inspector.get_view_names()):
        there = sorted({*inspector.get_table_names(), *inspector.get_view_names()})
        alike = [name for name in there if name.lower() == called.lower()]
        if len(alike) != 1:
            raise _missing(table, there, _elsewhere(inspector, called) if dialect == "postgresql" else [])
        (called,) = alike
    kinds: dict[str, Any] = {column["name"]: column["type"] for column in inspector.get_columns(called)}
    # SQLite's types are wishes: any value may stand in any column.
    shape = drift.compare(table, dict.fromkeys(kinds) if dialect == "sqlite" else kinds)
    return Queries(table, called, shape, dialect, kinds)


def _missing(table: Table, there: list[str], schemas: list[str]) -> TableMissingError:
    remedy = "Check the URL, or create the table."
    if schemas:
        remedy = f"The schema {schemas[0]} has one: add options=-csearch_path={schemas[0]} to the URL's query."
    fault = f"the database has no such table; found: {', '.join(there) or 'no tables at all'}."
    return TableMissingError(table.source, table.name, fault, remedy)


def _elsewhere(inspector: sa.Inspector, name: str) -> list[str]:
    """The other schemas that have a table of this name."""
    return [schema for schema in inspector.get_schema_names() if inspector.has_table(name, schema=schema)]
