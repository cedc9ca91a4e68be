"""What a page is made of: sections of tiles, charts and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from markupsafe import Markup


@dataclass(frozen=True)
class Table:
    """Figures as rows; name: unique on the page. The first cell of a row names it; a cell that is a words.Figure is aligned as a number."""

    name: str
    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Chart:
    """A picture with what it says in words and its figures. is_wide: takes the whole width, and scrolls in its box where that is narrow."""

    title: str
    words: str
    svg: Markup
    table: Table
    is_wide: bool = False


@dataclass(frozen=True)
class Tile:
    """One figure. tone: better, worse or same, what the change means; direction: up, down or level; note: what the figure is."""

    name: str
    label: str
    value: str
    change: str
    tone: str
    direction: str
    note: str
    svg: Markup | None = None


@dataclass(frozen=True)
class Card:
    """One thing of several, with its facts. key: unique on the page; status, tone: a word on it and what the word means (good, bad, warm or
    nothing); words: what to remember of it; facts: terms and what is to be said of each; table: shown open."""

    key: str
    title: str
    status: str
    tone: str
    words: str
    facts: Sequence[tuple[str, str]] = ()
    table: Table | None = None


@dataclass(frozen=True)
class Section:
    """A part of the page. headline: the one sentence to remember; without charts, tiles and tables it is all there is. brief: what the
    top of the page says of it; nothing where it is empty. alerts: sentences that somebody should look at; lists: tables that are shown
    open and printed, where `tables` are shown on demand."""

    key: str
    title: str
    headline: str
    brief: str = ""
    charts: Sequence[Chart] = ()
    tiles: Sequence[Tile] = ()
    tables: Sequence[Table] = ()
    alerts: Sequence[str] = ()
    alerts_title: str = "Far from usual"
    cards: Sequence[Card] = ()
    lists: Sequence[Table] = ()
    note: str = ""


@dataclass(frozen=True)
class Facts:
    """All that the report is made of. frames: by name, each with the columns that orchestration/assets/report_frames.py says, empty where a
    table is not there; as_of: when the warehouse was built, aware; earlier: the report's own figures before this as_of, None at first."""

    frames: dict[str, pd.DataFrame]
    as_of: datetime
    currency: str = ""
    earlier: dict[str, Any] | None = None

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The rows of a frame; none where the table is not there."""
        frame = self.frames.get(name)
        return [] if frame is None else [{str(column): value for column, value in row.items()} for row in frame.to_dict("records")]


def unread(facts: Facts, frame: str) -> str:
    """What to say of a frame that is not there, which is another thing than one without rows; nothing where it is."""
    found = facts.frames.get(frame)
    return (
        "Not known: the warehouse was built before this was counted. The next run counts it."
        if found is None or not len(found.columns)
        else ""
    )


def unknown(key: str, title: str, sentence: str) -> Section:
    """A section about which nothing is known yet."""
    return Section(key, title, sentence)
