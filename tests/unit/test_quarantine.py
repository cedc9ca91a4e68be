"""Refused rows mended and landed again: once each, by the same rules, closed when they are in, whoever brought them in."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest
from landing_kit import AS_OF, fill, landed, order

from orchestration.landing import QUARANTINE, Landing, land_sql
from orchestration.landing import replay as replay_module
from orchestration.landing.entries import entries, fix, supersede
from orchestration.landing.replay import Replayed, replay
from orchestration.landing.sheet import read_sheet, write_sheet
from orchestration.sources import shop

TABLES = {table.raw_name: table for table in shop.TABLES}
LATER = AS_OF + timedelta(days=1)
STATE = "row_key, state, closed_by"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'shop.db'}"


@pytest.fixture
def landing(tmp_path: Path, url: str) -> Landing:
    """Of four orders o2 has an unknown status and o3 no total."""
    place = Landing(tmp_path / "landing")
    fill(url, shop.ORDERS, [order(1), order(2, status="lost"), order(3, total_amount=None), order(4)])
    assert land_sql(shop.ORDERS, url, place, AS_OF).rows == 2
    return place


def one(landing: Landing, key: str) -> str:
    return next(entry.quarantine_id for entry in entries(landing, state="") if entry.row_key == key)


def mend(landing: Landing, key: str, **values: str) -> Replayed:
    (entry,) = entries(landing, ids=[one(landing, key)])
    return replay(landing, TABLES, [fix(landing, entry, shop.ORDERS, values)], LATER, "ann")


def orders(landing: Landing) -> list[tuple]:
    return sorted(landed(landing, shop.ORDERS, "order_id, status, _landed_at"))


def test_a_mended_row_lands_as_if_it_came_from_the_source(landing: Landing) -> None:
    done = mend(landing, "o2", status="paid")
    assert (len(done.landed), done.refused, done.tables) == (1, {}, {"shop_orders": 1})
    assert orders(landing)[1] == ("o2", "paid", LATER.replace(tzinfo=None))
    assert sorted(landed(landing, QUARANTINE, STATE)) == [("o2", "replayed", "ann"), ("o3", "open", None)]
    assert '"lost"' in next(entry.payload for entry in entries(landing, state="replayed"))


def test_a_row_that_is_still_bad_stays_with_the_rule_that_it_breaks_now(landing: Landing) -> None:
    done = mend(landing, "o2", status="paid", total_amount="-1")
    assert not done.landed and len(orders(landing)) == 2
    (entry,) = entries(landing, reason="total_amount_negative")
    assert entry.fixed == {"status": "paid", "total_amount": "-1"} and "must not be below 0" in entry.detail
    assert len(landed(landing, QUARANTINE)) == 2
    assert len(mend(landing, "o2", total_amount="1").landed) == 1


def test_an_unmended_row_is_refused_again_and_a_closed_one_is_not_replayed(landing: Landing) -> None:
    (entry,) = entries(landing, ids=[one(landing, "o2")])
    assert list(replay(landing, TABLES, [entry], LATER, "ann").refused) == [entry.quarantine_id]
    mend(landing, "o2", status="paid")
    (closed,) = entries(landing, state="replayed")
    assert "is replayed already" in replay(landing, TABLES, [closed], LATER, "ann").impossible[closed.quarantine_id]


def test_killed_between_the_row_and_its_entry_and_replayed_again_nothing_is_lost_or_doubled(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(replay_module, "amend", killed)
        mend(landing, "o2", status="paid")
    assert len(orders(landing)) == 3 and len(entries(landing)) == 2
    assert mend(landing, "o2", status="paid").tables == {"shop_orders": 0}
    assert len(orders(landing)) == 3 and [entry.row_key for entry in entries(landing)] == ["o3"]


def test_a_good_version_from_the_source_closes_the_entry_and_an_older_one_does_not(landing: Landing, url: str) -> None:
    assert supersede(landing, TABLES, AS_OF) == 0
    fill(
        url,
        shop.ORDERS,
        [order(2, status="shipped", updated_at="2026-06-30 08:00:00"), order(4, status="lost", updated_at="2026-06-30 08:00:00")],
    )
    assert land_sql(shop.ORDERS, url, landing, LATER).rows == 1
    assert supersede(landing, TABLES, LATER) == 1
    assert sorted(landed(landing, QUARANTINE, "row_key, state")) == [("o2", "superseded"), ("o3", "open"), ("o4", "open")]
    assert supersede(landing, TABLES, LATER) == 0


def test_the_source_gives_the_bad_row_again_and_the_mended_one_holds(landing: Landing, url: str) -> None:
    mend(landing, "o2", status="paid")
    assert land_sql(shop.ORDERS, url, landing, LATER + timedelta(days=1)).rows == 0
    assert orders(landing)[1][:2] == ("o2", "paid") and len(orders(landing)) == 3
    assert len(landed(landing, QUARANTINE)) == 2


def test_a_sheet_is_read_back_for_what_was_changed_in_it(landing: Landing, tmp_path: Path) -> None:
    sheet = tmp_path / "orders.csv"
    assert write_sheet(entries(landing), sheet) == 2
    with sheet.open(newline="") as file:
        rows = list(csv.DictReader(file))
    next(row for row in rows if row["order_id"] == "o3")["total_amount"] = "12.5"
    with sheet.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    ((entry, values),) = read_sheet(sheet, entries(landing))
    assert (entry.row_key, values) == ("o3", {"total_amount": "12.5"})


def test_what_cannot_be_done_is_said(landing: Landing) -> None:
    (entry,) = entries(landing, ids=[one(landing, "o2")])
    with pytest.raises(ValueError, match="has no column colour; it has order_id"):
        fix(landing, entry, shop.ORDERS, {"colour": "red"})
    with pytest.raises(LookupError, match="no such entry"):
        entries(landing, ids=["zz"])
    with pytest.raises(LookupError, match="2 entries begin so"):
        entries(landing, ids=[""])


def test_personal_values_are_masked_unless_revealed(landing: Landing) -> None:
    (entry,) = entries(landing, ids=[one(landing, "o2")])
    masked, revealed = entry.shown(shop.ORDERS, reveal=False), entry.shown(shop.ORDERS, reveal=True)
    assert (masked["status"], revealed["email"]) == ("lost", "Ann@Example.com ")
    assert "Ann" not in str(masked["email"]) and "151" not in str(masked["phone"])
