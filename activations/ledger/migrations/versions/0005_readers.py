"""Who else reads a message than the person that it is addressed to, and the messages of a person found quickly."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "readers",
        sa.Column("profile_id", sa.String, primary_key=True),
        sa.Column("message_id", sa.String, primary_key=True),
    )
    op.create_index("readers_message_id", "readers", ["message_id"])
    op.create_index("deliveries_profile_id", "deliveries", ["profile_id"])
