"""How old a raw table may be, and who answers for it: by the run's clock, never by this machine's."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest
from landing_kit import AS_OF
from shell_kit import Deployment, checks

from orchestration.assets.raw import FRESH, RAW
from orchestration.freshness import promise
from orchestration.sources import shop
from orchestration.sources.catalogue import TABLES

DECLARED = "systems: {shop: {owner: 'team:x', hours: 24}}\ntables: {shop_products: {hours: 200}}\nlanded_within_hours: 30\n"


def test_every_table_has_an_owner_and_an_age() -> None:
    assert all(promise(table).owner and promise(table).newest > timedelta() for table in TABLES)


def test_a_table_may_differ_from_its_system(tmp_path: Path) -> None:
    declared = tmp_path / "freshness.yaml"
    declared.write_text(DECLARED)
    found = {table.name: promise(table, declared).newest for table in (shop.ORDERS, shop.PRODUCTS)}
    assert found == {"orders": timedelta(hours=24), "products": timedelta(hours=200)}
    assert promise(shop.PRODUCTS, declared).owner == "team:x"


def test_a_system_that_nobody_owns_is_named(tmp_path: Path) -> None:
    declared = tmp_path / "freshness.yaml"
    declared.write_text("systems: {crm: {owner: 'team:x', hours: 1}}\nlanded_within_hours: 30\n")
    with pytest.raises(ValueError, match=r"systems\.shop needs an owner and hours"):
        promise(shop.ORDERS, declared)


def test_the_age_is_told_with_whom_to_ask() -> None:
    promised = promise(shop.ORDERS)
    assert promised.judged(AS_OF - promised.newest, AS_OF) == (True, "the newest row is 24 h old, 24 h may be.")
    assert promised.judged(None, AS_OF)[0]
    is_fresh, words = promised.judged(AS_OF - timedelta(hours=1000), AS_OF)
    assert not is_fresh and words.endswith("1,000 h old, 24 h may be. Ask team:shop whether the source still writes.")


def test_a_source_that_stopped_writing_is_warned_of_and_lands_all_the_same(deployment: Deployment) -> None:
    with sqlite3.connect(deployment.world / "shop.db") as database:
        database.execute("delete from orders where updated_at > '2026-06-01'")
    assets = [asset for asset in RAW if asset.key.path[-1] in ("shop_orders", "crm_contacts")]
    run = deployment.materialize(*assets)
    assert run.success
    stale, fresh = (checks(run)[f"raw/{name}:{FRESH}"] for name in ("shop_orders", "crm_contacts"))
    assert (stale.passed, stale.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "Ask team:shop" in stale.description
    assert fresh.passed
    orders = next(asset for asset in assets if asset.key.path[-1] == "shop_orders")
    assert orders.specs_by_key[orders.key].owners == ["team:shop"]
