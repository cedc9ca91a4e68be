"""The quarantine in the UI: what is open and closed, by table and rule, with what to do; and its rows replayed from the launchpad.

A daily run gives it no configuration, and replays nothing. The job `quarantine_replay` does: see `Replay` for what it takes.
"""

import dagster as dg
import duckdb
from pydantic import Field

from activations.masking import mask_text
from orchestration.assets.landed import LANDED
from orchestration.assets.raw import RAW
from orchestration.assets.samples import sample
from orchestration.landing import QUARANTINE, Landing
from orchestration.landing.entries import OPEN, entries, fix, supersede
from orchestration.landing.replay import Replayed, replay
from orchestration.resources import Clock, Folders

TABLES = {name: table for (schema, name), table in LANDED.items() if schema == "raw" and table is not QUARANTINE}


class Replay(dg.Config):
    """What to replay; with nothing chosen nothing is. table: its name in raw, or `all`; ids: beginnings will do; fixes: column to value,
    for each of the rows chosen."""

    table: str = ""
    reason: str = ""
    ids: list[str] = Field(default=[])
    fixes: dict[str, str] = Field(default={})


@dg.asset(key=["raw", "quarantine"], group_name="raw", kinds={"parquet"}, deps=[asset.key for asset in RAW])
def quarantine(context: dg.AssetExecutionContext, folders: Folders, clock: Clock, config: Replay) -> dg.MaterializeResult:
    """Rows that were refused on landing, as they came, each with the rule that refused it and what to do."""
    as_of = clock.as_of(context)
    superseded = supersede(folders.landing, TABLES, as_of)
    replayed = Replayed()
    if config.table or config.reason or config.ids:
        table = "" if config.table == "all" else config.table
        try:
            chosen = entries(folders.landing, table=table, reason=config.reason, ids=config.ids)
            if config.fixes:
                chosen = [fix(folders.landing, entry, TABLES[entry.table], config.fixes) for entry in chosen]
        except (LookupError, ValueError) as error:
            raise dg.Failure(str(error), allow_retries=False) from error
        by = context.run.tags.get("user") or f"run {context.run.run_id[:8]}"
        replayed = replay(folders.landing, TABLES, chosen, as_of, by)
        for name, rows in replayed.tables.items():
            context.log_event(dg.AssetMaterialization(dg.AssetKey(["raw", name]), metadata={"rows_replayed": rows}))
    for name, why in (replayed.refused | replayed.impossible).items():
        context.log.warning(f"{name[:8]} stays in quarantine: {mask_text(why)}")
    return dg.MaterializeResult(
        metadata={
            **_shown(folders.landing),
            "rows_superseded": superseded,
            "rows_replayed": len(replayed.landed),
            "rows_still_bad": len(replayed.refused) + len(replayed.impossible),
        }
    )


def _shown(landing: Landing) -> dict[str, dg.MetadataValue | int]:
    landing.declare(QUARANTINE)
    with duckdb.connect() as connection:
        connection.execute(f"create view quarantine as select *, {OPEN} as state_now from {landing.scan(QUARANTINE)}")
        counts = connection.execute("""
            select source || '_' || table_name as table_name, reason, count(*) filter (state_now = 'open') as open,
                count(*) filter (state_now = 'replayed') as replayed, count(*) filter (state_now = 'superseded') as superseded,
                arg_min(detail, quarantine_id) as example
            from quarantine group by all order by open desc, 1, 2
        """).fetchall()
        rows = connection.sql("select * exclude (state_now) from quarantine order by quarantined_at desc, quarantine_id limit 5").df()
    head = "| table | rule | open | replayed | superseded | what to do, by one of them |\n|---|---|---|---|---|---|"
    lines = [f"| {' | '.join(map(str, row[:5]))} | {str(row[5]).replace('|', '/')} |" for row in counts]
    mending = (
        "To mend rows here, launch the job `quarantine_replay` with the table and rule, the ids, and the fixes; "
        "or `regulars quarantine` on the command line."
    )
    return {
        "dagster/row_count": sum(row[2] for row in counts),
        "rows_closed": sum(row[3] + row[4] for row in counts),
        "by_reason": dg.MetadataValue.md("\n".join([head, *lines]) + f"\n\n{mending}" if counts else "none"),
        "sample": sample(rows),
    }
