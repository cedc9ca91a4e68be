"""What the ledger knows of each attempt lands as a source, once, and again when it ends."""

from datetime import timedelta
from pathlib import Path

import duckdb
from delivery_kit import NOW, Shelf, Waits, clock, message

from activations.ledger import Ledger
from activations.messages.engine import deliver
from activations.model import Rejected, Unreachable
from orchestration.landing import Landing, land_sql
from orchestration.sources.ledger import ATTEMPTS, DELIVERIES


def test_each_attempt_is_a_row_with_its_answer(tmp_path: Path) -> None:
    url, landing, shelf = f"sqlite:///{tmp_path / 'ledger.db'}", Landing(tmp_path / "landing"), Shelf()
    ledger = Ledger(url)
    assert land_sql(ATTEMPTS, url, landing, NOW).rows == 0, "nothing was ever delivered"
    shelf.always(Unreachable("it is down"), times=3)
    deliver([message(1)], {"mail": shelf}, ledger, clock, patience=Waits().patience())
    assert land_sql(ATTEMPTS, url, landing, NOW).rows == 1
    later = NOW + timedelta(hours=1)
    shelf.always(Rejected("invalid_email", "ann1@example.com is none"))
    deliver([message(1)], {"mail": shelf}, ledger, lambda: later, patience=Waits().patience())
    landed = land_sql(ATTEMPTS, url, landing, later)
    assert (landed.rows, landed.warnings, land_sql(ATTEMPTS, url, landing, later).rows) == (1, [], 0)
    with duckdb.connect() as connection:
        query = f"select number, outcome, code, started_at, finished_at is not null from {landing.scan(ATTEMPTS)} order by number"
        rows = connection.execute(query).fetchall()
    naive = [at.replace(tzinfo=None) for at in (NOW, later)]
    assert rows == [(1, "not_sent", rows[0][2], naive[0], True), (2, "rejected", "invalid_email", naive[1], True)]
    assert (land_sql(DELIVERIES, url, landing, later).rows, landed.quarantined) == (1, {})
    ledger.close()
