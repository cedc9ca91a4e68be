"""Systems that are not there: each asset says which and what to do, without a password, and the others go on."""

import shutil

import dagster as dg
from delivery_kit import free_port
from shell_kit import Deployment, failures, steps

from orchestration.assets.quarantine import quarantine
from orchestration.assets.raw import RAW

ASSETS = {asset.key.path[-1]: asset for asset in RAW}


def test_a_missing_database_and_a_missing_export(deployment: Deployment) -> None:
    (deployment.world / "shop.db").unlink()
    shutil.rmtree(deployment.world / "ga4")
    run = deployment.materialize(*RAW, quarantine)
    said = failures(run)
    assert set(said) == {f"raw__{name}" for name in ASSETS if not name.startswith(("crm_", "service_"))}
    missing = deployment.world / "shop.db"
    assert said["raw__shop_orders"] == (f"shop.orders: there is no SQLite file {missing}. Check the path, or create the database first.")
    assert said["raw__ga4_events"] == (
        f"ga4.events: there is no folder {deployment.world / 'ga4'}. Check the path, or let the export write there."
    )
    assert steps(run, dg.DagsterEventType.STEP_SUCCESS) == {f"raw__{name}" for name in ASSETS if name.startswith(("crm_", "service_"))}
    assert not missing.exists()
    assert {path.name for path in deployment.landing.root.rglob("*.parquet") if not {"crm", "service"} & set(path.parts)} <= {
        "_schema.parquet"
    }


def test_an_export_without_a_day(deployment: Deployment) -> None:
    for day in (deployment.world / "ga4").iterdir():
        day.unlink()
    said = failures(deployment.materialize(ASSETS["ga4_events"]))
    assert said["raw__ga4_events"].endswith("holds no day file. Name the files events_YYYYMMDD.parquet or .jsonl, or check the path.")


def test_a_database_that_does_not_answer_is_named_without_its_password(deployment: Deployment) -> None:
    address = f"127.0.0.1:{free_port()}/crm"
    run = deployment.materialize(
        *(ASSETS[name] for name in ("crm_contacts", "shop_refunds")), CRM_URL=f"postgresql+psycopg://ann:hunter2@{address}"
    )
    said = failures(run)
    assert set(said) == {"raw__crm_contacts"}
    assert said["raw__crm_contacts"].startswith(f"crm.contacts: postgresql+psycopg://ann:***@{address} answered: ")
    assert "nothing was changed here" in said["raw__crm_contacts"]
    assert "hunter2" not in deployment.said()


def test_a_word_that_is_no_url_is_said(deployment: Deployment) -> None:
    said = failures(deployment.materialize(ASSETS["shop_orders"], SHOP_URL="shop at the corner, password=hunter2"))
    assert said["raw__shop_orders"].startswith("shop.orders: its URL cannot be used (ArgumentError). Give an SQLAlchemy URL")
    assert "hunter2" not in deployment.said()
