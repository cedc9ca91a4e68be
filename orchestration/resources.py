"""Every resource of the project in one file, and the only place besides the command line that reads the environment.

What belongs here: where things are, how to reach them, what time it is. What does not: what is done with them.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DbtProject

from orchestration.landing import Landing
from orchestration.sources.errors import SourceError
from orchestration.sources.rest import Vendor
from orchestration.sources.rest.http import Api
from orchestration.warehouse import Warehouse

AS_OF_TAG = "regulars/as_of"
ROOT = Path(__file__).resolve().parent.parent
DBT_PROJECT = DbtProject(project_dir=ROOT / "dbt_project")


class Folders(dg.ConfigurableResource[None]):
    """Where the product keeps what it writes: everything lies below one folder."""

    root: str

    @property
    def data(self) -> Path:
        """The folder itself, absolute."""
        return Path(self.root).resolve()

    @property
    def landing(self) -> Landing:
        """The landing zone, where all but dbt hands over what it has."""
        return Landing(self.data / "landing")

    @property
    def acknowledged(self) -> Path:
        """What the providers are known to hold of each list, and what became of each row of its last syncs."""
        return self.data / "acknowledged"

    @property
    def collected_events(self) -> Path:
        """What the event collector keeps until it has landed."""
        return self.data / "collected" / "events"

    @property
    def collected_webhooks(self) -> Path:
        """What the receiver of webhooks keeps until it has landed."""
        return self.data / "collected" / "webhooks"


class Clock(dg.ConfigurableResource[None]):
    """What time it is: a run's tag `regulars/as_of`, else a clock file (a demo's), else the moment the run was created.

    source: `system`, or the path of a JSON file with `as_of`.
    """

    source: str

    def as_of(self, context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> datetime:
        """The instant that this run sees the world from: aware, UTC, the same in all its steps."""
        return self.as_of_run(context.instance, context.run)

    def as_of_run(self, instance: dg.DagsterInstance, run: dg.DagsterRun) -> datetime:
        """The same, of a run of which there is no more than its record."""
        tagged = run.tags.get(AS_OF_TAG)
        if tagged:
            return moment(tagged)
        if self.source != "system":
            return _read(self.source)
        record = instance.get_run_record_by_id(run.run_id)
        if record is None:
            raise dg.Failure(f"run {run.run_id} is not recorded; give it the tag {AS_OF_TAG}")
        created: datetime = record.create_timestamp
        return created.astimezone(UTC).replace(microsecond=0)

    def this_second(self) -> datetime:
        """What the clock says at this moment, whatever the run's instant is: for what may have happened since. Aware, UTC."""
        return datetime.now(UTC) if self.source == "system" else _read(self.source)


def now() -> datetime:
    """What the deployment's clock says: a demo's clock file, else the wall clock. For starting a run; in a run ask `Clock.as_of`."""
    source = os.environ["REGULARS_CLOCK"]
    return datetime.now(UTC).replace(microsecond=0) if source == "system" else _read(source)


def _read(clock: str) -> datetime:
    """What a clock's file says. Raises ValueError with what to do."""
    try:
        return moment(json.loads(Path(clock).read_text())["as_of"])
    except FileNotFoundError:
        remedy = "make run makes the demo shop and its clock; on your own systems set REGULARS_CLOCK=system"
        raise ValueError(f"{clock}, which says what day it is, is not there: {remedy}.") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f'{clock} does not say what day it is ({error}); it holds {{"as_of": "2026-06-30T09:00:00"}}.') from None


def moment(text: str) -> datetime:
    """An ISO 8601 instant as aware UTC, in whole seconds; one without an offset is taken as UTC. Raises ValueError with what was given."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"as_of {text!r} is no instant; write it like 2026-06-30T09:00:00+00:00") from error
    return (read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)).replace(microsecond=0)


class Outside(dg.ConfigurableResource[None]):
    """The systems around the product: where they are, and the credentials for them. All from the environment."""

    shop_url: str
    crm_url: str
    ga4_folder: str
    events_folder: str
    ledger_url: str
    ga4_project: str = ""
    ga4_dataset: str = ""
    ga4_endpoint: str = ""

    @property
    def ga4_bigquery(self) -> tuple[str, str, str]:
        """Project, dataset and endpoint of the GA4 export in BigQuery (GA4_PROJECT, GA4_DATASET, GA4_ENDPOINT); empty where it is read from
        files, or where the endpoint is Google's."""
        given = (self.ga4_project, self.ga4_dataset, self.ga4_endpoint)
        project, dataset, endpoint = (
            value or os.environ.get(name, "") for value, name in zip(given, ("GA4_PROJECT", "GA4_DATASET", "GA4_ENDPOINT"), strict=True)
        )
        return project, dataset, endpoint

    @property
    def dropped_events(self) -> Path | None:
        """The folder of event files that anyone may add to; `None` where there is none."""
        return Path(self.events_folder) if self.events_folder else None

    def url_of(self, system: str, vendor: str = "") -> str:
        """Where the database, the folder or the API of a system is: its variable `<SYSTEM>_URL`, else its vendor's. Raises SourceError."""
        known = {"shop": self.shop_url, "crm": self.crm_url}
        return known.get(system) or os.environ.get(f"{system.upper()}_URL") or vendor or _variable(system, "URL")

    @classmethod
    def of_environment(cls) -> "Outside":
        """As the deployment's resources are made, for a command."""
        return cls(**{name: os.environ.get(name.upper(), "") for name in cls.model_fields})

    def setting(self, variable: str) -> str:
        """What a variable of a provider holds, `` where it is not set. Read when it is asked for: the others' need not be there."""
        return os.environ.get(variable, "")

    def api_of(self, vendor: Vendor) -> Api:
        """A vendor's API, opened: at `<NAME>_URL` if set, with `<NAME>_TOKEN`, in `<NAME>_API_VERSION` where another is wanted."""
        version = self.setting(f"{vendor.name.upper()}_API_VERSION")
        return vendor.api(self.url_of(vendor.name, vendor.url), self.token_of(vendor.name), version)

    def token_of(self, system: str) -> str:
        """The token that a system's API is asked with: its variable `<SYSTEM>_TOKEN`. Raises SourceError where it is not set."""
        return _variable(system, "TOKEN")


def _variable(system: str, name: str) -> str:
    value = os.environ.get(f"{system.upper()}_{name}")
    if not value:
        remedy = "Set it in .env, or take the system out of vars.systems in dbt_project.yml."
        raise SourceError(system, "", f"{system.upper()}_{name} is not set.", remedy)
    return value


def resources() -> dict[str, Any]:
    """The resources of the deployment; a variable that is missing is named by Dagster when a run needs it."""
    return {
        "folders": Folders(root=dg.EnvVar("REGULARS_DATA")),
        "clock": Clock(source=dg.EnvVar("REGULARS_CLOCK")),
        "warehouse_reader": Warehouse(data=dg.EnvVar("REGULARS_DATA")),
        "outside": Outside(
            shop_url=dg.EnvVar("SHOP_URL"),
            crm_url=dg.EnvVar("CRM_URL"),
            ga4_folder=dg.EnvVar("GA4_FOLDER"),
            events_folder=dg.EnvVar("EVENTS_FOLDER"),
            ledger_url=dg.EnvVar("LEDGER_URL"),
        ),
    }
