"""Lands what an API lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import chain

from orchestration.landing.result import Landed
from orchestration.landing.rows import land_rows
from orchestration.landing.zone import Landing
from orchestration.sources import rest
from orchestration.sources.http import Api
from orchestration.sources.table import Progress, silent


def land_rest(endpoints: Sequence[rest.Endpoint], api: Api, landing: Landing, as_of: datetime, progress: Progress = silent) -> Landed:
    """Lands what changed in the lists that fill one table since the last landing; the first time, all of it.

    as_of: aware, no later than now: what changes from then on is read again by the next landing. Raises SourceError.
    """
    table = endpoints[0].table
    warnings: list[str] = []
    live = [endpoint for endpoint in endpoints if not endpoint.says_deleted]
    gone = [endpoint for endpoint in endpoints if endpoint.says_deleted]
    with landing.alone(table), api:
        since = landing.since(table)
        rows = chain.from_iterable(rest.rows(endpoint, api, since, warnings.append) for endpoint in live)
        deleted = ([row[name] for name in table.key] for endpoint in gone for row in rest.rows(endpoint, api, None))
        compared = since if all(endpoint.since for endpoint in live) else None
        landed = land_rows(table, rows, landing, as_of, since=compared, progress=progress, deleted=deleted)
    landed.warnings += warnings
    return landed
