"""Approvals in the UI: which campaigns wait for a person, and a person's word from the launchpad.

A daily run gives it no configuration, and approves nothing. The job `approve_campaign` does: see `Approve` for what it takes.
"""

import dagster as dg
import duckdb
from pydantic import Field

from orchestration.approvals import HOW, approve, held
from orchestration.assets.samples import sample
from orchestration.resources import Clock, Folders
from orchestration.sources.approvals import APPROVALS
from orchestration.systems import policy
from orchestration.warehouse import Warehouse


class Approve(dg.Config):
    """What to let go; with no campaign named, nothing. by: who says so; up_to: messages, or changes of a list, 0 for what waits and a
    tenth; hours: how long it holds, 0 for what the policy says."""

    campaign: str = ""
    by: str = ""
    up_to: int = Field(default=0, ge=0)
    hours: float = Field(default=0, ge=0)


@dg.asset(key=["raw", "operator_approvals"], group_name="raw", kinds={"parquet"})
def approvals(
    context: dg.AssetExecutionContext, folders: Folders, clock: Clock, warehouse_reader: Warehouse, config: Approve
) -> dg.MaterializeResult:
    """What people allowed although it is far beyond what is usual, with who did, up to how much and until when."""
    folders.landing.declare(APPROVALS)
    if config.campaign:
        by = config.by or context.run.tags.get("user") or ""
        hours = config.hours or policy("spike")["approval_hours"]
        try:
            count = approve(warehouse_reader, folders.landing, config.campaign, by, clock.as_of(context), hours, config.up_to or None)
        except (ValueError, FileNotFoundError) as error:
            raise dg.Failure(str(error), allow_retries=False) from error
        context.log.info(f"{config.campaign} may go up to {count:,}, for {hours:g} hours; the next run sends")
    with duckdb.connect() as connection:
        rows = connection.sql(f"from {folders.landing.scan(APPROVALS)} order by approved_at desc")
        (counted,) = rows.count("*").fetchall()[0]
        shown = rows.project("campaign, approved_count, approved_by, approved_at, expires_at").limit(20).df()
    return dg.MaterializeResult(metadata={"dagster/row_count": counted, "sample": sample(shown, rows=20)})


@dg.asset_check(
    asset=dg.AssetKey(["decisions", "spikes"]),
    name="no_campaign_waits_for_a_person",
    description="No campaign would send, and no list would change, far more than ever; one that would waits whole until somebody approves.",
)
def nobody_waits(context: dg.AssetCheckExecutionContext, warehouse_reader: Warehouse) -> dg.AssetCheckResult:
    """Which campaigns wait, why, and how to let them go."""
    waiting = held(warehouse_reader)
    lines = [f"{row.campaign} waits: it {row.words}" for row in waiting.itertuples()]
    for line in lines:
        context.log.warning(f"{line}. To let it go: {HOW}")
    return dg.AssetCheckResult(
        passed=not lines,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{'; '.join(lines)}. To let go: {HOW}" if lines else "nobody waits",
        metadata={"waiting": sample(waiting, rows=20)},
    )
