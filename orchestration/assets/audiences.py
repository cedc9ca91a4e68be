"""The audiences to the lists at the providers, with the least that must be said."""

from dataclasses import fields
from datetime import datetime

import dagster as dg
import pandas as pd

from activations.ledger import Ledger
from activations.syncs.report import RemovalGuard, SyncReport
from activations.syncs.snapshots import Snapshots
from activations.syncs.sync import sync
from orchestration.assets.samples import sample
from orchestration.destinations import destinations, policy_of
from orchestration.resources import Clock, Folders, Outside
from orchestration.warehouse import Warehouse


@dg.asset(
    key=["delivery", "audiences"],
    group_name="delivery",
    deps=[dg.AssetKey(["decisions", "memberships"])],
)
def audiences(
    context: dg.AssetExecutionContext, outside: Outside, folders: Folders, clock: Clock, warehouse_reader: Warehouse
) -> dg.MaterializeResult:
    """Makes the lists at the providers equal to the audiences, with the least that must be said."""
    as_of: datetime = clock.as_of(context)
    try:
        made = destinations([rule.destination for rule in policy_of().syncs], outside, folders)
    except ValueError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    snapshots = Snapshots(folders.data / "acknowledged", Ledger(outside.ledger_url))
    with warehouse_reader.open() as connection:
        names = [
            row[0] for row in connection.sql("select table_name from information_schema.tables where table_schema = 'audiences'").fetchall()
        ]
        members = {
            name: connection.sql(
                "select * exclude (audience) from decisions.memberships where audience = $name", params={"name": name}
            ).to_arrow_table()
            for name in sorted(names)
        }
        held = {row[0] for row in connection.sql("select campaign from decisions.spikes where kind = 'membership'").fetchall()}
        approved = {
            row[0]
            for row in connection.sql(
                "select campaign from staging.stg_operator__approvals where expires_at > $now", params={"now": as_of.replace(tzinfo=None)}
            ).fetchall()
        }
    reports = []
    for name in sorted(held):
        context.log.warning(f"audience {name} stays as it is at the providers until somebody approves; see decisions.spikes")
    for rule in policy_of().syncs:
        destination = made[rule.destination]
        for name, desired in members.items():
            if name in held or not rule.takes(name):
                continue
            # whoever let it go has seen whom it takes off
            guard = RemovalGuard(is_off=name in approved and desired.num_rows > 0)
            report = sync(name, desired, destination, snapshots, lambda: as_of, context.log.debug, guard=guard)
            reports.append(report.as_dict())
            for sentence in report.sentences():
                (context.log.warning if report.refused or report.stopped else context.log.info)(f"audience {sentence}")
    table = pd.DataFrame(reports, columns=[field.name for field in fields(SyncReport)]).drop(columns=["samples"])
    return dg.MaterializeResult(
        metadata={
            "members": {name: desired.num_rows for name, desired in members.items()},
            "changes": int(table["accepted"].sum() + table["removed"].sum()),
            "waiting_for_a_person": ", ".join(sorted(held)) or "none",
            "syncs": sample(table, rows=50),
        }
    )
