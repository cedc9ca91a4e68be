"""Days pass in the demo shop: once each, in the last files alone, and never beyond what was planned."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from demo_world import ask, digests, make, pass_days, rows

from demo.__main__ import main
from demo.shop import today
from demo.shop.clock import DAY, TODAY
from demo.shop.plan import make_plan
from demo.shop.shop_rows import product_rows


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    return make(tmp_path_factory.mktemp("world"))


def test_days_that_pass_one_by_one_show_what_a_later_look_shows():
    plan = make_plan(5, 0, 600)
    ten_days = {"customers": {}, "orders": {}, "order_lines": {}, "refunds": {}, "refund_lines": {}, "shipments": {}}
    for day in range(11):
        since = 0 if day == 0 else TODAY + (day - 1) * 86_400_000_000
        for name, found in plan.shop(since, TODAY + day * 86_400_000_000).items():
            ten_days[name].update({next(iter(row.values())): row for row in found})
    at_once = plan.shop(0, TODAY + 10 * 86_400_000_000)
    for name, found in at_once.items():
        assert {next(iter(row.values())): row for row in found} == ten_days[name]


def test_each_day_some_price_falls_and_in_a_week_things_sell_out_and_come_back():
    known = {row["product_id"]: row for row in product_rows(0, TODAY)}
    assert len(known) == 96
    assert 1 <= sum(row["stock_quantity"] == 0 for row in known.values()) <= 6
    back, gone = [], []
    for day in range(7):
        rows_of_day = product_rows(TODAY + day * DAY, TODAY + (day + 1) * DAY)
        before = [(row, known[row["product_id"]]) for row in rows_of_day]
        assert any(row["price_amount"] <= was["price_amount"] * Decimal("0.9") for row, was in before)
        back += [row for row, was in before if row["stock_quantity"] > was["stock_quantity"] == 0]
        gone += [row for row, was in before if row["stock_quantity"] == 0 < was["stock_quantity"]]
        known |= {row["product_id"]: row for row in rows_of_day}
    assert len(back) >= 3
    assert len(gone) >= 3


def test_a_day_passes_once(world, tmp_path):
    twice, once = tmp_path / "twice", tmp_path / "once"
    for folder in (twice, once):
        shutil.copytree(world, folder)
        pass_days(folder)
    # As after a crash just before the clock was written: everything is there, and told again.
    shutil.copy(world / "clock.json", twice / "clock.json")
    pass_days(twice)
    assert rows(twice) == rows(once)
    assert digests(twice) == digests(once)
    assert today(once) == datetime(2026, 7, 1, 9, tzinfo=UTC)
    assert (once / "ga4" / "events_20260701.parquet").exists()
    assert not list(once.rglob("*.partial"))


def test_a_day_changes_the_last_files_alone_and_brings_something_of_everything(tmp_path):
    folder = make(tmp_path / "w", customers=250)
    before_rows, before_files = rows(folder), digests(folder)
    pass_days(folder, 4)
    after_rows, after_files = rows(folder), digests(folder)
    changed = {name for name in before_files if before_files[name] != after_files[name] and name.startswith("events")}
    assert "events_20260630.parquet" in changed
    assert changed <= {f"events_202606{day}.parquet" for day in (28, 29, 30)}
    for table in before_rows:
        old, new = ({row[0]: row for row in found[table]} for found in (before_rows, after_rows))
        assert old.keys() <= new.keys(), table
        if table != "products":
            assert len(new) > len(old), table
        if table in ("orders", "shipments", "products"):
            assert any(new[key] != row for key, row in old.items()), table
    assert len(set(ask(folder, "select * from identifiers"))) == len(ask(folder, "select * from identifiers"))


def test_what_cannot_be_done_says_why(world, tmp_path, capsys):
    with pytest.raises(ValueError, match="at least 1"):
        make(tmp_path / "none", customers=0)
    with pytest.raises(ValueError, match="at least 1"):
        pass_days(world, 0)
    assert main(["advance", "--folder", str(tmp_path / "nowhere")]) == 2
    assert "make the demo shop first" in capsys.readouterr().err
    lost = tmp_path / "lost"
    shutil.copytree(world, lost)
    (lost / "crm.db").unlink()
    assert main(["advance", "--folder", str(lost)]) == 2
    assert "no table consents, contacts" in capsys.readouterr().err
    assert digests(lost) == digests(world)


def test_the_horizon_is_a_year_away(world, tmp_path):
    folder = tmp_path / "w"
    shutil.copytree(world, folder)
    clock = json.loads((folder / "clock.json").read_text())
    late = datetime(2026, 6, 30, 9, tzinfo=UTC) + timedelta(days=365)
    (folder / "clock.json").write_text(json.dumps(clock | {"as_of": late.isoformat()}))
    with pytest.raises(ValueError, match="planned up to 2027-06-30"):
        pass_days(folder)
