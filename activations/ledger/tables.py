"""The ledger's tables, and times as the project keeps them in SQL: naive UTC.

What is said here is what the newest migration leaves behind (a test compares them). Times of claims, attempts and
outcomes are the caller's clock; `lease_until` alone is the database's.
"""

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
    # The worker that has the row, while it has it: a `pending` row with an owner is claimed, one in `sending` is on its way.
    sa.Column("owner", sa.String),
    # The message as JSON while it is claimed or in doubt, to send or look up the very same; emptied once it is neither.
    sa.Column("payload", sa.Text),
    # Grows with every claim of the row: whoever holds an older number has lost it.
    sa.Column("fence", sa.BigInteger, nullable=False, server_default="0"),
    # Until when the owner has it, by the database's clock, unless it renews.
    sa.Column("lease_until", UtcTimestamp),
    sa.CheckConstraint("status in ('sending', 'accepted', 'rejected', 'unknown', 'pending')", name="deliveries_status"),
    sa.Index("deliveries_status_destination", "status", "destination"),
    sa.Index("deliveries_provider_ref", "destination", "provider_ref"),
    sa.Index("deliveries_updated_at", "updated_at"),
    sa.Index("deliveries_profile_id", "profile_id"),
    sa.Index("deliveries_owner", "owner", sqlite_where=sa.text("owner is not null"), postgresql_where=sa.text("owner is not null")),
)

readers = sa.Table(
    "readers",
    metadata,
    # Whose message it is beside the person it is addressed to: their other ids, and who else is behind the address.
    sa.Column("profile_id", sa.String, primary_key=True),
    sa.Column("message_id", sa.String, primary_key=True),
    sa.Index("readers_message_id", "message_id"),
)

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("message_id", sa.String, primary_key=True),
    # 1 for the first; as many as `deliveries.attempts`.
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("worker", sa.String, nullable=False),
    sa.Column("started_at", UtcTimestamp, nullable=False),
    sa.Column("finished_at", UtcTimestamp),
    # accepted, rejected, unknown or not_sent; NULL while it is under way.
    sa.Column("outcome", sa.String),
    sa.Column("code", sa.String),
    sa.Column("detail", sa.String),
    sa.Column("updated_at", UtcTimestamp, nullable=False),
    sa.Index("attempts_updated_at", "updated_at"),
)

settlements = sa.Table(
    "settlements",
    metadata,
    sa.Column("settlement_id", sa.String, primary_key=True),
    sa.Column("message_id", sa.String, nullable=False),
    # sent, send_again or drop: what a person said about a message that was held.
    sa.Column("decision", sa.String, nullable=False),
    sa.Column("settled_by", sa.String, nullable=False),
    sa.Column("settled_at", UtcTimestamp, nullable=False),
    sa.Column("note", sa.String, nullable=False),
    sa.Index("settlements_message_id", "message_id"),
)
