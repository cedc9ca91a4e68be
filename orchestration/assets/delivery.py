"""The outbox to the providers: what is decided is not decided again here."""

from collections.abc import Callable
from typing import Any

import dagster as dg
import pandas as pd
import pyarrow as pa

from activations.engine import deliver
from activations.ledger import Ledger
from activations.model import Message
from activations.outbox import COLUMNS, read_messages
from orchestration.assets.samples import sample
from orchestration.destinations import csv_file, klaviyo, twilio
from orchestration.resources import Clock, Folders, Outside
from orchestration.warehouse import Warehouse

FIELDS = ", ".join(COLUMNS)
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


def objection_to_strangers(warehouse: Warehouse, outbox: pa.Table, ledger: Ledger) -> Callable[[Message], str | None]:
    """Whether a message that an earlier run left in doubt may still go out: only to whom its channel may be used now."""
    current = set(outbox["message_id"].to_pylist())
    doubted = [claim.message.profile_id for claim in ledger.in_doubt("sending")]
    reachable = warehouse.read(
        "select profile_ids.profile_id, profiles.is_email_reachable, profiles.is_sms_reachable from profiles.profiles as profiles"
        " inner join identity.profile_ids as profile_ids on profiles.profile_id = profile_ids.current_profile_id"
        " where profile_ids.profile_id in (select unnest(?))",
        [doubted],
    ).set_index("profile_id")

    def objection(message: Message) -> str | None:
        if message.message_id in current:
            return None
        channel = f"is_{message.channel}_reachable"
        may_be_reached = message.profile_id in reachable.index and bool(reachable.at[message.profile_id, channel])
        return None if may_be_reached else "consent or address is gone since"

    return objection


@dg.asset(
    key=["delivery", "messages"],
    group_name="delivery",
    deps=[dg.AssetKey(["decisions", "outbox"])],
    check_specs=[ANSWERED, SETTLED],
)
def messages(
    context: dg.AssetExecutionContext, outside: Outside, folders: Folders, clock: Clock, warehouse_reader: Warehouse
) -> dg.MaterializeResult:
    """Sends what is in the outbox, each message once, and writes down what the providers answered."""
    as_of = clock.as_of(context)
    with warehouse_reader.open() as connection:
        outbox = connection.sql(f"select {FIELDS} from decisions.outbox order by priority, message_id").to_arrow_table()
    ledger = Ledger(outside.ledger_url)
    destinations = {destination.name: destination for destination in (klaviyo(outside), twilio(outside), csv_file(folders))}
    try:
        report = deliver(
            read_messages([outbox]),
            destinations,
            ledger,
            lambda: as_of,
            context.log.debug,
            objection=objection_to_strangers(warehouse_reader, outbox, ledger),
        )
    finally:
        ledger.close()
    for sentence in report.sentences():
        context.log.info(f"delivery: {sentence}")
    stopped = {name: tally.stopped for name, tally in report.destinations.items() if tally.stopped}
    figures = report.as_dict()
    held = pd.DataFrame([(row.destination, row.campaign, row.detail) for row in report.held], columns=["destination", "campaign", "detail"])
    return dg.MaterializeResult(
        metadata={
            "accepted": {name: tally.accepted for name, tally in report.destinations.items() if tally.accepted},
            "rejected": figures["rejected"],
            "unknown": figures["held"],
            "left_in_outbox": figures["left"],
            "rows_per_second": figures["rows_per_second"],
            "what_happened": dg.MetadataValue.md("\n".join(f"- {line}" for line in report.sentences())),
            "held": sample(held, rows=20),
            "sample": dg.MetadataValue.md(
                "\n".join(f"- {line}" for tally in report.destinations.values() for line in tally.samples) or "none"
            ),
        },
        check_results=[
            _check(ANSWERED, not stopped, {"providers": dg.MetadataValue.json(stopped)}),
            _check(SETTLED, not report.held, {"messages": figures["held"]}),
        ],
    )


def _check(spec: dg.AssetCheckSpec, passed: bool, metadata: dict[str, Any]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(check_name=spec.name, passed=passed, severity=dg.AssetCheckSeverity.WARN, metadata=metadata)
