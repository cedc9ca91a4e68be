"""Opening a ledger: one made by older code is brought up to date without loss, one made by newer code is left alone."""

import threading
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from activations.ledger.database import Database

_MIGRATIONS = Path(__file__).parent / "migrations"
_VERSION = sa.table("alembic_version", sa.column("version_num", sa.String))
_KEY = 0x7265_6775  # any number that nothing else in the database uses
_FIRST = "0001"
_TRIES = 7
"""Some seconds: a server may be starting up, but an address may also be wrong."""
_ONE_AT_A_TIME = threading.Lock()
"""Alembic works on one database at a time in a process."""


class LedgerNewerError(RuntimeError):
    """The ledger was written by newer code than this, which would not understand what it reads."""


def bring_up_to_date(database: Database) -> None:
    """Runs the migrations that the ledger has not seen. Safe when several processes open it at once: one does it, the
    others wait. Raises LedgerNewerError.
    """
    name = database.engine.url.render_as_string(hide_password=True)
    if database.read(lambda connection: _is_current(connection, name), tries=_TRIES):
        return

    def migrate(connection: sa.Connection) -> None:
        if database.is_shared:  # SQLite locks its file when the transaction begins
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_KEY)))
        if _is_current(connection, name):
            return
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        with _ONE_AT_A_TIME:
            if sa.inspect(connection).has_table("deliveries") and _version(connection) is None:
                command.stamp(config, _FIRST)  # made before there were migrations
            command.upgrade(config, "head")

    database.write(migrate, tries=_TRIES)


@cache
def revisions() -> tuple[str, ...]:
    """The steps that this code knows, oldest first."""
    return tuple(sorted(path.name[:4] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py")))


def _version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(_VERSION.name):
        return None
    return connection.scalar(sa.select(_VERSION.c.version_num))


def _is_current(connection: sa.Connection, name: str) -> bool:
    version = _version(connection)
    if version is not None and version not in revisions():
        raise LedgerNewerError(
            f"the ledger {name} is at step {version}, this code knows none after {revisions()[-1]}: it was written by a newer version. "
            "Install that version (or a later one) here, or name another ledger; nothing was changed"
        )
    return version == revisions()[-1]
