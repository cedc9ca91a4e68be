"""Whether the ledger is still the one that delivered before: one that was emptied, or an address that leads to another, knows nothing of
what went out, and all of the outbox would go once more."""

from __future__ import annotations

import json
from pathlib import Path

import sqlalchemy as sa

from activations.ledger import Ledger
from activations.ledger.tables import deliveries


class LedgerLostError(RuntimeError):
    """The ledger holds nothing, and messages went out from this data folder."""


def _mark(data: Path) -> Path:
    return data / "ledger_used.json"


def _is_empty(ledger: Ledger) -> bool:
    return ledger.database.read(lambda connection: connection.execute(sa.select(deliveries.c.message_id).limit(1)).first()) is None


def refuse_if_lost(ledger: Ledger, data: Path) -> None:
    """Before anything is sent. Raises LedgerLostError."""
    if _mark(data).exists() and _is_empty(ledger):
        name = ledger.engine.url.render_as_string(hide_password=True)
        raise LedgerLostError(
            f"the ledger {name} is empty, and messages were sent from {data} before: nothing was sent now, for some would go twice. "
            f"Bring the ledger back from a copy, or let LEDGER_URL name it. Only if all may go once more: delete {_mark(data)}"
        )


def note(ledger: Ledger, data: Path) -> None:
    """After a delivery: from now on an empty ledger is a lost one."""
    if not _mark(data).exists() and not _is_empty(ledger):
        unfinished = _mark(data).with_suffix(".unfinished")
        unfinished.write_text(json.dumps({"ledger": ledger.engine.url.render_as_string(hide_password=True)}))
        unfinished.replace(_mark(data))
