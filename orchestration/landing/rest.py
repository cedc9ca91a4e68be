"""Lands what an API lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain

import pyarrow as pa

from orchestration.landing.result import Landed
from orchestration.landing.rows import batches
from orchestration.landing.run import Wanted, land
from orchestration.landing.zone import Landing
from orchestration.sources import rest
from orchestration.sources.databases.sql import as_text
from orchestration.sources.reading import Malformed, Reading
from orchestration.sources.rest.http import Api
from orchestration.sources.table import Progress, silent


def land_rest(endpoints: Sequence[rest.Endpoint], api: Api, landing: Landing, as_of: datetime, progress: Progress = silent) -> Landed:
    """Lands what changed in the lists that fill one table since the last landing; the first time, all of it.

    What is deleted is told by a list of such records, or seen by comparing keys where the table declares `deletes`: those of a list of
    all that there are, or of the rows where these are read whole each time.
    as_of: aware, no later than now: what changes from then on is read again by the next landing. Raises SourceError.
    """
    table = endpoints[0].table
    landed = Landed(table.raw_name)
    short: list[str] = []
    aside: list[Malformed] = []
    live = [endpoint for endpoint in endpoints if not endpoint.says_deleted and not endpoint.says_present]
    gone = [endpoint for endpoint in endpoints if endpoint.says_deleted]
    present = [endpoint for endpoint in endpoints if endpoint.says_present]

    def lacks(words: str) -> None:
        landed.warnings.append(words)
        short.append(words)

    with landing.alone(table), api:
        since = landing.since(table)
        moments = iter([since])  # asked once more, all is wanted: a key is there that never came

        def read_rows(_: datetime | None) -> Iterator[pa.Table]:
            moment = next(moments, None)
            rows = (rest.rows(endpoint, api, moment, landed.warnings.append, lacks, aside.append) for endpoint in live)
            return batches(chain.from_iterable(rows), table.column_names)

        def read_keys() -> Iterator[pa.Table]:
            return batches(chain.from_iterable(rest.keys(endpoint, api, lacks) for endpoint in present), table.key)

        reading = Reading(
            read_rows,
            read_keys if present else None,
            malformed=lambda: aside,
            lacking=lambda: "fewer came than there are" if short else "",
            is_paged=True,
        )
        is_whole = not any(endpoint.since for endpoint in live)
        wanted = Wanted(
            since if all(endpoint.since for endpoint in live) else None,
            is_repeating=True,
            gives_all_keys=bool(present) or is_whole,
            deleted=([as_text(row[name]) for name in table.key] for endpoint in gone for row in rest.rows(endpoint, api, None)),
        )
        return land(table, reading, landing, as_of, landed, progress, wanted)
