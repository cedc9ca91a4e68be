"""The audiences to the lists at the providers, with the least that must be said."""

from datetime import datetime

import dagster as dg
import pandas as pd

from activations.acknowledged import Acknowledged
from activations.sync import sync
from orchestration.assets.samples import sample
from orchestration.destinations import csv_file, klaviyo
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
    acknowledged = Acknowledged(folders.data / "acknowledged")
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
    reports = []
    for destination in (klaviyo(outside), csv_file(folders)):
        for name, desired in members.items():
            report = sync(name, desired, destination, acknowledged, lambda: as_of, context.log.debug)
            reports.append(report.as_dict())
            for sentence in report.sentences():
                (context.log.warning if report.refused or report.stopped else context.log.info)(f"audience {sentence}")
    table = pd.DataFrame(reports).drop(columns=["samples"])
    return dg.MaterializeResult(
        metadata={
            "members": {name: desired.num_rows for name, desired in members.items()},
            "changes": int(table["accepted"].sum() + table["removed"].sum()),
            "syncs": sample(table, rows=50),
        }
    )
