"""The days of the GA4 export in Dagster: one partition each, so that a person sees which have landed and can land some of them again.

The jobs land whatever is new, with no day picked; each day that they landed is told as a materialization of its own. A back-fill from
the UI lands the days picked, and those alone, in one run.
"""

import contextlib
import warnings
from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration.landing import Landed, Landing
from orchestration.landing.ga4 import land_export, landed_days
from orchestration.resources import Folders, Outside
from orchestration.sources import ga4
from orchestration.sources.errors import SourceError
from orchestration.sources.ga4_delivery import Deliveries
from orchestration.sources.table import Progress, Table

warnings.filterwarnings("ignore", "Parameter `backfill_policy`", dg.BetaWarning)  # Dagster would say so at every start
#: From the first exports of GA4 to today, whose events come in while it lasts.
DAYS = dg.DailyPartitionsDefinition(start_date="2019-01-01", end_offset=1)
#: One run for all days of a back-fill.
BACKFILL = dg.BackfillPolicy.single_run()


def picked_days(context: dg.AssetExecutionContext) -> list[date] | None:
    """The days that a back-fill is to land; `None` where none are picked. A job asks for everything new, whatever day its run is for."""
    is_picked = context.has_partition_key or context.has_partition_key_range
    if not is_picked or not context.job_name.startswith("__"):
        return None
    return [date.fromisoformat(key) for key in context.partition_keys]


def tell_days(context: dg.AssetExecutionContext, landed: Landed, picked: list[date] | None) -> None:
    """Says which days landed. Raises dg.Failure where a day that was picked did not; the others of them are told as landed then."""
    if picked is None or landed.failures:
        for day in landed_days(landed):
            context.log_event(dg.AssetMaterialization(context.asset_key, partition=day.isoformat()))
    if picked is not None and landed.failures:
        raise dg.Failure(" ".join(landed.failures), allow_retries=False)


def land_days(outside: Outside, landing: Landing, as_of: datetime, progress: Progress, days: Collection[date] | None = None) -> Landed:
    """Lands what is new of the GA4 export, or the given days, changed or not."""
    with found_days(outside) as find:
        return land_export(find, landing, as_of, progress, days)


def land_picked(days: list[date]) -> Callable[[Table, Outside, Folders, datetime, Progress], Landed]:
    """What lands the given days alone, changed or not."""
    return lambda _, outside, folders, as_of, progress: land_days(outside, folders.landing, as_of, progress, days)


@contextlib.contextmanager
def found_days(outside: Outside, newest: int | None = None) -> Iterator[Callable[[], Deliveries]]:
    """What lists the days of the export: in BigQuery where GA4_PROJECT is set (of its days the `newest` alone), else in GA4_FOLDER.
    Raises SourceError where neither is set."""
    project, dataset, endpoint = outside.ga4_bigquery
    if not project and outside.ga4_folder:
        yield lambda: ga4.deliveries(Path(outside.ga4_folder))
        return
    if not (project and dataset):
        remedy = "Set them in .env, or take the system out of vars.systems in dbt_project.yml."
        raise SourceError("ga4", "events", "neither GA4_PROJECT and GA4_DATASET nor GA4_FOLDER are set.", remedy)
    from orchestration.sources.bigquery.dataset import opened  # the client takes a second to import
    from orchestration.sources.ga4_bigquery import day_tables

    with opened(project, dataset, endpoint) as open_dataset:
        yield lambda: day_tables(open_dataset, newest)


def seen_days(outside: Outside) -> dict[str, list[Any]]:
    """What a look at the export tells of its days, by file or table: two values that change when the events do. Raises SourceError."""
    if not outside.ga4_bigquery[0] and outside.ga4_folder:
        folder = Path(outside.ga4_folder)
        if not folder.is_dir():
            raise SourceError("ga4", "events", f"there is no folder {folder}:", "set GA4_FOLDER to where the GA4 export writes")
        return {file.name: [file.stat().st_size, file.stat().st_mtime_ns] for file in sorted(folder.glob("events_*"))}
    with found_days(outside, newest=5) as find:
        return {delivery.name: [delivery.name, delivery.shown()] for delivery in find().days.values()}
