"""One row per message: what was claimed, sent and answered. Ledgers from before there were migrations have this table."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("message_id", sa.String, primary_key=True),
        sa.Column("campaign", sa.String, nullable=False),
        sa.Column("profile_id", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("destination", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("provider_ref", sa.String),
        sa.Column("error_code", sa.String),
        sa.Column("error_detail", sa.String),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("claimed_at", sa.DateTime),
        sa.Column("finished_at", sa.DateTime),
        sa.Column("updated_at", sa.DateTime, nullable=False),
        sa.Column("owner", sa.String),
        sa.Column("payload", sa.Text),
        sa.CheckConstraint("status in ('sending', 'accepted', 'rejected', 'unknown', 'pending')", name="deliveries_status"),
    )
    op.create_index("deliveries_status_destination", "deliveries", ["status", "destination"])
    op.create_index("deliveries_provider_ref", "deliveries", ["destination", "provider_ref"])
    op.create_index("deliveries_updated_at", "deliveries", ["updated_at"])
