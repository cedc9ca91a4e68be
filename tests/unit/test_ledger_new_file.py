"""A new ledger's file, opened by several in the same instant: SQLite refuses some of them the change to a write-ahead log."""

import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from activations.ledger.database import Database


def test_who_is_refused_the_write_ahead_log_at_first_asks_again(tmp_path: Path) -> None:
    """As it happens: another connection holds the new file, whose first page is being written, for a moment."""
    path, asked = tmp_path / "ledger.db", list[str]()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("begin immediate")
    holder.execute("create table t (a int)")

    def let_go(statement: str) -> None:
        asked.append(statement)
        if len([one for one in asked if "journal_mode" in one]) == 2:
            holder.execute("commit")
            holder.close()

    def trace(connection: Any, _: object) -> None:
        connection.set_trace_callback(let_go)

    database = Database(f"sqlite:///{path}")
    sa.event.listen(database.engine, "connect", trace, insert=True)
    assert database.read(lambda connection: connection.scalar(sa.text("pragma journal_mode"))) == "wal"
    assert len([one for one in asked if one.startswith("pragma journal_mode =")]) >= 2
    database.engine.dispose()
