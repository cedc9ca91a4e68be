"""Landed tables as frames, for the gates: the columns asked for, and what share of each table was refused."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from orchestration.landing.entries import OPEN
from orchestration.landing.quarantine import QUARANTINE
from orchestration.landing.zone import Landing, connect
from orchestration.sources.table import Table


def landed_frame(landing: Landing, table: Table, columns: Iterable[str]) -> pd.DataFrame:
    """The columns of all that landed of the table, every version of every row; empty where nothing has."""
    landing.declare(table)
    names = ", ".join(f'"{name}"' for name in columns)
    with connect() as connection:
        frame: pd.DataFrame = connection.execute(f"select {names} from {landing.scan(table)}").df()
    return frame


def quarantine_frame(landing: Landing, tables: Iterable[Table]) -> pd.DataFrame:
    """One row per table: table_name (in the schema raw), came_rows, quarantined_rows (open ones), quarantined_share (0 to 1)."""
    landing.declare(QUARANTINE)
    rows: list[tuple[str, int, int, float]] = []
    with connect() as connection:
        for table in tables:
            landing.declare(table)
            ((landed, refused),) = connection.execute(
                f"select (select count(*) from {landing.scan(table)}),"
                f" (select count(*) from {landing.scan(QUARANTINE)} where source = ? and table_name = ? and {OPEN} = 'open')",
                [table.source, table.name],
            ).fetchall()
            came = landed + refused
            rows.append((table.raw_name, came, refused, refused / came if came else 0.0))
    return pd.DataFrame(rows, columns=["table_name", "came_rows", "quarantined_rows", "quarantined_share"])
