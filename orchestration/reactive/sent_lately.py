"""What the ledger knows and no run has landed yet, as rows of raw.feedback_deliveries: for decisions that follow each other in seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import sqlalchemy as sa

from activations.ledger import Ledger
from activations.ledger.tables import deliveries

#: A run's messages bear its instant, and a run may take long; what is landed already does no harm.
LOOKED_BACK = timedelta(days=2)
_TEXTS = ("message_id", "campaign", "profile_id", "channel", "destination", "status", "provider_ref")
_TIMES = ("claimed_at", "finished_at", "updated_at")
_SCHEMA = pa.schema([*((name, pa.string()) for name in _TEXTS), *((name, pa.timestamp("us")) for name in _TIMES)])


def sent_lately(url: str, at: datetime) -> pa.Table:
    """The rows that changed within two days before an instant (aware). Makes the ledger where there is none."""
    ledger = Ledger(url)
    columns = deliveries.c
    query = sa.select(*(columns[name] for name in _SCHEMA.names)).where(columns.updated_at > at - LOOKED_BACK)
    try:
        rows = ledger.database.read(lambda connection: connection.execute(query).all())
    finally:
        ledger.close()
    naive = [{**row._asdict(), **{name: _naive(row._asdict()[name]) for name in _TIMES}} for row in rows]
    return pa.Table.from_pylist(naive, _SCHEMA)


def _naive(at: datetime | None) -> datetime | None:
    return at and at.astimezone(UTC).replace(tzinfo=None)


def unsettled(url: str, message_ids: list[str]) -> set[str]:
    """Those of the messages that neither a provider has, nor refused, nor may have."""
    ledger = Ledger(url)
    try:
        known = ledger.statuses(message_ids)
    finally:
        ledger.close()
    return {name for name in message_ids if known.get(name, "pending") == "pending"}
