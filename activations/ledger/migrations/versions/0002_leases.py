"""Claims with a lease and a fence number, so that several workers may deliver; a row per attempt; what persons decided."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("fence", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("deliveries", sa.Column("lease_until", sa.DateTime))
    held = sa.text("owner is not null")
    op.create_index("deliveries_owner", "deliveries", ["owner"], sqlite_where=held, postgresql_where=held)
    # An owner used to stay with the row for ever; from here on it means that somebody has it.
    op.execute("update deliveries set owner = null where status <> 'sending'")
    op.create_table(
        "attempts",
        sa.Column("message_id", sa.String, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("worker", sa.String, nullable=False),
        sa.Column("started_at", sa.DateTime, nullable=False),
        sa.Column("finished_at", sa.DateTime),
        sa.Column("outcome", sa.String),
        sa.Column("code", sa.String),
        sa.Column("detail", sa.String),
        sa.Column("updated_at", sa.DateTime, nullable=False),
    )
    op.create_index("attempts_updated_at", "attempts", ["updated_at"])
    op.create_table(
        "settlements",
        sa.Column("settlement_id", sa.String, primary_key=True),
        sa.Column("message_id", sa.String, nullable=False),
        sa.Column("decision", sa.String, nullable=False),
        sa.Column("settled_by", sa.String, nullable=False),
        sa.Column("settled_at", sa.DateTime, nullable=False),
        sa.Column("note", sa.String, nullable=False),
    )
    op.create_index("settlements_message_id", "settlements", ["message_id"])
