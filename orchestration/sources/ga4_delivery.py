"""What a source of the GA4 export says of a day, whether it keeps it as a file or as a table."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

_DAY = re.compile(r"events_(intraday_)?(\d{8})(.*)")


def day_of(name: str) -> tuple[date, bool, str] | None:
    """The day that a table's or file's name tells, whether it is intraday, and what follows in the name; `None` for other names.
    Raises ValueError where the digits are no date."""
    found = _DAY.fullmatch(name)
    if found is None:
        return None
    return datetime.strptime(f"{found[2]}+0000", "%Y%m%d%z").date(), bool(found[1]), found[3]


@dataclass(frozen=True)
class Fetched:
    """A day's delivery as a file on this machine. state: of the delivery when it was fetched; is_copy: made for the block alone;
    confirm: raises SourceError where the delivery changed since, while the file was read."""

    path: Path
    state: str
    is_parquet: bool
    is_copy: bool = False
    confirm: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Before:
    """The delivery that a landed day came from. state, digest: its, then; read_at: when (aware UTC; `None`: not known);
    columns: the names of its columns (empty: JSON, where they may be left out)."""

    state: str
    digest: str
    is_intraday: bool
    read_at: datetime | None
    columns: tuple[str, ...]


class Delivery(Protocol):
    """What a source has of one day: a file or a table. name: for messages."""

    @property
    def day(self) -> date: ...
    @property
    def name(self) -> str: ...
    @property
    def is_intraday(self) -> bool: ...

    def shown(self) -> str:
        """What can be told of it without reading it; changes when its contents do, unless these still stream in."""

    def is_known(self, before: Before, as_of: datetime) -> bool:
        """Whether it is the one that was landed before, so that it need not be read."""

    def fetched(self, scratch: Path) -> contextlib.AbstractContextManager[Fetched]:
        """The delivery, for as long as the block lasts; what has to be copied is copied to `scratch`. Raises SourceError."""


@dataclass
class Deliveries:
    """One delivery per day, and what was odd about the others."""

    days: dict[date, Delivery] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
