"""The ledger's table, and times as the project keeps them in SQL: naive UTC."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Dialect


class UtcTimestamp(sa.types.TypeDecorator[datetime]):
    """Aware datetimes in Python, `TIMESTAMP` without zone in UTC in the database."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


metadata = sa.MetaData()

deliveries = sa.Table(
    "deliveries",
    metadata,
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
    sa.Column("claimed_at", UtcTimestamp),
    sa.Column("finished_at", UtcTimestamp),
    sa.Column("updated_at", UtcTimestamp, nullable=False),
    # Which run claimed the row: only that run may say what became of it.
    sa.Column("owner", sa.String),
    # The message as JSON while it is in doubt, to send or look up the very same; emptied once it is not.
    sa.Column("payload", sa.Text),
    sa.CheckConstraint("status in ('sending', 'accepted', 'rejected', 'unknown', 'pending')", name="deliveries_status"),
    sa.Index("deliveries_status_destination", "status", "destination"),
    sa.Index("deliveries_provider_ref", "destination", "provider_ref"),
    sa.Index("deliveries_updated_at", "updated_at"),
)
