"""A broken tracking link, a trigger that asks for everybody and a provider that is down: each alerted by one reactive run, named rightly.

Slow: a daily run and four reactive ones on a small shop with eight planted weeks.
"""

import json
import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import dagster as dg
import duckdb
import pytest
import requests
from alerts_kit import incidents, open_now, receiving
from carts_left import leave_a_cart
from shell_kit import QUIET, Deployment, checks, failures

from demo.provider.server import running
from orchestration.definitions import defs
from orchestration.landing import land_rows
from orchestration.sources.engagement import ENGAGEMENT

MORNING = datetime(2026, 6, 30, 9, tzinfo=UTC)
A_DAY = 150
CAMPAIGN = "cart_abandoned"


def run(deployment: Deployment, job: str, at: datetime) -> dg.ExecuteInProcessResult:
    (deployment.world / "clock.json").write_text(json.dumps({"as_of": at.isoformat()}))
    with mock.patch.dict(os.environ, deployment.settings):
        return defs.resolve_job_def(job).execute_in_process(instance=deployment.instance, raise_on_error=False, run_config=QUIET)


def plant(deployment: Deployment, sent_at: datetime, landed_at: datetime, clicks: bool = True) -> None:
    """A day's messages, each as accepted, all delivered, four in ten opened, every second of these clicked."""
    ids = [f"planted-{sent_at:%Y%m%d%H}-{number}" for number in range(A_DAY)]
    said = f"{sent_at:%Y-%m-%d %H:%M:%S}.000000"
    with sqlite3.connect(deployment.data / "ledger.db") as ledger:
        ledger.executemany(
            "insert into deliveries (message_id, campaign, profile_id, channel, destination, status, attempts, claimed_at, finished_at,"
            " updated_at, fence) values (?, ?, ?, 'email', 'klaviyo', 'accepted', 1, ?, ?, ?, 0)",
            [(one, CAMPAIGN, f"p-{one}", said, said, said) for one in ids],
        )

    def happened(one: str, status: str, minutes: int) -> dict[str, object]:
        told = {"event_id": f"{one}:{status}", "destination": "klaviyo", "channel": "email", "status": status, "message_id": one}
        return told | {"is_machine": False, "occurred_at": sent_at + timedelta(minutes=minutes)}

    rows = [happened(one, "delivered", 1) for one in ids]
    rows += [happened(one, "opened", 20) for place, one in enumerate(ids) if place % 10 < 4]
    rows += [happened(one, "clicked", 25) for place, one in enumerate(ids) if place % 10 < 2 and clicks]
    landed = land_rows(ENGAGEMENT, rows, deployment.landing, landed_at)
    assert not landed.quarantined


def customers(world: Path) -> list[str]:
    with sqlite3.connect(world / "shop.db") as shop:
        return [row[0] for row in shop.execute("select customer_id from customers")]


@pytest.fixture
def calm(deployment: Deployment) -> Iterator[tuple[Deployment, str]]:
    """The shop after its first day and eight weeks that were planted behind it; and the provider's address."""
    with running(deployment.world) as provider:
        deployment.settings |= {"KLAVIYO_URL": provider.url, "TWILIO_URL": provider.url}
        first = run(deployment, "daily", MORNING)
        assert first.success, failures(first)
        assert open_now(deployment.data) == {}, "no alert without history"
        for day in range(1, 59):
            plant(deployment, MORNING - timedelta(days=day), MORNING)
        with duckdb.connect(str(deployment.data / "warehouse.duckdb")) as warehouse:
            # every day before was like this one
            warehouse.execute(
                "insert into decisions.decision_history by name select * exclude (day) replace (message_id || '-' || day as message_id,"
                " decided_at - interval 1 day * day as decided_at)"
                " from decisions.decision_history cross join range(1, 58) as days (day) where kind = 'message'"
            )
        yield deployment, provider.url


@pytest.mark.slow
def test_each_incident_is_alerted_within_one_reactive_run_and_named(calm: tuple[Deployment, str]) -> None:
    deployment, url = calm
    data = deployment.data
    with receiving() as receiver:
        deployment.settings |= {"ALERT_WEBHOOK_URL": receiver.url, "ALERT_WEBHOOK_SECRET": "whisper"}
        quiet = run(deployment, "reactive", MORNING)
        assert quiet.success, failures(quiet)
        assert checks(quiet)["alerts/incidents:everything_is_as_usual"].passed
        assert open_now(data) == {} and receiver.heard == []

        # the link is broken from this morning on: opens go on, clicks are none
        plant(deployment, MORNING + timedelta(hours=1), MORNING + timedelta(hours=12), clicks=False)
        link = run(deployment, "reactive", MORNING + timedelta(hours=12))
        assert link.success, failures(link)
        assert open_now(data) == {("clicked", CAMPAIGN, "drop"): "link"}
        answered = checks(link)["alerts/incidents:everything_is_as_usual"]
        assert not answered.passed and answered.severity == dg.AssetCheckSeverity.ERROR and "Clicks" in str(answered.description)

        leave_a_cart(deployment.world, MORNING + timedelta(hours=12, minutes=5), customers(deployment.world))
        spike = run(deployment, "reactive", MORNING + timedelta(hours=13))
        assert spike.success, failures(spike)
        assert open_now(data) == {("clicked", CAMPAIGN, "drop"): "link", ("requested", CAMPAIGN, "spike"): "source"}

        requests.post(f"{url}/_faults", json={"match": ".*", "kind": "503", "times": None}, timeout=5).raise_for_status()
        down = run(deployment, "reactive", MORNING + timedelta(hours=13, minutes=10))
        assert not down.success
        assert open_now(data)[("sent", "klaviyo", "drop")] == "provider"

        requests.delete(f"{url}/_faults", timeout=5).raise_for_status()
        back = run(deployment, "reactive", MORNING + timedelta(hours=13, minutes=20))
        assert back.success, failures(back)
        assert ("sent", "klaviyo", "drop") not in open_now(data)
    told = [(body["event"], body["alert"]["step"], body["alert"]["name"]) for body in receiver.bodies]
    assert told[:2] == [("opened", "clicked", CAMPAIGN), ("opened", "requested", CAMPAIGN)]
    assert set(told[2:]) >= {("opened", "sent", "klaviyo"), ("closed", "sent", "klaviyo")}
    assert len(told) == len(set(told)) == len({headers["webhook-id"] for headers, _ in receiver.heard})
    assert all(one.told_opened_at for one in incidents(data))
    assert deployment.leaks() == []
