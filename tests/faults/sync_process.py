"""Syncs for processes that may die on the way. A life says `kind`, `folder` (of snapshots), `seed` and `turn`: see sync_story."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from delivery_process import LEASE_SECONDS, NOW, PATIENCE, Plain, klaviyo
from kill_mother import Life
from sync_story import happenings, members

from activations.destination import Destination
from activations.destinations import File
from activations.ledger import Ledger
from activations.syncs.changes import Mode
from activations.syncs.findings import Findings
from activations.syncs.reconciliation import reconcile
from activations.syncs.report import SyncReport
from activations.syncs.snapshots import Snapshots
from activations.syncs.sync import sync

KINDS = {"mirror": Mode.MIRROR, "upsert": Mode.UPSERT, "append": Mode.APPEND, "append_plain": Mode.APPEND, "file": Mode.MIRROR}
"""What is done; Klaviyo takes all but the last two."""


def sync_now(life: Life) -> SyncReport:
    """Syncs the audience of this life's turn in this process."""
    kind, tag, folder = life["kind"], life["tag"], Path(life["folder"])
    wished = happenings(tag, life["turn"]) if kind.startswith("append") else members(tag, life["seed"], life["turn"])
    destination: Destination | Any = klaviyo(life["url"], 4)
    if kind == "append_plain":
        destination = Plain(life["plain"])
    if kind == "file":
        destination = File(folder / "files")
    book = Ledger(life["ledger"], lease_seconds=LEASE_SECONDS)
    try:
        return sync(f"a{tag}", wished, destination, Snapshots(folder, book), lambda: NOW, mode=KINDS[kind], patience=PATIENCE)
    finally:
        book.close()


def reconcile_now(life: Life) -> Findings:
    """Compares the list of this life with Klaviyo's, and mends what is believed of it."""
    book = Ledger(life["ledger"], lease_seconds=LEASE_SECONDS)
    snapshots, mended = Snapshots(Path(life["folder"]), book), {"is_to_mend": True, "takes_strangers": True, "patience": PATIENCE}
    try:
        return reconcile(f"a{life['tag']}", klaviyo(life["url"], 4), snapshots, lambda: NOW, settled=timedelta(0), **mended)
    finally:
        book.close()
