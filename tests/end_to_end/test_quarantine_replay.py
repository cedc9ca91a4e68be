"""Refused rows from the terminal and from the launchpad: the demo's own bad rows, mended and landed."""

import sqlite3
from pathlib import Path
from unittest import mock

import pytest
from click.testing import CliRunner
from shell_kit import Deployment, metadata

from orchestration.assets.quarantine import quarantine
from orchestration.assets.raw import RAW
from orchestration.definitions import defs
from orchestration.landing.entries import entries
from orchestration.quarantine_command import quarantine as command

SHOP = [asset for asset in RAW if asset.key.path[-1] in ("shop_orders", "shop_order_lines")]
ADDRESS = "ann.secret@example.com"


@pytest.fixture
def spoiled(deployment: Deployment) -> Deployment:
    """Two orders of an unknown status, whose customer has an address."""
    with sqlite3.connect(deployment.world / "shop.db") as database:
        database.execute("delete from orders where order_id like 'O9%'")
        database.execute("update orders set status = 'lost', email = ? where order_id in (select order_id from orders limit 2)", [ADDRESS])
    assert deployment.materialize(*SHOP, quarantine).success
    return deployment


def regulars(deployment: Deployment, *arguments: str) -> str:
    with mock.patch.dict("os.environ", deployment.settings):
        done = CliRunner().invoke(command, arguments)
    assert done.exit_code == 0, done.output
    return done.output


def test_listed_shown_mended_and_landed_from_the_terminal(spoiled: Deployment, tmp_path: Path) -> None:
    listed = regulars(spoiled, "list", "--table", "shop_orders")
    assert listed.count("status_unknown") == 2 and "status is 'lost', which must be one of" in listed and ADDRESS not in listed
    id_ = listed.split()[0]
    assert ADDRESS not in regulars(spoiled, "show", id_) and ADDRESS in regulars(spoiled, "show", id_, "--reveal")
    regulars(spoiled, "fix", id_, "--set", "status=paid")
    assert "1 rows landed, 1 stay" in regulars(spoiled, "replay", "--table", "shop_orders")
    assert "replayed" in regulars(spoiled, "show", id_)
    assert regulars(spoiled, "list", "--table", "shop_orders").count("status_unknown") == 1
    assert "1 rows in" in regulars(spoiled, "export", str(tmp_path / "rows.csv"), "--table", "shop_orders")


def test_mended_and_landed_from_the_launchpad(spoiled: Deployment) -> None:
    before = spoiled.landing.count(next(table for table in _tables() if table.raw_name == "shop_orders"))
    config = {"ops": {"raw__quarantine": {"config": {"table": "shop_orders", "reason": "status_unknown", "fixes": {"status": "paid"}}}}}
    with mock.patch.dict("os.environ", spoiled.settings):
        job = defs.resolve_job_def("quarantine_replay")
        done = job.execute_in_process(instance=spoiled.instance, run_config=config)
    shown = metadata(done, "raw/quarantine")
    assert (shown["rows_replayed"], shown["rows_still_bad"]) == (2, 0)
    assert "| shop_orders | status_unknown | 0 | 2 | 0 | status is 'lost'" in shown["by_reason"]
    assert spoiled.landing.count(next(table for table in _tables() if table.raw_name == "shop_orders")) == before + 2
    assert {entry.state for entry in entries(spoiled.landing, table="shop_orders", state="")} == {"replayed"}
    assert spoiled.leaks() == []


def _tables() -> tuple:
    from orchestration.sources import shop

    return shop.TABLES
