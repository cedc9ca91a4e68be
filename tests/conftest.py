"""What several tests stand on: a small pretend world, the product set up on a copy of it, an environment that is put back."""

import itertools
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import pytest
import sqlalchemy as sa

from benchmarks.postgres import serving

if TYPE_CHECKING:
    from shell_kit import Deployment


def pytest_configure(config: pytest.Config) -> None:
    """Several processes read the project's manifest: it is made before they start, not by two of them at once."""
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        from orchestration.assets.warehouse import manifest

        manifest()


@pytest.fixture(scope="session")
def made_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo world of 80 customers with its last five days of events. Not to be changed: set a Deployment up on it."""
    from demo_world import make

    folder = make(tmp_path_factory.mktemp("made") / "demo", customers=80)
    for day in sorted((folder / "ga4").iterdir())[:-5]:
        day.unlink()
    return folder


@pytest.fixture
def deployment(made_world: Path, tmp_path: Path) -> "Deployment":
    """The product on a fresh copy of the world."""
    from shell_kit import Deployment

    return Deployment(tmp_path, made_world)


@pytest.fixture
def environment() -> Iterator[None]:
    """None of the product's variables set, and everything as it was afterwards."""
    from orchestration.vendors import VENDORS

    with mock.patch.dict(os.environ):
        for name in list(os.environ):
            if name.startswith(
                (
                    "REGULARS_",
                    "REPORTING_",
                    "HUBSPOT_",
                    "PIPEDRIVE_",
                    "KEYCRM_",
                    "SHOP_",
                    "CRM_",
                    "GA4_",
                    "SERVICE_",
                    "LEDGER_",
                    "ALERT_",
                    *(f"{vendor.upper()}_" for vendor in VENDORS),
                    "DAGSTER_HOME",
                )
            ):
                del os.environ[name]
        yield


@pytest.fixture(scope="session")
def new_database() -> Iterator[Callable[[], str]]:
    """Makes empty databases in one real PostgreSQL server, each told by its SQLAlchemy URL; the server ends with the session."""
    # Not below pytest's own folder: as root, the server runs as another user, who may not look into that one.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, serving(folder) as server:
        url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        # a server of tests outlives no power cut
        with sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool).connect() as connection:
            connection.execute(sa.text("alter system set fsync = off"))
            connection.execute(sa.text("select pg_reload_conf()"))
        names = (f"test_{number}" for number in itertools.count(1))

        def make() -> str:
            name = next(names)
            with sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool).connect() as connection:
                connection.execute(sa.text(f"create database {name}"))
            return url.set(database=name).render_as_string(hide_password=False)

        yield make
