"""The product on a world of its own, in this process: the real assets, gates and resources, an instance in memory."""

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any
from unittest import mock

import dagster as dg
import duckdb

from orchestration.definitions import defs
from orchestration.landing import QUARANTINE, Landing
from orchestration.resources import resources

NOWHERE = "http://127.0.0.1:9"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
SECRETS = {"KLAVIYO_API_KEY": "pk_unspeakable", "TWILIO_AUTH_TOKEN": "unspeakable-token"}
ADDRESS = re.compile(r"[^\s@\"'<>|,;:=\\()]+@[^\s@\"'<>|,;:=\\()]+\.[a-zA-Z]{2,}")


class Deployment:
    """Below `folder`: `demo`, a copy of the given world, and `data`, what the product writes. `settings` replace environment variables."""

    def __init__(self, folder: Path, world: Path | None = None, **settings: str) -> None:
        self.world, self.data = folder / "demo", folder / "data"
        if world is not None:
            shutil.copytree(world, self.world)
        self.instance = dg.DagsterInstance.ephemeral()
        self.settings = {
            "REGULARS_DATA": str(self.data),
            "REGULARS_CLOCK": str(self.world / "clock.json"),
            "SHOP_URL": f"sqlite:///{self.world / 'shop.db'}",
            "CRM_URL": f"sqlite:///{self.world / 'crm.db'}",
            "GA4_FOLDER": str(self.world / "ga4"),
            "EVENTS_FOLDER": "",
            "GA4_PROJECT": "",
            "GA4_DATASET": "",
            "GA4_ENDPOINT": "",
            "SERVICE_URL": f"sqlite:///{self.world / 'service.db'}",
            "LEDGER_URL": f"sqlite:///{self.data / 'ledger.db'}",
            "KLAVIYO_URL": NOWHERE,
            "TWILIO_URL": NOWHERE,
            "TWILIO_ACCOUNT_SID": "AC" + "a" * 32,
            "TWILIO_SENDER": "+15005550006",
            "TWILIO_STATUS_CALLBACK": "",
            **SECRETS,
            **settings,
        }

    @property
    def landing(self) -> Landing:
        return Landing(self.data / "landing")

    def materialize(self, *assets: Any, tags: dict[str, str] | None = None, **changes: str) -> dg.ExecuteInProcessResult:
        """Materialises assets and runs checks, whatever fails; `changes` are settings of this run alone."""
        told: dict[str, Any] = {"raise_on_error": False, "run_config": QUIET, "tags": tags}
        with mock.patch.dict(os.environ, self.settings | changes):
            return dg.materialize(list(assets), resources=resources(), instance=self.instance, **told)

    def execute(self, selection: dg.AssetSelection) -> dg.ExecuteInProcessResult:
        """Runs a part of the deployment as it is defined, gates and all."""
        job = dg.define_asset_job("part", selection, executor_def=dg.in_process_executor)
        whole = dg.Definitions.merge(defs, dg.Definitions(jobs=[job]))
        with mock.patch.dict(os.environ, self.settings):
            return whole.resolve_job_def("part").execute_in_process(instance=self.instance, raise_on_error=False, run_config=QUIET)

    def said(self) -> str:
        """Everything that the runs recorded: messages, metadata, errors."""
        runs = self.instance.get_runs()
        return "\n".join(entry.to_json() for run in runs for entry in self.instance.all_logs(run.run_id))

    def leaks(self) -> list[str]:
        """Addresses that the runs recorded unmasked, and secrets."""
        said = self.said()
        return [found for found in ADDRESS.findall(said) if "***" not in found] + [secret for secret in SECRETS.values() if secret in said]

    def quarantined(self) -> dict[tuple[str, str], dict[str, Any]]:
        """What was refused, by reason and table: the row's key, the detail and the payload; of several rows the last."""
        with duckdb.connect() as connection:
            rows = connection.execute(
                f"select reason, table_name, row_key, detail, payload from {self.landing.scan(QUARANTINE)} order by quarantine_id"
            ).fetchall()
        return {
            (reason, table): {"key": key, "detail": detail, "payload": json.loads(payload)} for reason, table, key, detail, payload in rows
        }


def failures(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    """The steps that failed, with what they said to people."""
    found = {}
    for event in result.all_events:
        if event.event_type == dg.DagsterEventType.STEP_FAILURE:
            said = event.step_failure_data
            found[str(event.step_key)] = str(said.user_failure_data.description if said.user_failure_data else said.error)
    return found


def steps(result: dg.ExecuteInProcessResult, kind: dg.DagsterEventType) -> set[str]:
    """The steps to which this happened."""
    return {str(event.step_key) for event in result.all_events if event.event_type == kind}


def metadata(result: dg.ExecuteInProcessResult, key: str) -> dict[str, Any]:
    """What an asset shows of itself; of an asset in days, what it shows of all of them."""
    told = [event.materialization for event in result.get_asset_materialization_events() if event.asset_key.to_user_string() == key]
    (found,) = [materialization for materialization in told if materialization.partition is None]
    return {name: value.value for name, value in found.metadata.items()}


def checks(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    """The evaluations of checks, by `asset:check`."""
    return {f"{found.asset_key.to_user_string()}:{found.check_name}": found for found in result.get_asset_check_evaluations()}
