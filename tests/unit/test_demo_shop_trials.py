"""Experiments of the shop's past: what was planted comes out, what was not does not, and nobody else's orders moved."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from demo_world import make, rows

from demo.shop.clock import DAY, NEVER, micros
from demo.shop.orders import make_orders
from demo.shop.people import chunk_sizes
from demo.shop.plan import Plan as World
from demo.shop.plan import make_plan
from demo.shop.rhythm import purchase_times
from demo.shop.trials import DAYS, FIRST_PLACE, TRIALS, taken_part
from experiments.estimate import Effect, estimate
from experiments.plans import Plan
from experiments.ratio import is_ratio_alarm
from experiments.sums import ArmSums


def effects(plans: list[World], name: str, segment: str | None = None) -> Effect:
    """The effect of an experiment on who placed a paid order, from the orders as the shop has them."""
    (trial,) = (trial for trial in TRIALS if trial.name == name)
    start, counts = micros(trial.at), np.zeros((2, 2))
    for plan in plans:
        orders = plan.orders
        who, treated, once = taken_part(plan.people, trial, orders.person, orders.at)
        inside = (orders.at >= start) & (orders.at < start + DAYS * DAY) & (orders.paid < NEVER)
        ordered = np.isin(who, orders.person[inside])
        kept = np.ones(len(who), dtype=bool) if segment is None else once if segment == "one_order" else ~once
        for arm in (0, 1):
            mine = kept & (treated == bool(arm))
            counts[arm] += mine.sum(), (ordered & mine).sum()
    assert not is_ratio_alarm({"control": int(counts[0, 0]), "treated": int(counts[1, 0])}, {"control": 1, "treated": 1})
    arms = [ArmSums(arm, *counts[place], counts[place, 1]) for place, arm in enumerate(("control", "treated"))]
    (effect,) = estimate(arms, "control", "proportion", Plan("fixed"), [1.0])
    return effect


@pytest.fixture(scope="module")
def plans() -> list[World]:
    return [make_plan(7, chunk, size) for chunk, size in enumerate(chunk_sizes(5000))]


def test_what_changed_nothing_shows_nothing(plans):
    effect = effects(plans, "newsletter_subject")
    assert effect.effect_low < 0 < effect.effect_high


def test_what_helped_a_little_is_not_seen_in_a_small_shop(plans):
    effect = effects(plans, "thank_you_note")
    assert effect.effect_low < 0.025 < effect.effect_high and effect.effect_low < 0


def test_what_did_harm_is_seen(plans):
    assert effects(plans, "daily_reminders").effect_high < 0


def test_what_helped_some_alone_is_seen_in_them_alone(plans):
    assert effects(plans, "second_order_nudge", "one_order").effect_low > 0.03
    others = effects(plans, "second_order_nudge", "more_orders")
    assert others.effect_low < 0 < others.effect_high


@pytest.mark.slow
def test_in_a_bigger_shop_the_little_that_helped_is_seen():
    many = [make_plan(7, chunk, size) for chunk, size in enumerate(chunk_sizes(40_000))]
    effect = effects(many, "thank_you_note")
    assert effect.effect_low > 0 and effect.effect == pytest.approx(0.025, abs=0.012)
    nothing = effects(many, "newsletter_subject")
    assert nothing.effect_low < 0 < nothing.effect_high


def test_nobody_elses_orders_are_moved(plans):
    plan = plans[0]
    person, at = purchase_times(plan.people)
    place = np.arange(len(person)) - np.searchsorted(person, person, side="left")
    alone = make_orders(plan.people, plan.people.number[person] * 128 + place, person, at)
    found = dict(zip(plan.orders.key.tolist(), zip(plan.orders.at.tolist(), plan.orders.total.tolist(), strict=True), strict=True))
    before = dict(zip(alone.key.tolist(), zip(alone.at.tolist(), alone.total.tolist(), strict=True), strict=True))
    assert {key: found[key] for key in found.keys() & before.keys()} == {key: before[key] for key in found.keys() & before.keys()}
    assert all(key % 128 >= FIRST_PLACE for key in found.keys() - before.keys())
    lost = [before[key][0] for key in before.keys() - found.keys()]
    harmful = micros(TRIALS[-1].at)
    assert lost and all(harmful <= when < harmful + DAYS * DAY for when in lost)
    assert (np.diff(plan.orders.person * (1 << 33) + plan.orders.at // 1_000_000) >= 0).all()


def test_the_logs_name_customers_of_the_shop(tmp_path: Path):
    folder = make(tmp_path, customers=80)
    customers = {row[0] for row in rows(folder)["customers"]}
    assert [trial["experiment"] for trial in json.loads((folder / "truth" / "experiments.json").read_text())] == [t.name for t in TRIALS]
    for trial in TRIALS:
        with (folder / "experiments" / f"{trial.name}.csv").open(newline="") as file:
            told = list(csv.DictReader(file))
        assert list(told[0]) == ["experiment", "arm", "assigned_at", trial.key, "segment"]
        assert {row["experiment"] for row in told} == {trial.name} and {row["arm"] for row in told} == {"control", "treated"}
        assert len({row[trial.key] for row in told}) > len(told) * 0.9
        assert trial.key == "email" or {row["customer_id"] for row in told} <= customers
    assert not list((folder / "experiments").glob("*.partial"))
