"""The audiences to the lists at the providers, with the least that must be said."""

import time
from datetime import datetime

import dagster as dg

from activations.syncs.snapshots import ListFiles
from orchestration.assets.audiences_page import is_in_step, line, page
from orchestration.delivery_policy import PolicyError
from orchestration.destinations import DestinationError, destinations, policy_of
from orchestration.progress import now_and_then
from orchestration.resources import Clock, Folders, Outside
from orchestration.syncs import export_audiences, sync_audiences
from orchestration.warehouse import Warehouse

KEY = dg.AssetKey(["delivery", "audiences"])
IN_STEP = dg.AssetCheckSpec(
    "every_list_is_in_step",
    asset=KEY,
    description="Each list at each provider is its audience now; rows that a provider refuses apart.",
)
ACCEPTED = dg.AssetCheckSpec(
    "no_row_was_rejected", asset=KEY, description="No provider refused a row; marts.sync_rows names those that were."
)
SETTLED = dg.AssetCheckSpec("no_row_is_held", asset=KEY, description="No row waits for a person because its answer was lost.")


@dg.asset(
    key=KEY,
    group_name="delivery",
    deps=[dg.AssetKey(["decisions", "memberships"])],
    check_specs=[IN_STEP, ACCEPTED, SETTLED],
)
def audiences(
    context: dg.AssetExecutionContext, outside: Outside, folders: Folders, clock: Clock, warehouse_reader: Warehouse
) -> dg.MaterializeResult:
    """Makes the lists at the providers equal to the audiences, with the least that must be said."""
    as_of: datetime = clock.as_of(context)
    try:
        rules = policy_of().syncs
        made = destinations([rule.destination for rule in rules], outside, folders)
    except (DestinationError, PolicyError) as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    exported = export_audiences(warehouse_reader, folders.data / "audiences", rules, as_of)
    held = sorted(exported.held)
    for name in held:
        context.log.warning(f"audience {name} stays as it is at the providers until somebody approves; see decisions.spikes")
    say = now_and_then(context.log.info, "audiences: ", time.monotonic)
    reports = sync_audiences(exported, rules, made, folders, outside.ledger_url, lambda: as_of, say)
    for report in reports:
        for sentence in report.sentences():
            (context.log.warning if report.refused or report.stopped else context.log.debug)(f"audience {sentence}")
    context.log.info(f"audiences: {line(reports)}")
    lists = (ListFiles(folders.acknowledged, report.destination, report.audience) for report in reports)
    compared = [facts for one in lists if (facts := one.compared())]
    behind = [f"{report.audience} at {report.destination}" for report in reports if not is_in_step(report)]
    rejected = sum(report.rejected.total() for report in reports)
    waiting = sum(report.held for report in reports)
    return dg.MaterializeResult(
        metadata={
            **page(reports, exported.members, held, as_of, compared),
            "members": dict(exported.members),
            "changes": sum(report.accepted + report.removed for report in reports),
            "waiting_for_a_person": ", ".join(held) or "none",
            "rejected_samples": dg.MetadataValue.md("\n".join(f"- {one}" for report in reports for one in report.samples[:3]) or "none"),
        },
        check_results=[
            _check(IN_STEP, not behind, ", ".join(behind) or "all of them are"),
            _check(ACCEPTED, not rejected, f"{rejected:,} rows were rejected" if rejected else "none was"),
            _check(SETTLED, not waiting, f"{waiting:,} rows are held" if waiting else "none is"),
        ],
    )


def _check(spec: dg.AssetCheckSpec, passed: bool, words: str) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(check_name=spec.name, passed=passed, severity=dg.AssetCheckSeverity.WARN, description=words)
