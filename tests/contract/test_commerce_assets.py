"""The assets of the commerce systems and the command of the collector, wired by the environment as in a deployment."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from api_kit import serving
from click.testing import CliRunner
from collector_kit import TOKEN as SENDER_TOKEN
from collector_kit import event
from shell_kit import Deployment
from shopify_server import TOKEN, Shopify
from test_source_shopify import sample

from orchestration.assets.raw import raw_assets
from orchestration.cli import main


def deployed(folder: Path) -> Deployment:
    deployment = Deployment(folder)
    deployment.world.mkdir()
    (deployment.world / "clock.json").write_text('{"as_of": "2026-06-30T09:00:00+00:00"}')
    return deployment


def test_shopify_lands_by_its_own_variables_and_nothing_personal_is_recorded(tmp_path: Path) -> None:
    deployment = deployed(tmp_path)
    shop = Shopify(sample("customers"), sample("orders"), sample("products"))
    shop.customers[0]["defaultEmailAddress"]["emailAddress"] = "ann@example.com"
    with serving(shop.answer) as running:
        result = deployment.materialize(*raw_assets(["shopify"]), SHOPIFY_URL=running.url, SHOPIFY_TOKEN=TOKEN)
    assert result.success
    landed = {one.asset_key.path[-1] for one in result.get_asset_materialization_events() if one.asset_key}
    assert landed == {
        f"shopify_{name}" for name in ("customers", "orders", "order_lines", "refunds", "refund_lines", "fulfillments", "products")
    }
    assert deployment.leaks() == []
    assert TOKEN not in deployment.said()


def test_a_system_without_its_variables_is_told_which_to_set(tmp_path: Path) -> None:
    deployment = deployed(tmp_path)
    assert not deployment.materialize(*raw_assets(["woocommerce"])[:1]).success
    assert "WOOCOMMERCE_URL is not set" in deployment.said()


def test_collected_and_dropped_events_land_by_the_asset(tmp_path: Path) -> None:
    deployment = deployed(tmp_path)
    spool, dropped = deployment.data / "collected" / "events", tmp_path / "dropped"
    spool.mkdir(parents=True)
    dropped.mkdir()
    (spool / "a.jsonl").write_text('{"event_id": "1", "event_name": "x", "event_at": "2026-06-29T08:00:00Z", "email": "ann@example.com"}\n')
    (dropped / "b.csv").write_text("event_id,event_name,event_at\n2,x,2026-06-29T08:00:00Z\n")
    assert deployment.materialize(*raw_assets(["collector"]), EVENTS_FOLDER=str(dropped)).success
    (asset,) = raw_assets(["collector"])
    (materialization,) = deployment.instance.fetch_materializations(asset.key, limit=5).records
    assert materialization.asset_materialization is not None
    assert materialization.asset_materialization.metadata["rows_landed"].value == 2
    assert list(spool.iterdir()) == []
    assert deployment.leaks() == []


def test_the_command_answers_until_it_is_told_to_stop(tmp_path: Path) -> None:
    environment = {**os.environ, "REGULARS_DATA": str(tmp_path), "SHOP_URL": "sqlite:///shop.db", "COLLECTOR_TOKEN": SENDER_TOKEN}
    command = [sys.executable, "-m", "orchestration.cli", "collect", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        url = line.removeprefix("events: POST ").strip()
        try:
            headers = {"Authorization": f"Bearer {SENDER_TOKEN}"}
            answer = requests.post(url, json=event(1), headers=headers, timeout=30)
        finally:
            process.send_signal(signal.SIGTERM)
            rest = process.communicate(timeout=30)[1]
    assert answer.status_code == 202, rest
    assert [path.read_text().count("\n") for path in (tmp_path / "collected" / "events").glob("*.jsonl")] == [1]
    assert "Traceback" not in rest


@pytest.mark.parametrize(("shop", "token", "told"), [("sqlite:///shop.db", "short", "COLLECTOR_TOKEN"), ("", SENDER_TOKEN, "demo shop")])
def test_the_command_says_what_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shop: str, token: str, told: str) -> None:
    for name, value in {"REGULARS_DATA": str(tmp_path), "SHOP_URL": shop, "COLLECTOR_TOKEN": token}.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(main, ["collect", "--port", "0"])
    assert (result.exit_code, told in result.output) == (1, True), result.output
