"""The page of what the campaigns brought: a file beside that of what the shop knows, for people who decide about campaigns."""

from datetime import UTC
from pathlib import Path

import dagster as dg

from orchestration.assets.campaign_frames import CAMPAIGN_FRAMES
from orchestration.assets.proof import EFFECTS_KEY, VERDICTS_KEY
from orchestration.assets.report_frames import decided, read
from orchestration.assets.reports import written
from orchestration.assets.warehouse import decisions
from orchestration.resources import Clock, Folders
from orchestration.warehouse import Warehouse

OVERVIEW = {"overview.html": "What the shop knows"}
CAMPAIGNS = {"campaigns.html": "What the campaigns brought"}
#: So many of the last reviews are linked.
_REVIEWS = 8
READ = {dg.AssetKey(table.split(".")) for asked in CAMPAIGN_FRAMES.values() for table in asked.needs}
#: What is judged after the warehouse has counted.
JUDGED = [EFFECTS_KEY, VERDICTS_KEY]
UPSTREAM = [*sorted(READ & {*decisions.keys}), *JUDGED, dg.AssetKey(["delivery", "messages"])]


@dg.asset(key=["reports", "campaigns"], group_name="reports", kinds={"html"}, deps=UPSTREAM)
def campaigns(context: dg.AssetExecutionContext, folders: Folders, clock: Clock, warehouse_reader: Warehouse) -> dg.MaterializeResult:
    """One page of HTML for marketers: what the campaigns brought against their control groups. It names no person."""
    from reports.campaigns import campaigns as drawn
    from reports.page import Facts

    with warehouse_reader.open() as connection:
        when, currency = decided(connection)
        as_of = when.replace(tzinfo=UTC) if when else clock.as_of(context)
        frames, missing = read(connection, CAMPAIGN_FRAMES, {"as_of": as_of.replace(tzinfo=None)})
    for sentence in missing:
        context.log.warning(f"left out of the page of the campaigns, {sentence}; run the warehouse again")
    path = folders.data / "reports" / "campaigns.html"
    page = drawn(Facts(frames, as_of, currency), OVERVIEW | reviews(path.parent))
    path.parent.mkdir(parents=True, exist_ok=True)
    written(path, page)
    context.log.info(f"page of the campaigns: {len(page.encode()) / 1000:,.0f} kB, as of {as_of:%Y-%m-%d %H:%M}")
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(str(path)),
            "link": dg.MetadataValue.url(path.as_uri()),
            "size_kb": round(len(page.encode()) / 1000, 1),
            "as_of": as_of.isoformat(),
            "left_out": dg.MetadataValue.md("\n".join(f"- {sentence}" for sentence in missing) or "nothing"),
        }
    )


def reviews(folder: Path) -> dict[str, str]:
    """The reviews that are there, by the name of their file, the latest first."""
    found = sorted((path.name for path in folder.glob("review_*_q?.html")), reverse=True)
    return {name: f"Review of {name[7:11]} Q{name[13]}" for name in found[:_REVIEWS]}
