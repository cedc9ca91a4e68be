"""The outbox to the providers: what is decided is not decided again here."""

from collections import Counter
from datetime import datetime
from typing import Any

import dagster as dg
import pandas as pd
import pyarrow as pa

from activations.ledger import Ledger
from activations.messages.engine import deliver
from activations.messages.outbox import COLUMNS, read_messages
from activations.messages.report import DeliveryReport
from orchestration.assets.samples import sample
from orchestration.destinations import message_destinations, policy_of
from orchestration.landing import Landing, land_rows
from orchestration.last_look import LastLook
from orchestration.resources import DBT_PROJECT, Clock, Folders, Outside
from orchestration.sources.withheld import WITHHELD
from orchestration.systems import policy
from orchestration.warehouse import Warehouse

FIELDS = ", ".join(COLUMNS)
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


VOIDING = "is_void_after_order, is_void_after_return, is_void_while_ticket"


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
        destinations = message_destinations(policy_of(), outside, folders)
    except ValueError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    with warehouse_reader.open() as connection:
        outbox = connection.sql(f"select {FIELDS}, {VOIDING} from decisions.outbox order by priority, message_id").to_arrow_table()
    look = LastLook(
        warehouse_reader,
        outbox,
        outside,
        folders.landing,
        clock.this_second,
        folders.data / "dbt",
        DBT_PROJECT.manifest_path,
        policy("hold_while_open"),
        destinations,
    )
    ledger = Ledger(outside.ledger_url)
    try:
        report = deliver(
            read_messages([outbox]),
            destinations,
            ledger,
            lambda: as_of,
            context.log.debug,
            objections=look,
        )
    finally:
        ledger.close()
    report.notes += look.unread
    for sentence in look.unread:
        context.log.warning(f"delivery: before sending, {sentence}")
    for sentence in report.sentences():
        context.log.info(f"delivery: {sentence}")
    _keep_withheld(report, outbox, folders.landing, clock.this_second())
    stopped = {name: tally.stopped for name, tally in report.destinations.items() if tally.stopped}
    figures = report.as_dict()
    held = pd.DataFrame([(row.destination, row.campaign, row.detail) for row in report.held], columns=["destination", "campaign", "detail"])
    return dg.MaterializeResult(
        metadata={
            "accepted": {name: tally.accepted for name, tally in report.destinations.items() if tally.accepted},
            "rejected": figures["rejected"],
            "unknown": figures["held"],
            "left_in_outbox": figures["left"],
            "withheld_in_the_last_moment": dict(sum((tally.withheld for tally in report.destinations.values()), Counter())),
            "last_looks": look.looks,
            "last_looks_seconds": round(look.seconds, 2),
            "rows_per_second": figures["rows_per_second"],
            "what_happened": dg.MetadataValue.md("\n".join(f"- {line}" for line in report.sentences())),
            "held": sample(held, rows=20),
            "sample": dg.MetadataValue.md(
                "\n".join(f"- {line}" for tally in report.destinations.values() for line in tally.samples) or "none"
            ),
        },
        check_results=[
            _check(LOOKED, not look.unread, {"unread": dg.MetadataValue.md("\n".join(f"- {line}" for line in look.unread) or "nothing")}),
            _check(ANSWERED, not stopped, {"providers": dg.MetadataValue.json(stopped)}),
            _check(SETTLED, not report.held, {"messages": figures["held"]}),
        ],
    )


def _keep_withheld(report: DeliveryReport, outbox: pa.Table, landing: Landing, at: datetime) -> None:
    """Lands what was withheld, so that it can be explained; the next run decides on it anew."""
    reasons = {message_id: reason for tally in report.destinations.values() for message_id, reason in tally.withheld_ids.items()}
    rows = outbox.select(["message_id", "campaign", "profile_id", "channel"]).to_pylist() if reasons else []
    withheld = [row | {"reason": reasons[row["message_id"]], "withheld_at": at} for row in rows if row["message_id"] in reasons]
    if withheld:
        land_rows(WITHHELD, withheld, landing, at)


def _check(spec: dg.AssetCheckSpec, passed: bool, metadata: dict[str, Any]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(check_name=spec.name, passed=passed, severity=dg.AssetCheckSeverity.WARN, metadata=metadata)
