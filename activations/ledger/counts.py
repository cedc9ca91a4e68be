"""How many messages the ledger knows, for a report: counts alone, and nothing is locked or changed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from activations.ledger.tables import deliveries


def counted(url: str, since: datetime, until: datetime) -> list[tuple[str, str, int]]:
    """Messages that were claimed after `since` and up to `until` (aware): campaign, status, how many. None where there is no ledger yet."""
    named = sa.make_url(url)
    if named.get_backend_name() == "sqlite" and not Path(named.database or "").is_file():
        return []  # asking would make the file
    engine = sa.create_engine(url, hide_parameters=True)
    columns = deliveries.c
    query = sa.select(columns.campaign, columns.status, sa.func.count().label("messages"))
    query = query.where(columns.claimed_at > since, columns.claimed_at <= until).group_by(columns.campaign, columns.status)
    try:
        if not sa.inspect(engine).has_table(deliveries.name):
            return []
        with engine.connect() as connection:
            return [(row.campaign, row.status, row.messages) for row in connection.execute(query)]
    finally:
        engine.dispose()
