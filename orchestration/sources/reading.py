"""What every kind of source gives the landing: a table's rows as Arrow batches of text, and its keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

#: One list of texts per column, all of the same length.
Texts = Sequence[Sequence[str | None]]


@dataclass
class Reading:
    """A table that can be read now. Every batch is a pyarrow Table of VARCHAR columns r0, r1, ...: the declared ones in their order, then
    those of `extras` in theirs.

    read_rows: those whose watermark is at or after the given time (aware; `None`: all), and those whose watermark cannot be read.
    read_keys: the columns of the key alone, of every row there is; `None` where `read_rows` gives them all anyway. Asked before the rows,
    so that what comes into being meanwhile is missed by neither.
    extras: columns that the source has and the declaration does not. malformed: after the rows, what could not be read as a row. lacking:
    after the rows, why the keys are not all that there are, in words; "" where they are. is_paged: a page may leave a key out unnoticed.
    """

    read_rows: Callable[[datetime | None], Iterator[pa.Table]]
    read_keys: Callable[[], Iterator[pa.Table]] | None = None
    extras: tuple[str, ...] = ()
    malformed: Callable[[], Iterable[Malformed]] = field(default=tuple)
    lacking: Callable[[], str] = str
    is_paged: bool = False


@dataclass(frozen=True)
class Malformed:
    """A line, or a record of an API, that is no row. place: "line 17", or the record's key; fault: what is wrong, in words; text: as it
    came."""

    place: str
    fault: str
    text: str


def batch(columns: Texts) -> pa.Table:
    """Texts as one batch."""
    return pa.table([texts(values) for values in columns], names=[f"r{place}" for place in range(len(columns))])


def texts(values: Sequence[str | None]) -> pa.Array:
    """Texts as a column. Half a character, as JSON can hold one where a text was cut within it, has no bytes: U+FFFD stands for it."""
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:
        whole = [value and value.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for value in values]
        return pa.array(whole, pa.string())
