"""Whom syncs took off a list, as their row logs tell: those that a run has read, and those that wait for the next one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa

from activations.syncs.comparison import TAKEN_OFF
from orchestration.landing.zone import quoted
from orchestration.warehouse import Warehouse

_READ = "select profile_id, destination, audience, action, outcome, synced_at from staging.stg_feedback__sync_rows"
_WAITING = 'select profile_id, destination, audience, action, outcome, "at" from read_parquet([{logs}])'
_QUERY = """
    with removed as (
        select profile_id, max(synced_at) as at from ({rows})
        where destination = $destination and audience = $audience and action = 'removed' and outcome = 'accepted'
        group by profile_id
    )
    select removed.profile_id, addresses.address, removed.at from removed
    left join identity.profile_ids as ids on removed.profile_id = ids.profile_id
    left join profiles.addresses as addresses on coalesce(ids.current_profile_id, removed.profile_id) = addresses.profile_id
    where removed.profile_id is not null
"""


def taken_off(warehouse: Warehouse, logs: Callable[[], Sequence[Path]], destination: str, audience: str) -> pa.Table:
    """By the profile_id that the provider was told, with each address that the person has now."""
    with warehouse.open() as connection:
        waiting = [path for path in logs() if path.parent.name == audience and path.parent.parent.name == destination]
        rows = [_READ, *([_WAITING.format(logs=", ".join(map(quoted, waiting)))] if waiting else [])]
        query = _QUERY.format(rows=" union all ".join(rows))
        found = connection.sql(query, params={"destination": destination, "audience": audience}).to_arrow_table()
    return found.cast(TAKEN_OFF)
