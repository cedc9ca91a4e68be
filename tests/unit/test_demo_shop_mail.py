"""The shop's own newsletter, as its provider remembers it: who got it, who read it, who wanted no more."""

import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from demo_world import make, pass_days

from demo.provider.past import remember
from demo.provider.state import ProviderState
from demo.shop.clock import DAY, START, TODAY, web_start
from demo.shop.interest import interest
from demo.shop.newsletters import FIRST, mailed
from demo.shop.people import REGULAR
from demo.shop.plan import Plan, make_plan


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(7, 0, 2000)


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    return make(tmp_path_factory.mktemp("world"), customers=300)


def events(folder: Path) -> list[tuple]:
    """Metric, address, seconds and whether a machine did it, of everything the provider remembers."""
    with sqlite3.connect(folder / "provider.db") as connection:
        return connection.execute(
            "select m.name, p.email, e.time_s, coalesce(e.properties ->> 'machine_open', 0) from events e"
            " join metrics m on m.seq = e.metric_seq join profiles p on p.seq = e.profile_seq order by e.time_s, e.seq"
        ).fetchall()


def test_readers_have_agreed_and_those_who_left_the_list_get_no_more(world):
    found = events(world)
    with sqlite3.connect(world / "crm.db") as crm:
        agreed = {
            email.strip().lower()
            for (email,) in crm.execute(
                "select c.email from contacts c join consents g using (contact_id) where g.channel = 'email'"
                " and g.purpose = 'marketing' and g.status = 'granted' and c.email is not null"
            )
        }
    got = [row for row in found if row[0] == "Received Email"]
    assert len(got) > 1000 and {row[1] for row in got} <= agreed
    assert min(row[2] for row in found) >= FIRST // 1_000_000 and max(row[2] for row in found) <= TODAY // 1_000_000
    ends = {row[1]: row[2] for row in found if row[0] in ("Bounced Email", "Unsubscribed from Email Marketing", "Marked Email as Spam")}
    assert ends and not [row for row in got if row[2] > ends.get(row[1], row[2])]
    machines = [row for row in found if row[3]]
    assert {row[0] for row in machines} == {"Opened Email", "Clicked Email"}


def test_a_stretch_told_twice_is_stored_once_and_two_halves_are_the_whole(tmp_path, plan):
    whole, halves = ProviderState(tmp_path / "whole.db"), ProviderState(tmp_path / "halves.db")
    middle = TODAY - 100 * DAY + 3
    told = remember(whole, mailed(plan, START, TODAY))
    assert told == sum(remember(halves, mailed(plan, *between)) for between in ((START, middle), (middle, TODAY))) > 10_000
    assert remember(whole, mailed(plan, START, TODAY)) == 0
    suppressed = [state.read("select address, reason, at_us from suppressions order by 1") for state in (whole, halves)]
    assert [tuple(row) for row in suppressed[0]] == [tuple(row) for row in suppressed[1]]


def test_what_our_own_messages_led_to_ends_the_newsletter_too(tmp_path, plan):
    state = ProviderState(tmp_path / "provider.db")
    rows = list(mailed(plan, START, TODAY))
    reader = next(row.address for row in rows if row.status == "delivered" and row.issue == 0)
    with state.transaction() as connection:
        connection.execute("insert into suppressions values ('email', ?, 'UNSUBSCRIBE', ?)", (reader, FIRST + DAY))
    remember(state, rows)
    query = "select e.time_s from events e join profiles p on p.seq = e.profile_seq where p.email = ?"
    assert {row["time_s"] * 1_000_000 <= FIRST + DAY for row in state.read(query, (reader,))} == {True}


def test_days_that_pass_bring_the_next_newsletter(world):
    before = len(events(world))
    pass_days(world, 10)  # Thursday, the ninth of July, is one of its days
    after = events(world)
    assert len([row for row in after if row[0] == "Received Email" and row[2] > TODAY // 1_000_000]) > 50
    assert len(after) > before + 50


def test_interest_rises_before_most_purchases_and_goes_before_somebody_does(plan):
    people, orders = plan.people, plan.orders
    some = np.flatnonzero((orders.at > START + 200 * DAY) & (people.kind[orders.person] == REGULAR))
    just_before = interest(people, orders, orders.person[some], orders.at[some] - DAY).mean()
    long_before = interest(people, orders, orders.person[some], orders.at[some] - 25 * DAY).mean()
    assert just_before > long_before + 0.1
    gone = np.flatnonzero((people.kind == REGULAR) & (people.left < TODAY) & (people.left > people.joined + 200 * DAY))
    there, after = (interest(people, orders, gone, people.left[gone] + days * DAY).mean() for days in (-160, 10))
    assert after < 0.2 * there
    looks = plan.visits.order < 0
    late = looks & (plan.visits.at > people.left[plan.visits.person])
    assert 0 < late.sum() < 0.05 * looks.sum()
    assert plan.visits.at.min() >= web_start(120)


def test_looking_around_and_reading_tell_what_orders_do_not(plan):
    """Of those with a rhythm who are equally far in their cycle, more buy within 30 days who came by or read of late; by far not all."""
    at = TODAY - 45 * DAY
    orders = pd.DataFrame({"person": plan.orders.person, "at": plan.orders.at})
    past = orders[orders["at"] < at].groupby("person")["at"]
    known = pd.DataFrame({"last": past.max(), "first": past.min(), "count": past.size()}).query("count >= 3")
    pace = (known["last"] - known["first"]) / (known["count"] - 1)
    known["cycle"] = pd.qcut((at - known["last"]) / pace, 8)
    soon = orders[(orders["at"] >= at) & (orders["at"] < at + 30 * DAY)]["person"]
    known["buys"] = known.index.isin(soon)
    looks = (plan.visits.order < 0) & (plan.visits.at < at) & (plan.visits.at > at - 21 * DAY)
    of_address = {plan.addresses.email[person]: person for person in reversed(range(len(plan.people)))}
    rows = [row for row in mailed(plan, at - 45 * DAY, at) if not row.is_machine]
    read, got = ({of_address[row.address] for row in rows if row.status == status} for status in ("opened", "delivered"))
    known["looked"] = known.index.isin(plan.visits.person[looks])
    known["read"] = known.index.isin(read)
    tracked = known[plan.people.tracked[known.index]]
    for sign, people in (("looked", tracked), ("read", known[known.index.isin(got)])):
        shares = people.groupby(["cycle", sign], observed=True)["buys"].mean().unstack()
        weights = people.groupby("cycle", observed=True).size()
        more = ((shares[True] - shares[False]) * weights).sum() / weights.sum()
        assert 0.04 < more < 0.6, (sign, more)
