"""How much of a provider's limits is used up, where several workers share them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "paces",
        sa.Column("account", sa.String, primary_key=True),
        sa.Column("endpoint", sa.String, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        if_not_exists=True,  # whoever asked for a pace before the ledger was opened made it
    )
