"""The report: one page that people read and print, made of the warehouse's counts, the ledger, the landing and the gates."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pandas as pd

from activations.ledger.counts import counted
from activations.masking import mask_text
from orchestration.assets.report_frames import FRAMES, decided, read_frames
from orchestration.assets.warehouse import decisions, warehouse
from orchestration.checks import CHECKS
from orchestration.freshness import promise
from orchestration.landing import Landing
from orchestration.landing.ga4_known import known_days
from orchestration.resources import Clock, Folders, Outside
from orchestration.sources import ga4
from orchestration.sources.catalogue import FEEDBACK, SYSTEMS
from orchestration.systems import systems
from orchestration.warehouse import Warehouse

#: How many of its own reports it remembers, to compare with.
REMEMBERED = 400
SENT_DAYS = 30
#: After all that it reads and what this run sent (a rehearsal sends nothing); a table that no model makes is left out here and told there.
READ = {dg.AssetKey(table.split(".")) for asked in FRAMES.values() for table in asked.needs} | {dg.AssetKey(["decisions", "memberships"])}
UPSTREAM = [
    *sorted(READ & {*warehouse.keys, *decisions.keys}),
    *(dg.AssetKey(name) for name in (["raw", "quarantine"], ["delivery", "messages"], ["delivery", "audiences"])),
]


@dg.asset(key=["reports", "overview"], group_name="reports", kinds={"html"}, deps=UPSTREAM)
def overview(
    context: dg.AssetExecutionContext, folders: Folders, clock: Clock, outside: Outside, warehouse_reader: Warehouse
) -> dg.MaterializeResult:
    """One page of HTML for marketers: what the shop knows. It needs no other file and no network, and names no person."""
    from reports.overview import figures
    from reports.overview import overview as drawn
    from reports.page import Facts

    with warehouse_reader.open() as connection:
        # the report is about the warehouse as it is, whenever it is asked for
        when, currency = decided(connection)
        as_of = when.replace(tzinfo=UTC) if when else clock.as_of(context)
        frames, missing = read_frames(connection, as_of.replace(tzinfo=None))
    for sentence in missing:
        context.log.warning(f"left out of the report, {sentence}; run the warehouse again")
    frames["deliveries"] = _deliveries(outside.ledger_url, as_of)
    frames["freshness"] = _freshness(folders.landing, as_of)
    frames["gates"] = _gates(context.instance)
    folder = folders.data / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    known = _remembered(folder / "overview.json")
    earlier = max((one for one in known if one["as_of"] < as_of.isoformat()), key=lambda one: str(one["as_of"]), default=None)
    facts = Facts(frames, as_of, currency, earlier)
    page = drawn(facts)
    written(folder / "overview.html", page)
    now = figures(facts)
    kept = sorted([*(one for one in known if one["as_of"] != now["as_of"]), now], key=lambda one: str(one["as_of"]))
    written(folder / "overview.json", json.dumps(kept[-REMEMBERED:], indent=1) + "\n")
    path = folder / "overview.html"
    context.log.info(f"report: {len(page.encode()) / 1000:,.0f} kB, as of {as_of:%Y-%m-%d %H:%M}")
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(str(path)),
            "link": dg.MetadataValue.url(path.as_uri()),
            "size_kb": round(len(page.encode()) / 1000, 1),
            "as_of": as_of.isoformat(),
            "audiences": now["audiences"],
            "left_out": dg.MetadataValue.md("\n".join(f"- {sentence}" for sentence in missing) or "nothing"),
        }
    )


def _deliveries(url: str, as_of: datetime) -> pd.DataFrame:
    """campaign, status, messages_count: what was handed to providers in the SENT_DAYS days before as_of."""
    rows = counted(url, as_of - timedelta(days=SENT_DAYS), as_of)
    return pd.DataFrame(rows, columns=["campaign", "status", "messages_count"])


def _freshness(landing: Landing, as_of: datetime) -> pd.DataFrame:
    """table_name, rows_count, age_hours (of the newest row), allowed_hours, is_fresh, owner: each table of the systems used."""
    rows = []
    for table in (*(table for name in systems() for table in SYSTEMS[name]), *FEEDBACK):
        landing.declare(table)
        promised = promise(table)
        newest = _newest_event(landing) if table is ga4.EVENTS else landing.watermark(table)
        age = None if newest is None else (as_of - newest) / timedelta(hours=1)
        is_fresh, _ = promised.judged(newest, as_of)
        allowed = promised.newest / timedelta(hours=1)
        rows.append((table.raw_name, landing.count(table), age, allowed, is_fresh, promised.owner.removeprefix("team:")))
    return pd.DataFrame(rows, columns=["table_name", "rows_count", "age_hours", "allowed_hours", "is_fresh", "owner"])


def _newest_event(landing: Landing) -> datetime | None:
    """Of the GA4 export, which has no watermark: as its landed days say."""
    with duckdb.connect() as connection:
        return known_days(connection, landing).newest


def _gates(instance: dg.DagsterInstance) -> pd.DataFrame:
    """table_name, outcome (passed, warned, failed, unknown), sentence: each gate, as it last said."""
    rows = []
    for key in sorted({key for check in CHECKS for key in check.check_keys}, key=lambda key: key.to_user_string()):
        record = instance.event_log_storage.get_latest_asset_check_execution_by_key([key]).get(key)
        event = record.event if record else None
        evaluation = event.dagster_event.asset_check_evaluation_data if event and event.dagster_event else None
        name = ".".join(key.asset_key.path) + ("" if key.name == "gate" else f": {key.name.replace('_', ' ')}")
        if evaluation is None:
            rows.append((name, "unknown", ""))
            continue
        failed = "warned" if evaluation.severity == dg.AssetCheckSeverity.WARN else "failed"
        rows.append((name, "passed" if evaluation.passed else failed, mask_text(evaluation.description or "")))
    return pd.DataFrame(rows, columns=["table_name", "outcome", "sentence"])


def _remembered(path: Path) -> Sequence[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text()) if path.exists() else []
    return found


def written(path: Path, text: str) -> None:
    """Writes a page whole: whoever reads meanwhile sees the page before."""
    partial = path.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
