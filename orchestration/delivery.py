"""The outbox to the providers: what the asset and the command do alike. Nothing is decided here that the warehouse decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from activations.ledger import Ledger
from activations.messages.engine import deliver
from activations.messages.outbox import COLUMNS, read_messages
from activations.messages.report import DeliveryReport
from orchestration.destinations import message_destinations, policy_of
from orchestration.landing import Landing, land_rows
from orchestration.last_look import LastLook
from orchestration.ledger_kept import note, refuse_if_lost
from orchestration.resources import DBT_PROJECT, Folders, Outside
from orchestration.sources.withheld import WITHHELD
from orchestration.systems import policy
from orchestration.warehouse import Warehouse

FIELDS = ", ".join(COLUMNS)
VOIDING = "is_void_after_order, is_void_after_return, is_void_while_ticket"


@dataclass(frozen=True, slots=True)
class Built:
    """What a run left behind: the warehouse, dbt's target folder (with the compiled models), and the project's manifest."""

    warehouse: Warehouse
    compiled: Path
    manifest: Path


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a delivery came to: its report, the last look that it took, and the outbox that it was given."""

    report: DeliveryReport
    look: LastLook
    outbox: pa.Table


def read_outbox(warehouse: Warehouse) -> pa.Table:
    """decisions.outbox as it is, the most urgent first."""
    with warehouse.open() as connection:
        query = f"select {FIELDS}, {VOIDING}, decided_at from decisions.outbox order by priority, message_id"
        return connection.sql(query).to_arrow_table()


def deliver_outbox(
    outside: Outside,
    folders: Folders,
    warehouse: Warehouse,
    as_of: datetime,
    now: Callable[[], datetime],
    progress: Callable[[str], None],
    wait_seconds: float = 0.0,
) -> Delivered:
    """Sends what is in the outbox, each message once; lands what the last look withheld. as_of: what the ledger writes down as the time of
    what happens; now: the time of day. wait_seconds: for another delivery with the same SQLite ledger. Raises DestinationError,
    PolicyError, LedgerBusyError."""
    built = Built(warehouse, folders.data / "dbt", DBT_PROJECT.manifest_path)
    return deliver_messages(read_outbox(warehouse), built, outside, folders, as_of, now, progress, wait_seconds=wait_seconds)


def deliver_messages(
    outbox: pa.Table,
    built: Built,
    outside: Outside,
    folders: Folders,
    as_of: datetime,
    now: Callable[[], datetime],
    progress: Callable[[str], None],
    *,
    is_brief: bool = False,
    wait_seconds: float = 0.0,
) -> Delivered:
    """Sends these messages (as decisions.outbox has them), like `deliver_outbox`. built: what the last look holds them against. is_brief:
    whoever calls comes back in a moment. Raises LedgerLostError, too."""
    destinations = message_destinations(policy_of(), outside, folders)
    look = LastLook(
        built.warehouse,
        outbox,
        outside,
        folders.landing,
        now,
        built.compiled,
        built.manifest,
        policy("hold_while_open"),
        destinations,
        folders.collected_webhooks,
    )
    ledger = Ledger(outside.ledger_url)
    try:
        refuse_if_lost(ledger, folders.data)
        rows, clock = read_messages([outbox]), lambda: as_of
        try:
            report = deliver(rows, destinations, ledger, clock, progress, objections=look, is_brief=is_brief, wait_seconds=wait_seconds)
        finally:
            note(ledger, folders.data)
    finally:
        ledger.close()
    report.notes += look.unread
    _keep_withheld(report, outbox, folders.landing, now())
    return Delivered(report, look, outbox)


def age(outbox: pa.Table, now: datetime) -> timedelta:
    """How long ago the outbox was decided; nothing for an empty one."""
    decided = max((at for at in outbox["decided_at"].to_pylist() if at is not None), default=None)
    return timedelta(0) if decided is None else now - decided.replace(tzinfo=UTC)


def _keep_withheld(report: DeliveryReport, outbox: pa.Table, landing: Landing, at: datetime) -> None:
    """Lands what was withheld, so that it can be explained; the next run decides on it anew."""
    reasons = {message_id: reason for tally in report.destinations.values() for message_id, reason in tally.withheld_ids.items()}
    rows = outbox.select(["message_id", "campaign", "profile_id", "channel"]).to_pylist() if reasons else []
    withheld = [row | {"reason": reasons[row["message_id"]], "withheld_at": at} for row in rows if row["message_id"] in reasons]
    if withheld:
        land_rows(WITHHELD, withheld, landing, at)
