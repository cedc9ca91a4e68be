"""Proof before sending, on one small world: journeys played, a campaign's past, what a change moves, and that nothing leaks back in time.

One file: a world takes half a minute to make, and all that is asked of it stands here.
"""

import copy
import dataclasses
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from warehouse_kit import moment

from orchestration.replay.backtest import backtest
from orchestration.replay.compiling import built
from orchestration.replay.difference import difference, markdown
from orchestration.replay.invariants import Invariants, window
from orchestration.replay.journeys import read
from orchestration.replay.opening import scratch_of
from orchestration.replay.simulation import World, ticks
from orchestration.replay.timelines import lines
from orchestration.replay.told import lines as backtest_lines

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "dbt_project"
CARTED, TEN = moment(2026, 3, 3, 9, 10), moment(2026, 3, 3, 10)
FILE = """
from: 2026-03-03 08:00
until: 2026-03-04 08:00
every_minutes: 120
products:
  kettle: {price: 49}
people:
  - name: Ada leaves a cart
    events: [{at: 2026-03-03 09:10, does: carts, product: kettle}]
    expect: [{sent: cart_abandoned, after: 2026-03-03 09:40, by: 2026-03-03 10:00, times: 1, channel: email}]
  - name: Cem orders by telephone
    events:
      - {at: 2026-03-03 09:10, does: carts, product: kettle}
      - {at: 2026-03-03 09:35, does: orders, product: kettle, offline: true}
    expect: [{not: cart_abandoned, because: ordered_since}]
  - name: Dora agreed to nothing
    consents: []
    events: [{at: 2026-03-03 09:10, does: carts, product: kettle}]
    expect: [{not: anything}, {not: cart_abandoned, because: no_consent}]
  - name: Emil shops at night
    events: [{at: 2026-03-03 20:10, does: carts, product: kettle}]
    expect:
      - {not: cart_abandoned, by: 2026-03-04 06:59, because: quiet_hours}
      - {sent: cart_abandoned, after: 2026-03-04 07:00}
  - name: Fay is in the control group
    holdout: true
    events: [{at: 2026-03-03 09:10, does: carts, product: kettle}]
    expect: [{not: cart_abandoned, because: holdout}]
  - name: Lea expects too much
    expect: [{sent: cart_abandoned}]
"""


@pytest.fixture(scope="module")
def world():
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "journeys.yml"
        file.write_text(FILE)
        yield World(read(file), PROJECT, Path(folder), {})


@pytest.fixture(scope="module")
def scratch(world):
    with world.scratch(PROJECT, {}, world.manifest) as scratch:
        yield scratch


@pytest.fixture(scope="module")
def simulation(world, scratch):
    return world.play(scratch)


def test_each_person_gets_what_the_file_says_and_a_wrong_expectation_is_told(simulation):
    assert simulation.broken == []
    assert simulation.unmet == ["Lea expects too much: cart_abandoned was to be sent, but there was nothing of it"]
    assert simulation.sent["Ada leaves a cart"] == [(TEN, "cart_abandoned", "email")]
    assert "NOT AS EXPECTED: Lea" in "\n".join(lines(simulation))


def test_what_must_never_happen_is_seen_by_who_looks_from_outside(simulation, scratch):
    """The same messages under rules that forbid them: every check bites."""
    looking, policy = Invariants(scratch), copy.deepcopy(scratch.project.policy)
    looking._is_first = False  # what was played is there already
    looking.policy = policy | {
        "quiet_from_hour": 0,
        "quiet_until_hour": 24,
        "holdout_global_pct": 100,
        "caps": {"all": {"day": 0, "week": 9}},
    }
    scratch.connection.execute("update replay.sent set has_consent = false, is_ordered_since = true")
    told = "\n".join(looking.broken())
    for what in ("in quiet hours", "to the control group", "without consent", "after the order"):
        assert what in told
    scratch.connection.execute("insert into replay.sent select * replace (sent_at + interval 1 hour as sent_at) from replay.sent")
    told = "\n".join(looking.broken())
    assert "sent twice" in told and "over the cap of 0 a day" in told and "48 hours after another" in told


def test_what_is_dated_or_landed_later_changes_nothing(scratch):
    def seen(instant):
        scratch.see(instant)
        rows = scratch.frame("from decisions.decisions order by message_id")
        return rows.astype(str).to_dict("records")  # a number that is not there is no number, and equals itself

    def order(landed_at, ordered_at):
        return f"""
            insert into raw.shop_orders by name
            select customer_id || 'late' as order_id, customer_id, 'paid' as status, 'EUR' as currency, 50 as total_amount,
                timestamp '{ordered_at}' as ordered_at, timestamp '{ordered_at}' as updated_at, timestamp '{landed_at}' as _landed_at,
                false as _is_backfill, false as _is_deleted
            from (select distinct customer_id from raw.shop_customers)
        """

    before = seen(TEN)
    assert before
    scratch.connection.execute(order(TEN + timedelta(seconds=1), CARTED + timedelta(minutes=5)))
    scratch.connection.execute(order(CARTED, TEN + timedelta(seconds=1)))
    assert seen(TEN) == before
    scratch.connection.execute(order(TEN, CARTED + timedelta(minutes=5)))
    assert {row["reason"] for row in seen(TEN) if row["campaign"] == "cart_abandoned"} >= {"ordered_since"}
    assert seen(TEN) != before
    scratch.connection.execute("delete from raw.shop_orders where order_id like '%late'")


def test_a_backtest_says_what_each_rule_took_away(world, scratch):
    with scratch_of(scratch.project, world.live, ["cart_abandoned"]) as past:
        found = backtest(past, "cart_abandoned", window(moment(2026, 3, 3, 8), moment(2026, 3, 3, 12), timedelta(hours=2)))
    assert (found.asked, found.sent) == (4, 1)
    assert found.rules == [("no_consent", 1, 3), ("ordered_since", 1, 2), ("holdout", 1, 1)]
    told = "\n".join(backtest_lines(found))
    assert "j***@example.com" in told
    assert not [key for key in world.rows.customers.values() if f"{key}@example.com" in told]


def test_a_difference_names_who_enters_and_leaves(world, scratch):
    here = scratch.project
    trigger = here.models["cart_abandoned"]
    narrowed = dataclasses.replace(trigger, sql=f"select * from ({trigger.sql}) where false")
    changed = dataclasses.replace(here, models={**here.models, "cart_abandoned": narrowed}, _moving={})
    found = difference(here, changed, world.live, TEN)
    assert [(one.campaign, one.before, one.after, one.leaves_count) for one in found.moved] == [("cart_abandoned", 4, 0, 4)]
    assert "| cart_abandoned | 4 | 0 | 0 | 4 | 0 | 1 | 0 |" in markdown(found, "main")
    assert difference(here, here, world.live, TEN).moved == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("people: [{name: A, events: [{at: 2026-03-03 09:10, does: flies}]}]", "nobody flies"),
        ("people: [{name: A, events: [{at: 2026-03-03 09:10, does: carts, product: boat}]}]", "no product 'boat'"),
        ("people: [{name: A, events: [{at: tomorrow, does: visits}]}]", "'tomorrow' is no time"),
        ("people: [{name: A, expect: [{by: 2026-03-03 09:10}]}]", "either `sent: campaign` or `not: campaign`"),
        ("people: [{name: A}, {name: A}]", "two people are called 'A'"),
        ("peple: []", "peple is not known"),
    ],
)
def test_a_file_that_is_wrong_says_where(tmp_path, text, why):
    file = tmp_path / "wrong.yml"
    file.write_text(f"from: 2026-03-03 08:00\nuntil: 2026-03-04 08:00\n{text}\n")
    with pytest.raises(ValueError, match=why):
        read(file)


@pytest.mark.slow
def test_the_answer_is_that_of_dbt(world, scratch):
    scratch.see(TEN)
    ours = scratch.frame("from decisions.decisions order by message_id")
    built(PROJECT, world.folder, world.variables, world.manifest, TEN, ["+decisions"])
    with world.live.open() as connection:
        theirs = connection.execute("from decisions.decisions where kind = 'message' order by message_id").df()
    assert len(ours) and ours.equals(theirs)


@pytest.mark.slow
def test_the_example_comes_as_it_says(tmp_path):
    example = World(read(ROOT / "journeys" / "example.yml"), PROJECT, tmp_path, {})
    assert len(ticks(example.journeys)) < 100
    with example.scratch(PROJECT, {}, example.manifest) as scratch:
        found = example.play(scratch)
    assert (found.unmet, found.broken) == ([], [])
