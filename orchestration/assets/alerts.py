"""What is unlike its own history: judged at the end of each run, written down, told to the log, the UI and the webhook."""

from typing import Any

import dagster as dg
import pandas as pd

from activations.masking import mask_text
from alerts.incidents import Incident
from alerts.policy import Policy
from orchestration.alerts.judging import Alerted, judge_run
from orchestration.alerts.telling import webhook_of
from orchestration.assets.reasons import table
from orchestration.resources import Clock, Folders, Outside
from orchestration.sources.catalogue import SYSTEMS
from orchestration.systems import policy, systems
from orchestration.warehouse import Warehouse

MESSAGES = dg.AssetKey(["delivery", "messages"])
USUAL = dg.AssetCheckSpec(
    "everything_is_as_usual",
    asset=dg.AssetKey(["alerts", "incidents"]),
    description="No step of the messages is far from its own history, and no provider is down; what is says why, probably.",
)


@dg.asset(
    key=["alerts", "incidents"],
    group_name="proof",
    kinds={"parquet"},
    deps=[MESSAGES, dg.AssetKey(["proof", "alert_measures"]), dg.AssetKey(["decisions", "spikes"])],
    check_specs=[USUAL],
)
def incidents(
    context: dg.AssetExecutionContext, outside: Outside, folders: Folders, clock: Clock, warehouse_reader: Warehouse
) -> dg.MaterializeResult:
    """Drops and spikes of every step against their own history, with what was found to be the cause; open until they are over."""
    as_of = clock.as_of(context)
    try:
        given = Policy.of(policy("alerts"))
        webhook = webhook_of(outside, clock)
        watched = [table for name in systems() for table in SYSTEMS[name]]
        alerted = judge_run(warehouse_reader, folders.landing, watched, _tallies(context), as_of, given, webhook)
    except Exception as fault:  # the messages are out; what is wrong with alerts may not fail their run
        context.log.error(f"alerts: this run could not be judged ({type(fault).__name__}: {mask_text(str(fault))})")
        return dg.MaterializeResult(
            metadata={"open": 0},
            check_results=[_check(False, dg.AssetCheckSeverity.ERROR, "alerts could not be judged: see the log of this run", {})],
        )
    _log(context.log, alerted)
    worst = dg.AssetCheckSeverity.ERROR if any(one.finding.severity == "error" for one in alerted.open) else dg.AssetCheckSeverity.WARN
    shown = [_row(one) for one in alerted.open]
    lines = "\n".join(f"- {one.finding.sentence} {one.finding.what_next}" for one in alerted.open)
    is_bad = [one for one in alerted.open if one.finding.severity != "info"]
    metadata: dict[str, Any] = {
        "open": len(alerted.open),
        "opened": len(alerted.opened),
        "closed": len(alerted.closed),
        "series_judged": alerted.series_judged,
        "alerts": dg.MetadataValue.md(table(pd.DataFrame(shown))),
        "in_words": dg.MetadataValue.md(lines or "everything is as usual"),
    }
    words = " ".join(one.finding.sentence for one in is_bad)[:2000] or "everything is as usual"
    return dg.MaterializeResult(metadata=metadata, check_results=[_check(not is_bad, worst, words, {"open": len(alerted.open)})])


def _tallies(context: dg.AssetExecutionContext) -> dict[str, Any]:
    """What this run's delivery said of each destination; nothing where it was another run's."""
    for record in context.instance.fetch_materializations(MESSAGES, limit=10).records:  # the warm worker tells of its own beside
        if record.run_id == context.run.run_id and record.asset_materialization is not None:
            said: Any = record.asset_materialization.metadata["destinations"].value
            return dict(said)
    return {}


def _log(log: dg.DagsterLogManager, alerted: Alerted) -> None:
    say = {"error": log.error, "warn": log.warning, "info": log.info}
    for one in alerted.opened:
        say[one.finding.severity](f"alert {one.alert_id}: {one.finding.sentence} {one.finding.what_next}")
    new = {one.alert_id for one in alerted.opened}
    for one in alerted.open:
        if one.alert_id not in new:
            log.info(f"alert {one.alert_id} is open since {one.opened_at:%Y-%m-%d %H:%M} UTC: {one.finding.sentence}")
    for one in alerted.closed:
        log.info(f"alert {one.alert_id} is over: {one.finding.step}, {one.finding.name} ({one.finding.direction})")
    for why in alerted.untold:
        log.warning(f"alerts: the webhook was not told ({why}); the next run tells it")


def _check(passed: bool, severity: dg.AssetCheckSeverity, words: str, metadata: dict[str, Any]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(check_name=USUAL.name, passed=passed, severity=severity, description=words, metadata=metadata)


def _row(one: Incident) -> dict[str, str]:
    finding = one.finding
    told = {"step": finding.step, "what": finding.name, "direction": finding.direction, "severity": finding.severity}
    return {**told, "probably": finding.cause, "since (UTC)": f"{one.opened_at:%Y-%m-%d %H:%M}"}
