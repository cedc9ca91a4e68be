"""What goes wrong in a command is a sentence: no traceback, nobody's address, no password, and a status that is not zero."""

import errno
import os
import time
from pathlib import Path

import click
import duckdb
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from orchestration.cli import main
from orchestration.plainly import Plain
from orchestration.warehouse import Warehouse


def said(error: Exception) -> str:
    @click.group(cls=Plain)
    def group() -> None:
        pass

    @group.command()
    def fails() -> None:
        raise error

    result = CliRunner().invoke(group, ["fails"])
    assert result.exit_code == 1 and isinstance(result.exception, SystemExit)
    return result.output


def test_files_and_disks_say_what_to_do() -> None:
    full = said(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/data/x"))
    assert full == "Error: /data/x: No space left on device. Free some space and run it again\n"
    assert "REGULARS_DATA" in said(OSError(errno.EROFS, os.strerror(errno.EROFS), "/data/x"))
    assert (
        said(FileNotFoundError("there is no warehouse yet: make run makes it")) == "Error: there is no warehouse yet: make run makes it\n"
    )


def test_no_statement_value_address_or_password_is_told() -> None:
    statement = "insert into people values (?)"
    driver = sa.exc.OperationalError(statement, ["anna@example.com"], Exception("no route to postgresql://u:geheim@host"))
    text = said(driver)
    assert "no route" in text and not any(word in text for word in ("anna", "geheim", "insert"))
    assert "anna@" not in said(ValueError("nobody is called anna@example.com here"))


def test_what_was_not_foreseen_says_where_and_not_what() -> None:
    text = said(KeyError("anna@example.com"))
    assert "not foreseen: KeyError in test_plainly.py:" in text and "anna" not in text and "REGULARS_TRACEBACK" in text


def test_words_that_are_no_instant_or_clock(tmp_path: Path, environment: None) -> None:
    os.environ.update(REGULARS_DATA=str(tmp_path))
    result = CliRunner().invoke(main, ["run", "--job", "rehearsal", "--as-of", "yesterday"])
    assert result.exit_code == 1 and "write it like 2026-06-30T09:00:00" in result.output
    os.environ.update(SHOP_URL="sqlite://", REGULARS_CLOCK=str(tmp_path / "clock.json"))
    words = ["experiments", "import", "none.csv", "--name", "mailing", "--control", "a"]
    assert "make run makes the demo shop" in CliRunner().invoke(main, words).output
    (tmp_path / "clock.json").write_text("{")
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 1 and "does not say what day it is" in result.output


def test_a_table_that_is_misspelt_does_not_look_clean(tmp_path: Path, environment: None) -> None:
    os.environ.update(REGULARS_DATA=str(tmp_path), SHOP_URL="sqlite://", REGULARS_CLOCK="system")
    result = CliRunner().invoke(main, ["quarantine", "list", "--table", "shop_order"])
    assert result.exit_code == 2 and "shop_orders" in result.output


def test_a_warehouse_that_is_no_warehouse_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "warehouse.duckdb").touch()
    started = time.monotonic()
    with pytest.raises(duckdb.IOException, match="not a valid DuckDB"), Warehouse(data=str(tmp_path)).open():
        pass
    assert time.monotonic() - started < 30  # who waits for a writer waits a minute
