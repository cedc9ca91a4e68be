"""What was sent and what became of it, as a source like any other: the loop closes here, on the next run."""

from typing import Any

from activations.ledger import Ledger
from orchestration.assets.raw import landed_asset
from orchestration.landing import Landed, land_rows, land_sql
from orchestration.resources import Folders, Outside
from orchestration.sources import engagement, klaviyo, ledger, twilio
from orchestration.sources.table import Progress, Table


def _deliveries(table: Table, outside: Outside, folders: Folders, as_of: Any, progress: Progress) -> Landed:
    Ledger(outside.ledger_url).close()  # makes the table where nothing was ever delivered
    return land_sql(table, outside.ledger_url, folders.landing, as_of, progress)


def _engagement(table: Table, outside: Outside, folders: Folders, as_of: Any, progress: Progress) -> Landed:
    landing = folders.landing
    since = {name: landing.since(table, destination=name) for name in ("klaviyo", "twilio")}

    def rows() -> Any:
        yield from klaviyo.engagement(outside.klaviyo_url, outside.klaviyo_api_key, since["klaviyo"])
        yield from twilio.engagement(outside.twilio_url, outside.twilio_account_sid, outside.twilio_auth_token, since["twilio"])

    return land_rows(table, rows(), landing, as_of, progress=progress)


FEEDBACK = [
    landed_asset(ledger.DELIVERIES, _deliveries, "feedback"),
    landed_asset(engagement.ENGAGEMENT, _engagement, "feedback"),
]
