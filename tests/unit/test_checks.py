"""The gates in a run: what breaks a table stops everything to its right, a warning stops nothing, and no person is shown."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest
from shell_kit import Deployment, checks, failures, steps

from orchestration.assets.raw import RAW
from orchestration.checks import CHECKS
from orchestration.sources import shop

SUCCESS, START = dg.DagsterEventType.STEP_SUCCESS, dg.DagsterEventType.STEP_START
ORDERS = next(asset for asset in RAW if asset.key.path[-1] == "shop_orders")
#: Measured and judged beside the quarantine, whatever becomes of that.
ARRIVALS = ("raw__arrivals", "raw__arrivals_gate")
GATE = next(check for check in CHECKS if {key.asset_key for key in check.check_keys} == {ORDERS.key})


@dg.asset(deps=[ORDERS.key])
def to_the_right() -> None:
    """Something that reads the orders."""


def shop_db(deployment: Deployment) -> sqlite3.Connection:
    return sqlite3.connect(deployment.world / "shop.db")


def land_twice(deployment: Deployment) -> None:
    """A file of the landing zone is copied, as one who restores a backup may do: every order is there twice."""
    deployment.materialize(ORDERS)
    (landed,) = deployment.landing.files(shop.ORDERS)
    shutil.copy(landed, landed.with_name("restored.parquet"))


def test_a_good_table_passes(deployment: Deployment) -> None:
    run = deployment.materialize(ORDERS, GATE, to_the_right)
    assert "to_the_right" in steps(run, SUCCESS)
    gate = checks(run)["raw/shop_orders:gate"]
    assert gate.passed and gate.blocking
    assert gate.metadata["failures"].value == "none"
    assert gate.metadata["rows_judged"].value > 100
    page = Path(gate.metadata["data_docs"].value)
    assert page == deployment.data.resolve() / "data_docs" / "raw.shop_orders.html"
    assert "as expected" in page.read_text() and (page.parent / "index.html").exists()


def test_a_critical_failure_blocks_and_names_rows_and_remedy(deployment: Deployment) -> None:
    land_twice(deployment)
    run = deployment.materialize(ORDERS, GATE, to_the_right)
    assert not run.success
    assert steps(run, START) == {"raw__shop_orders", "raw__shop_orders_gate"}
    gate = checks(run)["raw/shop_orders:gate"]
    assert (gate.passed, gate.blocking, gate.severity) == (False, True, dg.AssetCheckSeverity.ERROR)
    with shop_db(deployment) as database:
        ids = {row[0] for row in database.execute("select order_id from orders")}
    said = gate.metadata["failures"].value
    assert said.startswith("- **critical**: raw.shop_orders.order_id+updated_at+_landed_at: ")
    named = said.split("the first: ")[1].split(". ")[0].split(", ")
    assert len(named) == 5 and set(named) <= ids
    assert gate.description in said  # the same words in the list of checks and in its page
    assert said.rstrip().endswith("."), "what to do ends the sentence"
    assert deployment.leaks() == []


def test_a_warning_is_shown_and_blocks_nothing(deployment: Deployment) -> None:
    with shop_db(deployment) as database:
        database.execute("update orders set currency = 'euro'")
    run = deployment.materialize(ORDERS, GATE, to_the_right)
    assert run.success and "to_the_right" in steps(run, SUCCESS)
    gate = checks(run)["raw/shop_orders:gate"]
    assert (gate.passed, gate.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "**warning**" in gate.metadata["failures"].value and "ISO 4217" in gate.metadata["failures"].value


def shift_columns(deployment: Deployment) -> None:
    """Names where the addresses belong, as after an import that slipped by a column."""
    with sqlite3.connect(deployment.world / "crm.db") as crm:
        crm.execute("update contacts set email = first_name || ' Secretname'")


def lose_orders(deployment: Deployment) -> None:
    """Two in five orders in a state that nobody knows: each is refused, and so many are a broken source."""
    with shop_db(deployment) as database:
        database.execute("update orders set status = 'lost' where rowid % 5 < 2")


@pytest.mark.parametrize(
    ("spoil", "table", "gate", "executed"),
    [
        (shift_columns, "crm_contacts", "crm_contacts", {"raw__crm_contacts"}),
        (lose_orders, "shop_orders", "quarantine", {"raw__shop_orders", "raw__shop_orders_gate", "raw__quarantine", *ARRIVALS}),
    ],
)
def test_in_the_deployment_a_broken_gate_stops_all_the_way_to_delivery(
    deployment: Deployment, spoil: Callable[[Deployment], None], table: str, gate: str, executed: set[str]
) -> None:
    spoil(deployment)
    key = dg.AssetKey(["raw", table])
    run = deployment.execute(dg.AssetSelection.assets(key).downstream())
    assert not run.success
    result = checks(run)[f"raw/{gate}:gate"]
    assert not result.passed and result.blocking
    assert {"warehouse", "decisions", "scores__churn", "delivery__messages", "delivery__audiences"} <= {
        node.name for node in run.job_def.nodes
    }
    assert steps(run, START) == executed | {f"raw__{gate}_gate"}
    assert set(failures(run)) <= {f"raw__{gate}_gate"}
    assert "mend the source" in result.description or "Check" in result.description
    assert "Secretname" not in deployment.said()
    assert deployment.leaks() == []
