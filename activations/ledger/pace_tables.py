"""How much of a provider's limits is used up, where several workers share them."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from activations.ledger.tables import metadata

paces = sa.Table(
    "paces",
    metadata,
    # A hash of what tells accounts apart, so that no key stands here.
    sa.Column("account", sa.String, primary_key=True),
    # As the destination names it; '' is the account as a whole.
    sa.Column("endpoint", sa.String, primary_key=True),
    # JSON: "gauge" as activations.transport.gauge writes it, "held" the requests that workers have leave for, by worker:
    # [[how many, until when at the latest their answers are there], …]. Times are seconds since 1970 by the database's clock.
    sa.Column("state", sa.Text, nullable=False),
)


def connect(url: str) -> sa.Engine:
    """A worker that is paused in the middle of a transaction does not hold up the others for long."""
    settings = {"options": "-c idle_in_transaction_session_timeout=5000", "connect_timeout": 10}
    is_postgres = sa.make_url(url).get_backend_name() == "postgresql"
    return sa.create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=settings if is_postgres else {})


def make_table(engine: sa.Engine) -> None:
    """Where it is missing, since a pace may be asked for before the ledger is opened; several workers may do so at once."""
    try:
        metadata.create_all(engine, tables=[paces])
    except sa.exc.DBAPIError:
        if not sa.inspect(engine).has_table(paces.name):
            raise


@contextmanager
def locked(engine: sa.Engine, account: str, endpoints: list[str]) -> Iterator[tuple[sa.Connection, dict[str, str], float]]:
    """The states of these endpoints, '' for a new one, which nobody else changes until the end, and the time; commits at the end."""
    is_postgres = engine.dialect.name == "postgresql"
    rows = sa.select(paces.c.endpoint, paces.c.state).where(paces.c.account == account, paces.c.endpoint.in_(endpoints))
    rows = rows.order_by(paces.c.endpoint).with_for_update()
    with engine.connect() as connection:
        if not is_postgres:
            connection.exec_driver_sql("begin immediate")
        found = connection.execute(rows).all()
        if len(found) < len(endpoints):
            insert = (postgresql.insert if is_postgres else sqlite.insert)(paces).on_conflict_do_nothing()
            connection.execute(insert, [{"account": account, "endpoint": name, "state": ""} for name in endpoints])
            found = connection.execute(rows).all()
        # Asked only now: waiting for the lock takes time.
        clock = "extract(epoch from clock_timestamp())" if is_postgres else "(julianday('now') - 2440587.5) * 86400.0"
        yield connection, {row.endpoint: row.state for row in found}, float(connection.scalar(sa.select(sa.text(clock))) or 0.0)
        connection.commit()
