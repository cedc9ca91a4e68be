"""The outbox to the providers: what is decided is not decided again here."""

import time
from collections import Counter
from datetime import timedelta
from typing import Any

import dagster as dg
import pandas as pd

from activations.ledger import LedgerBusyError
from activations.ledger.counts import counted
from orchestration.assets.delivery_page import line, page
from orchestration.assets.reasons import table
from orchestration.delivery import deliver_outbox
from orchestration.delivery_policy import PolicyError
from orchestration.destinations import DestinationError
from orchestration.progress import now_and_then
from orchestration.resources import Clock, Folders, Outside
from orchestration.warehouse import Warehouse

#: The warm worker has a SQLite ledger for moments only.
WORKER_PATIENCE_SECONDS = 600.0
LOOKED = dg.AssetCheckSpec(
    "sources_were_asked_once_more",
    asset=dg.AssetKey(["delivery", "messages"]),
    description="In the moment before sending every source said what had changed; where one did not, marketing waits for the next run.",
)
ANSWERED = dg.AssetCheckSpec(
    "every_provider_answered",
    asset=dg.AssetKey(["delivery", "messages"]),
    description="No provider was down; what one that is did not take is in the outbox still, for the next run.",
)
SETTLED = dg.AssetCheckSpec(
    "no_answer_was_lost",
    asset=dg.AssetKey(["delivery", "messages"]),
    description="No message waits for a person because its provider's answer was lost and it may not be repeated.",
)


@dg.asset(
    key=["delivery", "messages"],
    group_name="delivery",
    deps=[dg.AssetKey(["decisions", "outbox"])],
    check_specs=[LOOKED, ANSWERED, SETTLED],
)
def messages(
    context: dg.AssetExecutionContext, outside: Outside, folders: Folders, clock: Clock, warehouse_reader: Warehouse
) -> dg.MaterializeResult:
    """Sends what is in the outbox, each message once, and writes down what the providers answered."""
    as_of = clock.as_of(context)
    try:
        delivered = deliver_outbox(
            outside,
            folders,
            warehouse_reader,
            as_of,
            clock.this_second,
            now_and_then(context.log.info, "delivery: ", time.monotonic),
            wait_seconds=WORKER_PATIENCE_SECONDS,
        )
    except (DestinationError, PolicyError, LedgerBusyError) as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    report, look = delivered.report, delivered.look
    for sentence in look.unread:
        context.log.warning(f"delivery: before sending, {sentence}")
    for sentence in report.sentences():
        context.log.debug(f"delivery: {sentence}")
    context.log.info(f"delivery: {line(report)}")
    stopped = {name: tally.stopped for name, tally in report.destinations.items() if tally.stopped}
    for name, why in stopped.items():
        context.log.warning(f"delivery: {name} could not be used ({why}); what it did not take goes with the next run")
    if report.held_count:
        context.log.warning(f"delivery: {report.held_count:,} messages wait for a person; see regulars hold list")
    figures = report.as_dict()
    held = pd.DataFrame(
        [(row.message_id, row.destination, row.campaign, row.masked_address, row.detail) for row in report.held],
        columns=["message", "provider", "campaign", "whom", "why"],
    )
    campaigns = {
        campaign: count
        for campaign, status, count in counted(outside.ledger_url, as_of - timedelta(microseconds=1), as_of)
        if status == "accepted"
    }
    return dg.MaterializeResult(
        metadata={
            **page(report, delivered.outbox.num_rows, as_of, campaigns),
            "held": dg.MetadataValue.md(table(held.head(20))),
            "sample": dg.MetadataValue.md(
                "\n".join(f"- {one}" for tally in report.destinations.values() for one in tally.samples) or "none"
            ),
            "accepted": {name: tally.accepted for name, tally in report.destinations.items() if tally.accepted},
            "rejected": figures["rejected"],
            "unknown": figures["held"],
            "left_in_outbox": figures["left"],
            "destinations": dg.MetadataValue.json({name: _told(tally) for name, tally in figures["destinations"].items()}),
            "rows_per_second": figures["rows_per_second"],
            "withheld_in_the_last_moment": dict(sum((tally.withheld for tally in report.destinations.values()), Counter())),
            "last_looks": look.looks,
            "last_looks_seconds": round(look.seconds, 2),
            "what_happened": dg.MetadataValue.md("\n".join(f"- {one}" for one in report.sentences())),
        },
        check_results=[
            _check(LOOKED, not look.unread, {"unread": dg.MetadataValue.md("\n".join(f"- {one}" for one in look.unread) or "nothing")}),
            _check(ANSWERED, not stopped, {"providers": dg.MetadataValue.json(stopped)}),
            _check(SETTLED, not report.held_count, {"messages": figures["held"], "what_next": "regulars hold list"}),
        ],
    )


def _told(tally: dict[str, Any]) -> dict[str, Any]:
    """What became of messages at one destination, without whose they were."""
    return {name: tally[name] for name in ("accepted", "rejected", "unknown", "left", "stopped")}


def _check(spec: dg.AssetCheckSpec, passed: bool, metadata: dict[str, Any]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(check_name=spec.name, passed=passed, severity=dg.AssetCheckSeverity.WARN, metadata=metadata)
