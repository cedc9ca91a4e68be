"""How much of a provider's limits is used up, where several workers share them."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

pace_metadata = sa.MetaData()

paces = sa.Table(
    "paces",
    pace_metadata,
    # A hash of what tells accounts apart, so that no key stands here.
    sa.Column("account", sa.String, primary_key=True),
    # As the destination names it; '' is the account as a whole.
    sa.Column("endpoint", sa.String, primary_key=True),
    # JSON: "gauge" as activations.transport.gauge writes it, "held" the requests that workers have leave for, by worker:
    # [[how many, until when at the latest their answers are there], …]. Times are seconds since 1970 by the database's clock.
    sa.Column("state", sa.Text, nullable=False),
)


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
