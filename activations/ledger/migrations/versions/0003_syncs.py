"""Which snapshot of a list counts, what an open sync has had answered, and appended rows that are held for a person."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "sync_lists",
        sa.Column("destination", sa.String, primary_key=True),
        sa.Column("audience", sa.String, primary_key=True),
        sa.Column("generation", sa.String),
        sa.Column("members", sa.BigInteger, nullable=False),
        sa.Column("is_loaded", sa.Boolean, nullable=False),
        sa.Column("synced_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "syncs",
        sa.Column("sync_id", sa.String, primary_key=True),
        sa.Column("destination", sa.String, nullable=False),
        sa.Column("audience", sa.String, nullable=False),
        sa.Column("mode", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("is_first_load", sa.Boolean, nullable=False),
        sa.Column("generation", sa.String),
        sa.Column("left_rows", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.DateTime, nullable=False),
        sa.Column("finished_at", sa.DateTime),
        sa.Column("accepted", sa.BigInteger),
        sa.Column("removed", sa.BigInteger),
        sa.Column("rejected", sa.BigInteger),
        sa.Column("remaining", sa.BigInteger),
        sa.Column("stopped", sa.String),
        sa.CheckConstraint("status in ('open', 'closed', 'died')", name="syncs_status"),
    )
    op.create_index("syncs_list", "syncs", ["destination", "audience", "status"])
    op.create_table(
        "sync_batches",
        sa.Column("sync_id", sa.String, primary_key=True),
        sa.Column("start", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("stop", sa.BigInteger, nullable=False),
        sa.Column("answers", sa.Text, nullable=False),
    )
    op.create_table(
        "sync_held",
        sa.Column("destination", sa.String, primary_key=True),
        sa.Column("audience", sa.String, primary_key=True),
        sa.Column("row_id", sa.String, primary_key=True),
        sa.Column("sync_id", sa.String, nullable=False),
        sa.Column("held_at", sa.DateTime, nullable=False),
        sa.Column("detail", sa.String),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("settled_by", sa.String),
        sa.Column("settled_at", sa.DateTime),
        sa.CheckConstraint("status in ('held', 'sent', 'dropped', 'send_again')", name="sync_held_status"),
    )
