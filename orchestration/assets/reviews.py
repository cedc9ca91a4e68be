"""The review of a quarter: a page that people print and decide by, made when a quarter is over or whenever it is asked for."""

from datetime import UTC
from pathlib import Path

import dagster as dg
import pandas as pd

from orchestration.assets.campaign_reports import CAMPAIGNS, JUDGED, OVERVIEW
from orchestration.assets.report_frames import decided, read
from orchestration.assets.reports import written
from orchestration.assets.review_frames import REVIEW_FRAMES
from orchestration.assets.warehouse import decisions
from orchestration.programme import declared
from orchestration.resources import Clock, Folders
from orchestration.warehouse import Warehouse

READ = {dg.AssetKey(table.split(".")) for asked in REVIEW_FRAMES.values() for table in asked.needs}


class ReviewConfig(dg.Config):
    """quarter: as 2026Q2; the last one that is over by default. out: the file; else its place beside the report."""

    quarter: str = ""
    out: str = ""


@dg.asset(key=["reports", "review"], group_name="reports", kinds={"html"}, deps=[*sorted(READ & {*decisions.keys}), *JUDGED])
def review(
    context: dg.AssetExecutionContext, config: ReviewConfig, folders: Folders, clock: Clock, warehouse_reader: Warehouse
) -> dg.MaterializeResult:
    """One page of HTML for the quarter's meeting: of each campaign lift, reach, fatigue, overlap, cost, and whether to keep it."""
    from reports.page import Facts
    from reports.quarters import parsed, quarter_of
    from reports.review_page import review as drawn

    with warehouse_reader.open() as connection:
        when, currency = decided(connection)
        as_of = when.replace(tzinfo=UTC) if when else clock.as_of(context)
        quarter = parsed(config.quarter) if config.quarter else quarter_of(as_of).before
        span = {"as_of": as_of, "start": quarter.start, "end": quarter.end}
        frames, missing = read(connection, REVIEW_FRAMES, {name: at.replace(tzinfo=None) for name, at in span.items()})
    for sentence in missing:
        context.log.warning(f"left out of the review, {sentence}; run the warehouse again")
    frames["purposes"] = pd.DataFrame([(one.name, one.purpose) for one in declared()], columns=["campaign", "purpose"])
    page = drawn(Facts(frames, as_of, currency), quarter, OVERVIEW | CAMPAIGNS)
    path = Path(config.out) if config.out else folders.data / "reports" / f"review_{quarter.year}_q{quarter.number}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    written(path, page)
    context.log.info(f"review of {quarter}: {path}")
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(str(path.absolute())),
            "link": dg.MetadataValue.url(path.absolute().as_uri()),
            "quarter": str(quarter),
            "as_of": as_of.isoformat(),
            "left_out": dg.MetadataValue.md("\n".join(f"- {sentence}" for sentence in missing) or "nothing"),
        }
    )
