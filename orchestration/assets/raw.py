"""What the systems have, fetched into the landing zone: one asset a table. Where it lands is the landing's business. One file."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import dagster as dg
import pandas as pd

from orchestration.assets.days import BACKFILL, DAYS, land_days, land_picked, picked_days, tell_days
from orchestration.assets.samples import sample
from orchestration.freshness import promise
from orchestration.landing import Landed, land_collected, land_rest, land_sql
from orchestration.resources import Clock, Folders, Outside
from orchestration.sources import ga4
from orchestration.sources.catalogue import SYSTEMS, VENDORS
from orchestration.sources.errors import SourceError
from orchestration.sources.table import EACH_RUN, Progress, Table
from orchestration.systems import systems

#: Not blocking: what could not be read was left as it was, and the rest goes on.
COMPLETE = "every_part_was_read"
#: Not blocking either: old data is decided on, and somebody is told whom to ask.
FRESH = "newest_row_is_young_enough"
#: A run with this tag believes the table that it names, however many of its rows are gone at once.
ACCEPT_TAG = "regulars/accept_deletes"


#: Gets the table, the systems, the folders, as_of and a progress function.
Land = Callable[[Table, Outside, Folders, Any, Progress], Landed]


def landed_asset(table: Table, land: Land, group: str = "raw", days: dg.PartitionsDefinition | None = None) -> dg.AssetsDefinition:
    """An asset that lands one table. days: its partitions, of which some can be landed again from the UI (the GA4 export's)."""
    key = dg.AssetKey(["raw", table.raw_name])
    promised = promise(table)

    @dg.asset(
        key=key,
        group_name=group,
        description=table.description,
        kinds={"parquet"},
        owners=[promised.owner],
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=promised.landed),
        partitions_def=days,
        backfill_policy=BACKFILL if days else None,
        check_specs=[
            dg.AssetCheckSpec(COMPLETE, asset=key, description="No part of the source was unreadable."),
            dg.AssetCheckSpec(FRESH, asset=key, description="The source still writes: see orchestration/freshness.yaml for who to ask."),
        ],
    )
    def landed_table(context: dg.AssetExecutionContext, outside: Outside, folders: Folders, clock: Clock) -> dg.MaterializeResult:
        picked = picked_days(context) if days else None
        try:
            fetch = land if picked is None else land_picked(picked)
            wanted = replace(table, vanish_at_most=1, deletes=EACH_RUN) if context.run.tags.get(ACCEPT_TAG) == table.raw_name else table
            landed = fetch(wanted, outside, folders, clock.as_of(context), context.log.debug)
        except SourceError as error:
            raise dg.Failure(str(error), allow_retries=False) from error
        for sentence in (*landed.warnings, *landed.failures):
            context.log.warning(sentence)
        refused = sum(landed.quarantined.values())
        more = "".join(f", {count:,} {word}" for count, word in ((refused, "refused"), (landed.deleted, "deleted")) if count)
        context.log.info(f"{table.raw_name}: {landed.rows:,} rows landed{more}")
        if days:
            tell_days(context, landed, picked)
        is_fresh, age = promised.judged(landed.watermark, clock.as_of(context))
        return dg.MaterializeResult(
            metadata=described(landed, folders, table),
            check_results=[
                dg.AssetCheckResult(
                    check_name=COMPLETE,
                    passed=not landed.failures,
                    severity=dg.AssetCheckSeverity.WARN,
                    metadata={"unread": dg.MetadataValue.md("\n".join(f"- {line}" for line in landed.failures) or "nothing")},
                ),
                dg.AssetCheckResult(
                    check_name=FRESH,
                    passed=is_fresh,
                    severity=dg.AssetCheckSeverity.WARN,
                    description=age,
                    metadata={"owner": promised.owner, "known_until": str(landed.watermark)},
                ),
            ],
        )

    return landed_table


def described(landed: Landed, folders: Folders, table: Table) -> dict[str, Any]:
    """What the UI shows of a landing: rows, what was refused and why, what the source deleted, columns that are not declared, up to where
    the table is known, a masked sample."""
    refused = "\n".join(f"- {reason}: {rows:,}" for reason, rows in landed.quarantined.most_common())
    return {
        "dagster/row_count": folders.landing.count(table),
        "rows_landed": landed.rows,
        "rows_deleted": landed.deleted,
        "rows_returned": landed.returned,
        "rows_missed_before": landed.missed,
        "rows_gone_but_kept": landed.withheld,
        "unknown_columns": ", ".join(landed.unknown_columns) or "none",
        "files_written": len(landed.files),
        "rows_refused": sum(landed.quarantined.values()),
        "refused_by_reason": dg.MetadataValue.md(refused or "none"),
        "known_until": str(landed.watermark or "nothing landed yet"),
        "warnings": dg.MetadataValue.md("\n".join(f"- {line}" for line in landed.warnings) or "none"),
        "sample": sample(pd.DataFrame(folders.landing.sample(table)), is_masked=True),
    }


def _land_database(table: Table, outside: Outside, folders: Folders, as_of: Any, progress: Progress) -> Landed:
    return land_sql(table, outside.url_of(table.source), folders.landing, as_of, progress)


def _land_ga4(_: Table, outside: Outside, folders: Folders, as_of: Any, progress: Progress) -> Landed:
    return land_days(outside, folders.landing, as_of, progress)


def _land_collected(_: Table, outside: Outside, folders: Folders, as_of: Any, progress: Progress) -> Landed:
    return land_collected(outside.dropped_events, folders.collected_events, folders.landing, as_of, progress)


def _land_api(table: Table, outside: Outside, folders: Folders, as_of: Any, progress: Progress) -> Landed:
    vendor = VENDORS[table.source]
    return land_rest(vendor.of(table), outside.api_of(vendor), folders.landing, as_of, progress)


#: How the tables of a system are fetched where it is no database or folder of files at `<SYSTEM>_URL`.
LAND_OF: dict[str, Land] = {
    "ga4": _land_ga4,
    "collector": _land_collected,
    **dict.fromkeys(VENDORS, _land_api),
}


def raw_assets(used: Sequence[str]) -> list[dg.AssetsDefinition]:
    """The assets that land the tables of the systems used. Raises ValueError for a system that is not known."""
    unknown = [name for name in used if name not in SYSTEMS]
    if unknown:
        raise ValueError(f"dbt_project.yml, vars.systems: {', '.join(unknown)} is not known; known are {', '.join(SYSTEMS)}")
    return [
        landed_asset(table, LAND_OF.get(name, _land_database), days=DAYS if table is ga4.EVENTS else None)
        for name in used
        for table in SYSTEMS[name]
    ]


RAW = raw_assets(systems())
