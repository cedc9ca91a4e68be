"""HubSpot's contacts landed from a server, and looked at."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from hubspot_server import TOKEN

from orchestration.landing import Landed, Landing, land_rest
from orchestration.sources.hubspot import CONTACTS, HUBSPOT
from orchestration.sources.table import Table

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
OLD = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def land(url: str, folder: Path, as_of: datetime = NOW, table: Table = CONTACTS, version: str = "") -> Landed:
    return land_rest(HUBSPOT.of(table), HUBSPOT.api(url, TOKEN, version, sleep=lambda _: None), Landing(folder), as_of)


def landed(folder: Path, columns: str = "contact_id", table: Table = CONTACTS) -> list[Any]:
    return duckdb.connect().sql(f"select {columns} from {Landing(folder).scan(table)} order by all").fetchall()


def latest(folder: Path) -> dict[str, str]:
    """The e-mail of each contact that is not archived, as staging sees it: by the newest version."""
    gone_at = "max(case when _is_deleted then _landed_at end) over (partition by contact_id) as gone_at"
    versions = f"select *, {gone_at} from {Landing(folder).scan(CONTACTS)}"
    newest = "row_number() over (partition by contact_id order by updated_at desc, _landed_at desc) = 1"
    live = f"select * from ({versions}) where gone_at is null or _landed_at > gone_at qualify {newest}"
    return dict(duckdb.connect().sql(f"select contact_id, email from ({live})").fetchall())
