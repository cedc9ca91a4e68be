"""What the messages give away, for the command and for the UI."""

from __future__ import annotations

import duckdb

from content.audit import markdown
from content.templates import load
from orchestration.programme import declared, messages_folder


def audited(connection: duckdb.DuckDBPyConnection | None) -> str:
    """The audit of all messages as Markdown, with how many of each were written so far; None: no warehouse yet."""
    written: dict[tuple[str, str], int] = {}
    if connection is not None and _has_audit(connection):
        rows = connection.execute("select campaign, channel, count(*) from decisions.messages_audited group by all").fetchall()
        written = {(str(campaign), str(channel)): int(count) for campaign, channel, count in rows}
    return markdown(load(messages_folder()), declared(), written)


def _has_audit(connection: duckdb.DuckDBPyConnection) -> bool:
    query = "select count(*) from information_schema.tables where table_schema = 'decisions' and table_name = 'messages_audited'"
    return bool(connection.execute(query).fetchall()[0][0])
