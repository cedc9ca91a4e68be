"""What changed in a source's table since it was landed: read and judged as a landing does, but not landed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

import pyarrow as pa

from activations.webhooks.registry import VENDORS as READERS
from orchestration import feedback
from orchestration.landing import Landing, waiting_webhooks
from orchestration.landing.rows import BATCH_ROWS, batches
from orchestration.landing.rules import judge
from orchestration.landing.zone import connect
from orchestration.resources import Outside
from orchestration.sources import rest
from orchestration.sources.catalogue import VENDORS
from orchestration.sources.engagement import ENGAGEMENT, WEBHOOK_EVENTS
from orchestration.sources.errors import TableMissingError
from orchestration.sources.open import opened
from orchestration.sources.table import Table


def changed(table: Table, outside: Outside, landing: Landing, webhooks: Path, now: datetime) -> pa.Table:
    """The good rows that changed since the last landing, and those of its overlap, typed and stamped as landed ones. webhooks: where the
    receiver keeps what it was told. Raises SourceError."""
    parts: list[pa.Table] = []
    with connect() as connection:
        for rows in _read(table, outside, landing, webhooks):
            connection.register("batch", rows)
            stamps = "cast($now as timestamp) as _landed_at, false as _is_backfill, false as _is_deleted"
            names = ", ".join(f'"{name}"' for name in table.column_names)
            query = f"select {names}, {stamps} from ({judge(table, now)}) where _reason is null"
            parts.append(connection.sql(query, params={"now": now.replace(tzinfo=None)}).to_arrow_table())
        connection.execute(f"create or replace temp table nothing ({table.ddl})")
        return pa.concat_tables([connection.sql("from nothing").to_arrow_table(), *parts], promote_options="permissive")


def _read(table: Table, outside: Outside, landing: Landing, webhooks: Path) -> Iterator[pa.Table]:
    landing.declare(table)
    since = landing.since(table)
    if table is ENGAGEMENT:
        yield from batches(feedback.engagement(outside, landing, _briefly), table.column_names)
    elif table is WEBHOOK_EVENTS:
        yield from batches(waiting_webhooks(webhooks, READERS), table.column_names)
    elif table.source in VENDORS:
        vendor = VENDORS[table.source]
        with outside.api_of(vendor) as api:
            live = [endpoint for endpoint in vendor.of(table) if not (endpoint.says_deleted or endpoint.says_present)]
            yield from batches(chain.from_iterable(rest.rows(endpoint, api, since) for endpoint in live), table.column_names)
    else:
        try:
            with opened(table, outside.url_of(table.source), batch_rows=BATCH_ROWS) as reading:
                width = len(table.column_names)
                yield from (rows.select(range(width)) for rows in reading.read_rows(since))
        except TableMissingError:
            if not table.optional:
                raise


def _briefly(seconds: float) -> None:
    """A provider that is down is waited for by the delivery itself; here it is asked again at once."""


#: A row that is in the source now is known now, whatever the run's clock says; the rules let times of up to a day ahead pass.
AHEAD = timedelta(days=1)
