"""The demo shop: the same world from the same seed, the export's exact columns, days that pass once."""

import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pytest
from demo_world import DDL, ask, count_rows, digests, make, pass_days, rows, urls

from demo.shop import advance, create, today
from demo.shop.clock import HORIZON, NEVER, TODAY
from demo.shop.people import CHUNK, REGULAR, STRIDE, chunk_sizes, make_people
from demo.shop.plan import make_plan
from demo.shop.tables import CRM, SHOP

SHARED_DDL = Path(__file__).resolve().parents[3] / "shared" / "data" / "ga4_schema" / "ga4_events.duckdb.sql"


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    return make(tmp_path_factory.mktemp("world"))


def test_the_same_seed_makes_the_same_world(world, tmp_path):
    again = make(tmp_path / "again")
    assert rows(again) == rows(world)
    assert digests(again) == digests(world)


def test_another_seed_makes_another_world(world, tmp_path):
    other = make(tmp_path / "other", seed=8)
    assert rows(other)["customers"] != rows(world)["customers"]
    assert rows(other)["orders"] != rows(world)["orders"]


def test_creating_again_replaces_the_world(world, tmp_path):
    folder = make(tmp_path / "w", customers=30, seed=3)
    make(folder)
    assert rows(folder) == rows(world)
    assert digests(folder) == digests(world)


def test_the_fixed_day(world, tmp_path):
    assert today(world) == datetime(2026, 6, 30, 9, tzinfo=UTC)
    assert json.loads((world / "clock.json").read_text()) == {
        "as_of": "2026-06-30T09:00:00+00:00",
        "seed": 7,
        "customers": 60,
        "web_days": 120,
    }
    with pytest.raises(FileNotFoundError, match="make the demo shop first"):
        today(tmp_path)


def test_a_file_a_day_with_the_exports_exact_columns(world):
    files = sorted((world / "ga4").iterdir())
    assert [files[0].name, files[-1].name] == ["events_20260303.parquet", "events_20260630.parquet"]
    assert len(files) == 120
    with duckdb.connect() as connection:
        connection.execute(DDL.read_text())
        wanted = connection.execute("describe ga4_events").fetchall()
        for file in (files[0], files[-1]):
            assert connection.execute(f"describe select * from read_parquet('{file}')").fetchall() == wanted


@pytest.mark.skipif(not SHARED_DDL.exists(), reason="the reference copy of the export's schema is not on this machine")
def test_the_definition_is_the_reference():
    assert DDL.read_text() == SHARED_DDL.read_text()


def test_events_lie_in_the_file_of_their_day_and_never_after_now(world):
    wrong = """select count(*) from events where user_pseudo_id is not null and
        (event_date <> strftime(make_timestamp(event_timestamp), '%Y%m%d')
         or make_timestamp(event_timestamp) > timestamp '2026-06-30 09:00')"""
    assert ask(world, wrong) == [(0,)]


def test_a_chunk_does_not_depend_on_how_many_follow():
    assert chunk_sizes(2 * CHUNK + 1) == [CHUNK, CHUNK, 1]
    alone, later = make_plan(7, 1, 300), make_plan(7, 1, 300)
    assert (alone.orders.key == later.orders.key).all()
    assert alone.shop(0, TODAY) == later.shop(0, TODAY)
    assert len(make_people(7, 0, CHUNK)) < STRIDE


def test_rhythm_is_bounded_around_the_own_interval():
    plan = make_plan(7, 0, 1500)
    people, orders = plan.people, plan.orders
    steady = (people.kind == REGULAR)[orders.person]
    person, at = orders.person[steady], orders.at[steady]
    gaps = (np.diff(at) / 86_400_000_000)[np.diff(person) == 0]
    own = people.interval_days[person[1:][np.diff(person) == 0]]
    ratio = gaps / own
    # A memoryless process has a coefficient of variation of 1; people with a rhythm have far less.
    assert np.median(ratio) == pytest.approx(1, abs=0.12)
    assert ratio.std() / ratio.mean() < 0.4
    assert (orders.at[~steady] <= HORIZON).all() and (people.left >= people.joined).all()
    assert (people.left < NEVER).any()


def test_a_postgresql_database_holds_the_same(tmp_path, new_database):
    url = new_database()
    folder = tmp_path / "w"
    create(folder, shop_url=url, crm_url=url, customers=60)
    advance(folder, shop_url=url, crm_url=url)
    lite = make(tmp_path / "lite")
    pass_days(lite)
    for schema, name in ((SHOP, "shop_url"), (CRM, "crm_url")):
        assert count_rows(url, schema) == count_rows(urls(lite)[name], schema)
    assert digests(folder) == digests(lite)
