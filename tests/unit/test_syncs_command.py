"""The command `regulars syncs`: what would change is said and saved, and a saved plan is carried out in the same world alone."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result
from test_audiences_asset import AT, WAREHOUSE

from orchestration.cli import main

Run = Callable[..., Result]


@pytest.fixture
def run(environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command on a data folder of its own; files are the one destination that is asked for."""
    monkeypatch.setenv("REGULARS_DATA", str(tmp_path))
    monkeypatch.setenv("SHOP_URL", "sqlite:///nowhere.db")
    monkeypatch.setenv("REGULARS_CLOCK", str(tmp_path / "clock.json"))
    (tmp_path / "clock.json").write_text(json.dumps({"as_of": AT.isoformat()}))
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as warehouse:
        warehouse.execute(WAREHOUSE)
    return lambda *arguments: CliRunner().invoke(main, ["syncs", *arguments])


def change(folder: Path, sql: str) -> None:
    with duckdb.connect(str(folder / "warehouse.duckdb")) as warehouse:
        warehouse.execute(sql)


def test_a_plan_is_said_saved_and_carried_out(tmp_path: Path, run: Run) -> None:
    out = tmp_path / "plan"
    said = run("plan", "--destination", "csv_file", "--out", str(out)).output
    assert "champions at csv_file (mirror): 30 to create, 0 to update, 0 to remove" in said and "1 list would change" in said
    assert "a***@example.com" in said and "ann1@" not in said and "sunset waits for a person" in said
    assert not (tmp_path / "exports").exists(), "nothing was sent"
    assert "champions at csv_file: 30 members, 30 upserted" in run("apply", str(out)).output
    assert (tmp_path / "exports" / "audiences" / "champions.csv").read_text().count("\n") == 31

    change(tmp_path, "update decisions.memberships set orders_count = 99, row_hash = 'new' where profile_id = 'p1'")
    said = run("plan", "--destination", "csv_file", "--audience", "champions").output
    assert "0 to create, 1 to update, 0 to remove" in said and "orders_count: 1 -> 99" in said


def test_people_who_join_all_at_once_join_as_a_back_fill_where_a_person_says_so(tmp_path: Path, run: Run) -> None:
    for number, how in enumerate(((), ("--backfill",), ())):
        out = tmp_path / f"plan {number}"
        change(tmp_path, f"update decisions.memberships set row_hash = 'new {number}' where profile_id = 'p1'")
        run("plan", "--destination", "csv_file", "--out", str(out))
        assert run("apply", str(out), *how).exit_code == 0
    with sqlite3.connect(tmp_path / "ledger.db") as ledger:
        assert [row for (row,) in ledger.execute("select is_first_load from syncs order by started_at, rowid")] == [1, 1, 0]


def test_a_plan_is_refused_when_the_world_has_changed(tmp_path: Path, run: Run) -> None:
    out = tmp_path / "plan"
    run("plan", "--destination", "csv_file", "--out", str(out))
    change(tmp_path, "update decisions.memberships set row_hash = 'new' where profile_id = 'p1'")
    refused = run("apply", str(out))
    assert refused.exit_code == 1 and "what is desired changed since; make a new plan. Nothing was sent" in refused.output
    assert not (tmp_path / "exports").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["plan", "--destination", "pigeon"], "names no destination pigeon"),
        (["plan", "--destination", "csv_file", "--audience", "champs"], "there is no audience champs"),
        (["plan"], "klaviyo needs KLAVIYO_API_KEY"),
        (["apply", "."], "there is no plan in ."),
    ],
)
def test_what_cannot_be_done_is_said(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    result = run(*arguments)
    assert result.exit_code == 1 and words in result.output and "Traceback" not in result.output
