"""The ledger's tables of the syncs: which snapshot of a list counts, what an open sync has had answered, and what is held for a person."""

import sqlalchemy as sa

from activations.ledger.tables import UtcTimestamp, metadata

sync_lists = sa.Table(
    "sync_lists",
    metadata,
    sa.Column("destination", sa.String, primary_key=True),
    sa.Column("audience", sa.String, primary_key=True),
    # Names the files of what the provider holds; changed in the transaction that closes a sync, and nowhere else.
    sa.Column("generation", sa.String),
    sa.Column("members", sa.BigInteger, nullable=False),
    # Whether a first load has come to its end.
    sa.Column("is_loaded", sa.Boolean, nullable=False),
    sa.Column("synced_at", UtcTimestamp, nullable=False),
)

syncs = sa.Table(
    "syncs",
    metadata,
    sa.Column("sync_id", sa.String, primary_key=True),
    sa.Column("destination", sa.String, nullable=False),
    sa.Column("audience", sa.String, nullable=False),
    sa.Column("mode", sa.String, nullable=False),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("is_first_load", sa.Boolean, nullable=False),
    # The snapshot that the changes were taken against.
    sa.Column("generation", sa.String),
    # Rows of the file of changes that have left or may have: a row beyond it was surely not sent.
    sa.Column("left_rows", sa.BigInteger, nullable=False),
    sa.Column("started_at", UtcTimestamp, nullable=False),
    sa.Column("finished_at", UtcTimestamp),
    sa.Column("accepted", sa.BigInteger),
    sa.Column("removed", sa.BigInteger),
    sa.Column("rejected", sa.BigInteger),
    sa.Column("remaining", sa.BigInteger),
    sa.Column("stopped", sa.String),
    sa.CheckConstraint("status in ('open', 'closed', 'died')", name="syncs_status"),
    sa.Index("syncs_list", "destination", "audience", "status"),
)

sync_batches = sa.Table(
    "sync_batches",
    metadata,
    sa.Column("sync_id", sa.String, primary_key=True),
    # Rows of the file of changes: from `start`, before `stop`.
    sa.Column("start", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("stop", sa.BigInteger, nullable=False),
    # JSON: what is not plainly accepted, by row, and the provider's ids where it named any.
    sa.Column("answers", sa.Text, nullable=False),
)

sync_held = sa.Table(
    "sync_held",
    metadata,
    sa.Column("destination", sa.String, primary_key=True),
    sa.Column("audience", sa.String, primary_key=True),
    sa.Column("row_id", sa.String, primary_key=True),
    sa.Column("sync_id", sa.String, nullable=False),
    sa.Column("held_at", UtcTimestamp, nullable=False),
    sa.Column("detail", sa.String),
    # held: nobody knows whether it arrived. sent, dropped: a person says so. send_again: the next sync does.
    sa.Column("status", sa.String, nullable=False),
    sa.Column("settled_by", sa.String),
    sa.Column("settled_at", UtcTimestamp),
    sa.CheckConstraint("status in ('held', 'sent', 'dropped', 'send_again')", name="sync_held_status"),
)

SYNC_TABLES = (sync_lists, syncs, sync_batches, sync_held)
