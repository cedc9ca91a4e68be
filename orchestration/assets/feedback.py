"""What was sent and what became of it, as a source like any other: the loop closes here, on the next run."""

from typing import Any

import dagster as dg

from activations.ledger import Ledger
from activations.webhooks.registry import VENDORS
from orchestration.assets.raw import landed_asset
from orchestration.destinations import destinations, policy_of
from orchestration.feedback import engagement, suppressed
from orchestration.landing import Landed, land_logs, land_rows, land_sql, land_webhooks
from orchestration.resources import Folders, Outside
from orchestration.sources import ledger
from orchestration.sources.engagement import ENGAGEMENT, WEBHOOK_EVENTS
from orchestration.sources.suppressions import SUPPRESSIONS
from orchestration.sources.sync_rows import IN_THE_LOG, SYNC_ROWS
from orchestration.sources.table import Progress, Table


def _from_ledger(table: Table, outside: Outside, folders: Folders, as_of: Any, progress: Progress) -> Landed:
    Ledger(outside.ledger_url).close()  # makes the tables where nothing was ever delivered
    return land_sql(table, outside.ledger_url, folders.landing, as_of, progress)


def _engagement(table: Table, outside: Outside, folders: Folders, as_of: Any, progress: Progress) -> Landed:
    return land_rows(table, engagement(outside, folders.landing, as_of=as_of), folders.landing, as_of, progress=progress)


def _webhook_events(_: Table, __: Outside, folders: Folders, as_of: Any, progress: Progress) -> Landed:
    return land_webhooks(folders.collected_webhooks, VENDORS, folders.landing, as_of, progress)


def _suppressions(table: Table, outside: Outside, folders: Folders, as_of: Any, progress: Progress) -> Landed:
    try:
        asked = destinations(policy_of().names, outside, folders)
    except ValueError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    return land_rows(table, suppressed(asked, folders.landing, as_of), folders.landing, as_of, progress=progress)


def _sync_rows(table: Table, _: Outside, folders: Folders, as_of: Any, __: Progress) -> Landed:
    logs = sorted(folders.acknowledged.glob("*/*/*.log.parquet"), key=lambda path: path.name)
    return land_logs(table, logs, folders.landing, as_of, IN_THE_LOG)


FEEDBACK = [
    landed_asset(ledger.DELIVERIES, _from_ledger, "feedback"),
    landed_asset(ledger.ATTEMPTS, _from_ledger, "feedback"),
    landed_asset(ENGAGEMENT, _engagement, "feedback"),
    landed_asset(WEBHOOK_EVENTS, _webhook_events, "feedback"),
    landed_asset(SUPPRESSIONS, _suppressions, "feedback"),
    landed_asset(SYNC_ROWS, _sync_rows, "feedback"),
]
