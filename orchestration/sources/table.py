"""How a source declares a table: its columns, what each must hold, its key, and how changes are seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Type = Literal["VARCHAR", "TIMESTAMP", "DATE", "BIGINT", "DECIMAL(18,4)", "BOOLEAN"]
Progress = Callable[[str], None]
Row = Mapping[str, object]

#: For `Table.deletes`: keys are compared on each run.
EACH_RUN = timedelta(0)
#: For an API that tells nobody what was deleted, and whose ids are cheaply listed.
EACH_WEEK = timedelta(days=7)
#: Amounts, and pieces of an order, above these are a barcode or a telephone number in the wrong field, and too much to be added up.
MOST_MONEY, MOST_PIECES = 10**12, 10**8
#: Times before this are mistakes of a system, not history.
EARLIEST = date(1990, 1, 1)


def silent(_: str) -> None:
    """Progress that nobody listens to."""


@dataclass(frozen=True)
class Column:
    """One column. A value that breaks a rule sends its row to the quarantine under the rule's name.

    required: a missing or blank value is `<name>_missing`. values: anything else is `<name>_unknown`. personal: masked in samples.
    minimum: below it is `<name>_negative` (`<name>_too_low` where it is not 0); maximum: above it is `<name>_too_high`; above: at or
    below it is `<name>_not_positive`. What cannot be read as `type` is `<name>_invalid`. bounded: a time before EARLIEST or more than a
    day after `as_of` is `<name>_impossible`; `False` for dates that describe and place nothing (a birth date): for a doubtful one nobody
    should lose a contact. optional: a source may lack the column, its values are NULL then.
    """

    name: str
    type: Type = "VARCHAR"
    required: bool = False
    values: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    above: int | None = None
    bounded: bool = True
    personal: bool = False
    optional: bool = False


@dataclass(frozen=True)
class Reference:
    """A column that names a row of another table of the source. whole: and each row of that table has at least one row here."""

    column: str
    table: str
    whole: bool = False


@dataclass(frozen=True)
class Table:
    """One table of one source.

    source, name: "shop", "orders"; the landing folder is `shop/orders`, the raw table `shop_orders`.
    key: the columns that name a row. watermark: the column that grows when a row changes (`None`: always read whole).
    event_time: when the thing itself happened; says when history became visible that was there before the first load.
    overlap: how far before the newest landed row the next extraction begins, for rows that were committed late.
    stamped: its rows carry _landed_at and _is_backfill. changes: a row may come in a new version; `False` for events.
    left_out: columns that the source has and that are meant to stay there; any other that is not declared is kept as text and reported.
    deletes: whether the source deletes rows, and how often its keys are compared with the landed ones to see it: at most once in this
    time, timedelta(0) on each run; `None`: never, what is not there any more is history (events, a ledger).
    vanish_at_most: where a larger share (0 to 1) of the live rows is gone at once, the source is taken for broken and nothing is deleted;
    1 believes it always.
    refused_at_most: where one rule about what a column holds refuses a larger share (0 to 1) of the new rows, and not just a few, the
    column was retyped and the table stops; 1 never does.
    refers_to: what its columns name; people are told when more than usual names nothing.
    description: a sentence for the people who see the table in the UI.
    optional: a source may lack it, it stays empty then.
    columns: empty where the schema is not made of simple types (`definition` then holds its columns as SQL).
    """

    source: str
    name: str
    key: tuple[str, ...]
    event_time: str
    columns: tuple[Column, ...] = ()
    watermark: str | None = "updated_at"
    overlap: timedelta = timedelta(days=1)
    definition: str = ""
    stamped: bool = True
    left_out: tuple[str, ...] = ()
    changes: bool = True
    description: str = ""
    deletes: timedelta | None = None
    vanish_at_most: float = 0.2
    refused_at_most: float = 0.5
    refers_to: tuple[Reference, ...] = ()
    optional: bool = False

    @property
    def folder(self) -> str:
        """Where it lies below the landing zone."""
        return f"{self.source}/{self.name}"

    @property
    def raw_name(self) -> str:
        """Its name in the schema `raw`."""
        return f"{self.source}_{self.name}" if self.stamped else self.source

    @property
    def column_names(self) -> tuple[str, ...]:
        """The declared columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def ddl(self) -> str:
        """Columns and types of a landed file, as in a CREATE TABLE: the declared ones, then when and how they landed. A file may lack
        `_is_deleted` (NULL: the row was there) and have more columns, as text: those that the source has and the declaration does not."""
        declared = self.definition or ", ".join(f'"{column.name}" {column.type}' for column in self.columns)
        return f"{declared}, _landed_at TIMESTAMP, _is_backfill BOOLEAN, _is_deleted BOOLEAN" if self.stamped else declared


def text(name: str, *, required: bool = False, values: tuple[str, ...] = (), personal: bool = False, optional: bool = False) -> Column:
    """A VARCHAR column."""
    return Column(name, "VARCHAR", required=required, values=values, personal=personal, optional=optional)


def moment(name: str, *, required: bool = False) -> Column:
    """A TIMESTAMP column (UTC)."""
    return Column(name, "TIMESTAMP", required=required)


def money(name: str, *, required: bool = False, minimum: int | None = 0, above: int | None = None) -> Column:
    """A DECIMAL(18,4) column: an amount, zero or more unless told otherwise."""
    least = minimum if above is None else None
    return Column(name, "DECIMAL(18,4)", required=required, minimum=least, maximum=MOST_MONEY, above=above)


def count(name: str, *, required: bool = False, above: int | None = None, maximum: int | None = None) -> Column:
    """A BIGINT column."""
    return Column(name, "BIGINT", required=required, maximum=maximum, above=above)
