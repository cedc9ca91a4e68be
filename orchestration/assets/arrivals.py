"""What arrived against what usually does: measured after all tables have landed, judged by its gate before anything is built on them."""

import dagster as dg

from orchestration.assets.raw import RAW
from orchestration.assets.samples import sample
from orchestration.landing import arrivals_frame, land_arrivals
from orchestration.resources import Clock, Folders
from orchestration.sources.catalogue import SYSTEMS
from orchestration.systems import systems

#: A run with this tag lets the tables that it names (their names in raw, with commas between) pass for the day that is judged.
ACCEPT_TAG = "regulars/accept_arrivals"


@dg.asset(key=["raw", "arrivals"], group_name="raw", kinds={"parquet"}, deps=[asset.key for asset in RAW])
def arrivals(context: dg.AssetExecutionContext, folders: Folders, clock: Clock) -> dg.MaterializeResult:
    """Rows of the last whole day, missing values and unknown references of every table, against what is usual for it."""
    landing = folders.landing
    accepted = {name.strip() for name in context.run.tags.get(ACCEPT_TAG, "").split(",")}
    tables = [table for name in systems() for table in SYSTEMS[name]]
    frame = arrivals_frame(landing, tables, clock.as_of(context), accepted)
    land_arrivals(landing, frame)
    rows = frame[frame["measure"] == "rows"][["table_name", "judged_date", "value", "usual_value", "weeks_known", "others_share"]]
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(frame),
            "tables_not_judged_before": int((~frame["can_block"] & ~frame["is_accepted"]).groupby(frame["table_name"]).any().sum()),
            "accepted": ", ".join(sorted(set(frame[frame["is_accepted"]]["table_name"]))) or "none",
            "rows_of_the_last_day": sample(rows, rows=30),
        }
    )
