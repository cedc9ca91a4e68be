"""What Alembic runs to migrate: on the connection, and in the transaction, that `activations.ledger.opening` hands over."""

from alembic import context

from activations.ledger.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
