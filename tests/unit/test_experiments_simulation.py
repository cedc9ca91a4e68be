"""A small simulation with a fixed seed: no plan sees what is not there, power is as promised. All of it: regulars experiments simulate."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from experiments.cases import HOLDOUT, real_people
from experiments.estimate import estimate
from experiments.intervals import difference
from experiments.planner import Metric, is_rough, needed
from experiments.plans import Plan
from experiments.simulation import ON_OFFER, Case, judged, redrawn, simulate
from experiments.sums import ArmSums, sides
from experiments.worlds import money, resampled, yes_or_no
from orchestration.experiments_command import experiments

RUNS = 1000


@pytest.fixture(scope="module")
def rows():
    spending = money(0.3, sigma=0.8, loyal=3.0, people=50_000)
    cases = [
        Case(yes_or_no(0.05), 6_000),
        Case(yes_or_no(0.02), 5_000, HOLDOUT),
        Case(yes_or_no(0.1), 20_000, HOLDOUT),
        Case(yes_or_no(0.05), 9_000, (1.0, 1.0, 1.0)),
        Case(spending, 6_000, adjust=True),
        Case(spending, 20_000, HOLDOUT),
    ]
    return list(simulate(cases, runs=RUNS, seed=5))


def test_every_plan_sees_an_effect_that_is_not_there_in_one_of_twenty_at_most(rows):
    assert {row.plan for row in rows} == set(ON_OFFER)
    assert max(row.false_positives for row in rows) <= 0.065  # 5 % and two standard errors of so few runs
    for plan in ON_OFFER:
        assert np.mean([row.false_positives for row in rows if row.plan == plan]) <= 0.055


def test_power_is_what_the_planner_promised_and_intervals_hold_the_truth(rows):
    promised = [row for row in rows if row.power is not None]
    assert len(promised) == 24
    for row in promised:  # what is drawn for few varies a little from one effect to the next
        few = row.case.world.metric.is_few(row.case.people * min(row.case.shares) / sum(row.case.shares))
        assert row.promised == pytest.approx(0.8, abs=0.005 if few else 0.001)
    assert max(abs(row.power - row.promised) for row in promised) <= 0.04
    assert max(row.missed for row in promised) <= 0.07


def test_where_few_buy_the_promise_holds_too():
    """Below 100 purchases in the smallest arm chance is not normal; money of which the buyers are not known stays a rough guess."""
    plain = money(people=100_000)
    cases = [Case(yes_or_no(0.05), 4_000, HOLDOUT), Case(yes_or_no(0.02), 2_000), Case(plain, 400), Case(plain, 5_000, HOLDOUT)]
    found = list(simulate(cases, ON_OFFER[:3], runs=RUNS, seed=4))
    assert len(found) == 12 and all(row.power is not None for row in found)
    assert max(abs(row.power - 0.8) for row in found) <= 0.04
    metric = replace(plain.metric, variance_reduction=0.0)
    assert not is_rough(metric, 200) and is_rough(replace(metric, buyers=None), 200) and not is_rough(replace(metric, buyers=None), 3_000)
    people = needed(metric, 1.8, {"control": 1.0, "treated": 1.0}, Plan("fixed"))
    assert 300 < people.total < 500, "a plan for few is the same equation"


def test_looking_daily_with_a_test_meant_for_once_is_found_out():
    """The simulation can fail: on the same draws the plain interval is wrong several times as often as the always-valid one."""
    random = np.random.default_rng(1)
    steps = random.binomial(200, 0.1, (RUNS, 28, 2)).cumsum(axis=1).astype(float)
    people = np.broadcast_to(np.arange(1, 29)[:, None] * 200.0, steps.shape)
    sums = np.stack([people, steps, steps, *[np.zeros_like(steps)] * 3], axis=-1)
    assert judged(sums, "proportion", Plan("always_valid"), False)[0].mean() < 0.03
    treated, control, _, _ = sides(*(ArmSums("", *np.moveaxis(sums[:, :, arm], -1, 0)) for arm in (1, 0)), "proportion")
    low, high = difference(treated, control, "proportion", np.full(people.shape[:2], 1.96))
    assert ((low > 0) | (high < 0)).any(axis=1).mean() > 0.15


def test_arms_drawn_anew_over_the_same_people_differ_no_more_than_chance_has_it():
    random = np.random.default_rng(9)
    eager = random.gamma(0.5, 0.6, 2_000)
    values = np.stack([random.poisson(eager) * random.lognormal(3, 1, 2_000) for _ in range(2)], axis=1)
    assert max(redrawn(values, "mean", HOLDOUT, runs=400)) <= 0.075
    assert max(redrawn((values > 0).astype(float), "proportion", (50.0, 50.0), runs=400)) <= 0.075


def test_a_world_is_what_its_people_are():
    values = np.array([[0.0, 0.0], [2.0, 0.0], [4.0, 1.0], [0.0, 3.0]])
    world = resampled("four", "mean", values[:, 0], values[:, 1])
    assert world.metric == Metric(1.5, float(np.std(values[:, 0])), variance_reduction=world.metric.variance_reduction, buyers=0.5)
    assert world.metric.variance_reduction == pytest.approx(np.corrcoef(values.T)[0, 1] ** 2)
    sums = world.draw(np.full((20_000,), 40), 0.0, np.random.default_rng(2)).mean(axis=0) / 40
    assert sums == pytest.approx([1.5, 5.0, 1.0, 2.5, 1.0], rel=0.03)
    lifted = world.draw(np.full((20_000,), 40), 0.5, np.random.default_rng(2)).mean(axis=0) / 40
    assert lifted[0] == pytest.approx(1.5 * 1.5, rel=0.03)


def test_real_customers_are_those_who_had_bought_before():
    lines = pd.DataFrame(
        [("1", "2011-08-20", 1, 2, 5.0), ("2", "2011-09-03", 1, 1, 7.0), ("C3", "2011-09-04", 1, -1, 7.0), ("4", "2011-09-05", 2, 1, 1.0)],
        columns=["InvoiceNo", "InvoiceDate", "CustomerID", "Quantity", "UnitPrice"],
    ).astype({"InvoiceDate": "datetime64[us]"})
    ordered, revenue = real_people(lines)
    assert revenue.rows.tolist() == [[7.0, 10.0]] and ordered.rows.tolist() == [[1.0, 1.0]]


def test_the_command_says_people_days_and_what_can_be_seen():
    asked = ["plan", "--base", "0.16", "--effect", "0.1", "--people", "20000", "--shares", "10,90", "--daily", "60"]
    told = CliRunner().invoke(experiments, asked)
    assert told.exit_code == 0, told.output
    assert [line.split(":")[0].split(",")[0] for line in told.output.splitlines() if not line.startswith(" ")] == [
        "fixed", "obrien_fleming", "pocock", "always_valid",
    ]  # fmt: skip
    assert "days at the most" in told.output and "+16.1% and more" in told.output
    assert CliRunner().invoke(experiments, ["plan"]).exit_code == 2
    assert "must be one that can be" in CliRunner().invoke(experiments, ["plan", "--base", "0.6", "--effect", "0.9"]).output


@pytest.mark.parametrize("kind", ["proportion", "mean"])
@pytest.mark.parametrize("plan", [Plan("fixed"), Plan("obrien_fleming", 4), Plan("pocock", 4)], ids=lambda plan: plan.name)
def test_what_is_simulated_is_what_is_estimated(kind, plan):
    """The verdict on whole runs at once is that of `estimate`, look by look, and its p-value and interval never disagree."""
    world = yes_or_no(0.2) if kind == "proportion" else money(0.3, people=20_000)
    random = np.random.default_rng(3)
    people = np.full((40, 4, 2), 150)
    drawn = np.stack([world.draw(people[..., 0], 0.0, random), world.draw(people[..., 1], 0.35, random)], axis=2)
    sums = np.concatenate([people[..., None], drawn], axis=3).cumsum(axis=1)
    told = judged(sums, kind, plan, True)[0]
    times = plan.planned()
    for run in range(len(sums)):
        seen = False
        for look in range(plan.looks):
            at = (look + 1) * 4 // plan.looks - 1
            arms = [ArmSums(name, *sums[run, at, arm]) for arm, name in enumerate(("control", "treated"))]
            (effect,) = estimate(arms, "control", kind, plan, times[: look + 1])
            is_out = effect.effect_low > 0 or effect.effect_high < 0
            assert is_out == (effect.p_value < plan.alpha) == (abs(effect.z) > effect.boundary_z)
            if effect.lift_low is not None:
                assert is_out == (effect.lift_low > 0 or effect.lift_high < 0)
            seen |= is_out
        assert seen == told[run]
    assert 0.1 < told.mean() < 1
