"""The tables that the models read, of the people concerned alone: what was landed, and what the last run left."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pyarrow as pa

from orchestration.landing.zone import named
from orchestration.reactive.keys import is_theirs, orders_of
from orchestration.reactive.mirror import FLAT, NESTED, Mirror
from orchestration.reactive.settled import Plan
from orchestration.replay.scratch import DELIVERIES

LIMITS = "decisions.campaign_limits"
_MAY_BE_SENT = "status in ('accepted', 'unknown', 'sending')"

#: What every campaign may still send: less what was sent since the last run, and what others are about to get by that run.
_ROOM = f"""
create or replace table warehouse.{LIMITS} as
with known as (
    select message_id, campaign, status from kept.{DELIVERIES} where updated_at > (select decided_at - interval 8 days from kept.left.run)
    union all by name select message_id, campaign, status from concerned.ledger
),
sent as (
    select campaign, count(distinct message_id) as messages_count from known
    where {_MAY_BE_SENT} and message_id not in (select message_id from kept.left.sent) group by campaign
),
going as (
    select campaign, count(*) as messages_count from kept.left.going
    where profile_id not in (select profile_id from concerned.everybody)
        and message_id not in (select message_id from known where status <> 'pending')
    group by campaign
)
select limits.* replace (
    limits.room_count - coalesce(sent.messages_count, 0) - coalesce(going.messages_count, 0) as room_count
)
from kept.{LIMITS} as limits left join sent on limits.campaign = sent.campaign left join going on limits.campaign = going.campaign
"""


class Narrowed:
    """`narrow` makes the tables of a tick. plan: of the last refresh; what is about everybody is a view until the next."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, plan: Plan, mirror: Mirror) -> None:
        self._connection, self._queries = connection, dict[str, str]()
        for model in plan.left:
            if model.stage in ("seeds", "audiences") or model.table == LIMITS:
                continue
            described = connection.execute(f"describe kept.{model.table}").fetchall()
            self._add(model.table, [str(row[0]) for row in described])
        flat = [str(row[0]) for row in connection.execute(f"describe kept.{FLAT}").fetchall()] if NESTED in plan.raw else []
        if flat:
            self._add(FLAT, flat)
        raw = {table: mirror.columns(table) for table in plan.raw if table != NESTED}
        # what is found by its order comes after the orders
        for table in sorted(raw, key=lambda one: orders_of(one, raw[one]) is not None):
            self._add(table, raw[table])

    def _add(self, table: str, columns: list[str]) -> None:
        names = ", ".join(named(column) for column in columns if column != "_file")
        if condition := is_theirs(table, columns):
            self._queries[table] = f"create or replace table warehouse.{table} as select {names} from kept.{table} where {condition}"
        else:
            self._connection.execute(f"create or replace view warehouse.{table} as select {names} from kept.{table}")

    def is_whole(self, table: str) -> bool:
        """Whether the table is about everybody, and the same until something lands in it."""
        return table not in self._queries and table != LIMITS

    def narrow(self, ledger: pa.Table | None, at: datetime) -> None:
        """Makes the tables. ledger: rows of deliveries that did not land yet; what the ledger knows has happened by now."""
        for query in self._queries.values():
            self._connection.execute(query)
        stamps = f"timestamp '{at}' as _landed_at, false as _is_backfill, false as _is_deleted"
        self._connection.execute(f"create or replace table concerned.ledger as from warehouse.{DELIVERIES} limit 0")
        if ledger is not None and ledger.num_rows:
            self._connection.register("ledger_rows", ledger)
            past = ", ".join(f"least({one}, timestamp '{at}') as {one}" for one in ("claimed_at", "finished_at", "updated_at"))
            self._connection.execute(f"insert into concerned.ledger by name select * replace ({past}), {stamps} from ledger_rows")
            self._connection.unregister("ledger_rows")
            self._connection.execute(f"insert into warehouse.{DELIVERIES} from concerned.ledger")
        self._connection.execute(_ROOM)
