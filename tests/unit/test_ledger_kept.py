"""A ledger that was lost is no new one: what went out from the data folder would go out once more."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from delivery_kit import message

from activations.ledger import Ledger
from orchestration.ledger_kept import LedgerLostError, note, refuse_if_lost

AT = datetime(2026, 6, 30, 9, tzinfo=UTC)


def test_an_empty_ledger_is_refused_once_one_was_used(tmp_path: Path) -> None:
    first = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    refuse_if_lost(first, tmp_path)
    note(first, tmp_path)  # nothing was claimed: it may be empty for ever
    refuse_if_lost(first, tmp_path)
    with first.delivering():
        first.claim([message(1)], AT)
    note(first, tmp_path)
    refuse_if_lost(first, tmp_path)
    first.close()
    elsewhere = Ledger(f"sqlite:///{tmp_path / 'another.db'}")
    with pytest.raises(LedgerLostError, match="some would go twice"):
        refuse_if_lost(elsewhere, tmp_path)
    (tmp_path / "ledger_used.json").unlink()  # the way out that it names
    refuse_if_lost(elsewhere, tmp_path)
    elsewhere.close()


def test_the_error_names_no_password(tmp_path: Path) -> None:
    used = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    (tmp_path / "ledger_used.json").write_text("{}")
    used.database.engine.url = sa.make_url("postgresql+psycopg://us:hidden@host/ledger")
    with pytest.raises(LedgerLostError) as told:
        refuse_if_lost(used, tmp_path)
    assert "hidden" not in str(told.value)
    used.close()
