"""Ledgers of other ages: an older one is brought up to date without loss, a newer one is left alone, and many may open one at once."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from delivery_kit import NOW, message

from activations.ledger import Ledger, LedgerNewerError, held
from activations.ledger.opening import revisions
from activations.ledger.rows import payload_of
from activations.ledger.tables import metadata

#: What the code made before there were migrations, word for word as SQLite keeps it.
OLD = """
CREATE TABLE deliveries (
	message_id VARCHAR NOT NULL,
	campaign VARCHAR NOT NULL,
	profile_id VARCHAR NOT NULL,
	channel VARCHAR NOT NULL,
	destination VARCHAR NOT NULL,
	status VARCHAR NOT NULL,
	provider_ref VARCHAR,
	error_code VARCHAR,
	error_detail VARCHAR,
	attempts INTEGER NOT NULL,
	claimed_at {time},
	finished_at {time},
	updated_at {time} NOT NULL,
	owner VARCHAR,
	payload TEXT,
	PRIMARY KEY (message_id),
	CONSTRAINT deliveries_status CHECK (status in ('sending', 'accepted', 'rejected', 'unknown', 'pending'))
);
CREATE INDEX deliveries_provider_ref ON deliveries (destination, provider_ref);
CREATE INDEX deliveries_status_destination ON deliveries (status, destination);
CREATE INDEX deliveries_updated_at ON deliveries (updated_at)
"""
ROW = """
insert into deliveries
values (:id, 'win_back', 'p', 'email', 'mail', :status, :ref, null, 'words', 3, :at, :at, :at, 'run', :payload)
"""
STATUSES = ("sending", "accepted", "rejected", "unknown", "pending")


def put_old(url: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in OLD.format(time="DATETIME" if url.startswith("sqlite") else "TIMESTAMP WITHOUT TIME ZONE").split(";"):
            connection.execute(sa.text(statement))
        for number, status in enumerate(STATUSES):
            row = message(number)
            has_payload = status in ("sending", "unknown")
            values = {"id": row.message_id, "status": status, "ref": f"ref{number}", "at": NOW.replace(tzinfo=None)}
            connection.execute(sa.text(ROW), values | {"payload": payload_of(row) if has_payload else None})
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_ledger_from_before_there_were_migrations_loses_nothing(kind: str, tmp_path: Path, new_database: Callable[[], str]) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db" if kind == "sqlite" else new_database()
    put_old(url)
    ledger = Ledger(url)
    assert ledger.statuses([message(number).message_id for number in range(5)]) == {
        message(number).message_id: status for number, status in enumerate(STATUSES)
    }
    assert {row.message_id for row in held(ledger)} == {"mail-0000", "mail-0003"}
    with ledger.delivering():
        (doubt,) = ledger.take_over("mail", NOW)
        assert (doubt.message, doubt.hold.attempts) == (message(0), 3), "what was being sent then is in doubt now"
        assert ledger.claim([message(number) for number in range(5)], NOW).keys() == {"mail-0004"}
    ledger.close()
    Ledger(url).close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_migrations_make_the_tables_that_the_code_speaks_of(kind: str, tmp_path: Path, new_database: Callable[[], str]) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db" if kind == "sqlite" else new_database())
    with ledger.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata) == []
    ledger.close()


def test_every_step_has_its_own_number_and_none_is_left_out() -> None:
    assert list(revisions()) == [f"{number:04d}" for number in range(1, len(revisions()) + 1)]


def test_a_ledger_that_is_newer_than_the_code_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    Ledger(url).close()
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    before = (tmp_path / "ledger.db").read_bytes()
    with pytest.raises(LedgerNewerError, match=r"step 9999.*written by a newer version.*Install that version"):
        Ledger(url)
    assert (tmp_path / "ledger.db").read_bytes() == before


@pytest.mark.parametrize(("kind", "is_old"), [("sqlite", True), ("sqlite", False), ("postgresql", True)])
def test_many_open_it_at_once(kind: str, is_old: bool, tmp_path: Path, new_database: Callable[[], str]) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db" if kind == "sqlite" else new_database()
    if is_old:
        put_old(url)
    code = (
        "import os, sys\n"
        "from activations.ledger import Ledger\n"
        "children = []\n"
        "for _ in range(8):\n"
        "    if (child := os.fork()) == 0:\n"
        "        try: Ledger(sys.argv[1]).close()\n"
        "        except BaseException as error: print(repr(error)[:300], flush=True); os._exit(1)\n"
        "        os._exit(0)\n"
        "    children.append(child)\n"
        "sys.exit(sum(os.waitpid(child, 0)[1] != 0 for child in children))\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, url], capture_output=True, text=True, timeout=60, env={**os.environ})
    assert ended.returncode == 0, ended.stdout
    ledger = Ledger(url)
    assert len(ledger.statuses([message(number).message_id for number in range(5)])) == (5 if is_old else 0)
    ledger.close()


def test_a_crash_in_the_middle_of_a_migration_leaves_the_ledger_as_it_was(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    put_old(url)
    code = (
        "import os, signal, sys, sqlalchemy as sa\n"
        "from activations.ledger import Ledger\n"
        "def die(connection, cursor, statement, *_):\n"
        "    if statement.strip().lower().startswith(sys.argv[2]): os.kill(os.getpid(), signal.SIGKILL)\n"
        "sa.event.listen(sa.Engine, 'before_cursor_execute', die)\n"
        "Ledger(sys.argv[1])\n"
    )
    for point in ("alter table deliveries add column lease_until", "create index settlements"):
        assert subprocess.run([sys.executable, "-c", code, url, point], timeout=60).returncode == -9
        with sqlite3.connect(tmp_path / "ledger.db") as connection:
            assert {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")} == {"deliveries"}
    ledger = Ledger(url)
    assert len(ledger.statuses([message(number).message_id for number in range(5)])) == 5
    ledger.close()
