"""Plans, estimates and planner against published numbers and other people's code. Long: the three stand on each other."""

import numpy as np
import pandas as pd
import pytest
import tea_tasting as tt
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower, TTestIndPower
from statsmodels.stats.proportion import proportion_confint

from experiments import planner
from experiments.adjust import holm
from experiments.always_valid import critical, p_value, tuning
from experiments.estimate import Effect, estimate
from experiments.intervals import wilson
from experiments.planner import Metric
from experiments.plans import Plan
from experiments.ratio import is_ratio_alarm, ratio_p_value
from experiments.recursion import crossing
from experiments.sums import ArmSums

ONCE = Plan("fixed")


def counted(arm: str, people: int, yes: int) -> ArmSums:
    return ArmSums(arm, people, yes, yes)


def summed(arm: str, y: np.ndarray, x: np.ndarray | None = None) -> ArmSums:
    x = np.zeros_like(y) if x is None else x
    return ArmSums(arm, len(y), y.sum(), (y * y).sum(), x.sum(), (x * x).sum(), (x * y).sum())


def only(effects: list[Effect]) -> Effect:
    (effect,) = effects
    return effect


@pytest.mark.parametrize(
    ("bounds", "looks"),
    [([4.049, 2.863, 2.337, 2.024], 4), ([2.361] * 4, 4), ([4.562, 3.226, 2.634, 2.281, 2.040], 5), ([2.413] * 5, 5)],
)
def test_classical_boundaries_spend_a_twentieth(bounds, looks):
    """O'Brien and Fleming 1979, Pocock 1977; as tabled by Jennison and Turnbull 2000, tables 2.1 and 2.3."""
    assert crossing(bounds, np.arange(1, looks + 1) / looks).sum() == pytest.approx(0.05, abs=1e-4)


def test_looking_fifty_times_with_a_plain_test_finds_an_effect_in_a_third():
    """Armitage, McPherson and Rowe 1969, table 2: .142 after 5 looks, .193 after 10, .320 after 50."""
    for looks, wanted in ((5, 0.142), (10, 0.193), (50, 0.320)):
        assert crossing([1.96] * looks, np.arange(1, looks + 1) / looks).sum() == pytest.approx(wanted, abs=1e-3)


@pytest.mark.parametrize(
    ("plan", "wanted"),
    [
        (Plan("fixed"), [1.95996]),
        (Plan("obrien_fleming", 4), [4.3326, 2.9631, 2.3590, 2.0141]),
        (Plan("obrien_fleming", 5), [4.8769, 3.3569, 2.6803, 2.2898, 2.0310]),
        (Plan("pocock", 5), [2.4380, 2.4268, 2.4101, 2.3966, 2.3859]),
    ],
)
def test_spending_gives_the_tabled_boundaries(plan, wanted):
    """Programs of Reboussin, DeMets, Kim and Lan (Controlled Clinical Trials 21, 2000), two-sided alpha = .05, evenly spaced."""
    assert plan.boundary(plan.planned()) == pytest.approx(wanted, abs=2e-4)


@pytest.mark.parametrize("name", ["obrien_fleming", "pocock"])
@pytest.mark.parametrize("fractions", [(0.1, 0.35, 0.36, 1.0), (0.3, 0.5, 0.7, 0.8), (0.4, 0.8, 1.3)])
def test_a_plan_spends_its_alpha_whenever_the_looks_come(name, fractions):
    plan = Plan(name, 4)
    assert crossing(plan.boundary(fractions), fractions).sum() == pytest.approx(0.05, abs=1e-6)


def test_nothing_is_concluded_before_the_end_of_a_fixed_plan_nor_after_everything_is_spent():
    assert Plan("pocock", 3).boundary([0.5, 1.1, 1.2])[2] == np.inf
    with pytest.raises(ValueError, match="2 looks"):
        ONCE.boundary([0.5, 1.0])


@pytest.mark.parametrize("name", ["obrien_fleming", "pocock", "always_valid", "fixed"])
def test_the_p_value_is_below_alpha_where_the_boundary_is_crossed(name):
    plan = Plan(name, 4)
    fractions = [0.9] if name == "fixed" else [0.3, 0.55, 0.9]
    bound = plan.boundary(fractions)[-1]
    assert plan.p_value(bound * 1.002, fractions) < 0.05 < plan.p_value(-bound * 0.998, fractions)
    assert plan.p_value(0.0, fractions) == pytest.approx(1.0)


def test_the_always_valid_interval_is_never_left_by_many_daily_looks():
    """The chance of ever leaving, on a walk of 2,000 looks, is below alpha; the width at the planned size is the least there is."""
    times = np.geomspace(0.002, 4, 400)
    assert crossing(critical(times, 0.05), times).sum() < 0.05
    ratios = [critical(1.0, 0.05), *(np.sqrt((1 + 1 / w) * (np.log1p(w) + 2 * np.log(20))) for w in np.linspace(1, 30, 300))]
    assert min(ratios) == pytest.approx(float(ratios[0]), abs=1e-4)
    assert tuning(0.05) == pytest.approx(8.2, abs=0.1)
    assert p_value(critical(0.3, 0.05), 0.3, 0.05) == pytest.approx(0.05)


def test_two_proportions_as_newcombe_printed_them():
    """Newcombe, Statistics in Medicine 17, 1998, p. 873, table II, method 11: 56/70 against 48/80, and 9/10 against 3/10."""
    effect = only(estimate([counted("c", 80, 48), counted("t", 70, 56)], "c", "proportion", ONCE, [1.0]))
    assert (effect.effect_low, effect.effect_high) == (pytest.approx(0.0428, abs=1e-4), pytest.approx(0.3422, abs=1e-4))
    effect = only(estimate([counted("c", 10, 3), counted("t", 10, 9)], "c", "proportion", ONCE, [1.0]))
    assert (effect.effect_low, effect.effect_high) == (pytest.approx(0.1013, abs=1e-4), pytest.approx(0.8387, abs=1e-4))


def test_a_proportion_is_wilsons_but_for_half_a_person():
    low, high = wilson(np.float64(0.03), np.float64(1e6), np.float64(1.96))
    assert (low, high) == pytest.approx(proportion_confint(30_000, 1e6, method="wilson"), abs=2e-6)
    assert wilson(np.float64(0.0), np.float64(50.0), np.float64(1.96))[0] == 0


def test_means_and_their_ratio_are_students_and_fiellers():
    random = np.random.default_rng(3)
    y = random.lognormal(1, 1, 900)
    effect = only(estimate([summed("c", y[:400]), summed("t", y[400:] * 1.1)], "c", "mean", ONCE, [1.0]))
    oracle = stats.ttest_ind(y[400:] * 1.1, y[:400])
    interval = oracle.confidence_interval()
    assert (effect.effect_low, effect.effect_high) == (pytest.approx(interval.low), pytest.approx(interval.high))
    assert effect.p_value == pytest.approx(oracle.pvalue, rel=1e-6)
    assert (effect.effect_low > 0) == (effect.lift_low > 0)
    theirs = tt.Mean("y", equal_var=True, use_t=True)
    table = {"variant": np.repeat([0, 1], [400, 500]), "y": np.concatenate([y[:400], y[400:] * 1.1])}
    told = tt.Experiment(y=theirs).analyze(pd.DataFrame(table)).to_dicts()[0]
    assert effect.lift == pytest.approx(told["rel_effect_size"])
    assert (effect.lift_low, effect.lift_high) == (
        pytest.approx(told["rel_effect_size_ci_lower"], abs=0.01),
        pytest.approx(told["rel_effect_size_ci_upper"], abs=0.01),
    )


def test_a_covariate_narrows_what_it_explains_and_only_that():
    random = np.random.default_rng(4)
    x = random.lognormal(1, 1, 4000)
    y = x + random.normal(0, 1, 4000)
    arms = [summed("c", y[:2000], x[:2000]), summed("t", y[2000:] + 0.1, x[2000:])]
    effect, plain = only(estimate(arms, "c", "mean", ONCE, [1.0])), only(estimate(arms, "c", "mean", ONCE, [1.0], adjust=False))
    assert effect.is_adjusted and effect.variance_reduction == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2, abs=0.01)
    assert effect.effect_high - effect.effect_low < 0.6 * (plain.effect_high - plain.effect_low)
    table = pd.DataFrame({"variant": np.repeat([0, 1], 2000), "y": np.concatenate([y[:2000], y[2000:] + 0.1]), "x": x})
    told = tt.Experiment(y=tt.Mean("y", "x", equal_var=True)).analyze(table).to_dicts()[0]
    assert effect.effect == pytest.approx(told["effect_size"], rel=1e-3)
    assert effect.effect_low == pytest.approx(told["effect_size_ci_lower"], rel=0.02)
    noise = random.normal(0, 1, 4000)
    blind = only(estimate([summed("c", y[:2000], noise[:2000]), summed("t", y[2000:], noise[2000:])], "c", "mean", ONCE, [1.0]))
    assert not blind.is_adjusted


def test_where_there_is_nothing_to_compare_with_there_is_no_lift_and_no_certainty():
    effect = only(estimate([counted("c", 40, 0), counted("t", 900, 30)], "c", "proportion", ONCE, [1.0]))
    assert effect.lift is None and "nothing" in effect.lift_unknown
    assert effect.effect_low < 0 < effect.effect_high
    effect = only(estimate([ArmSums("c", 0, 0, 0), counted("t", 900, 30)], "c", "proportion", ONCE, [1.0]))
    assert effect.p_value == 1.0 and effect.effect_low == -np.inf
    effect = only(estimate([ArmSums("c", 50, 0, 0), ArmSums("t", 50, 0, 0)], "c", "mean", ONCE, [1.0]))
    assert (effect.effect_low, effect.effect_high, effect.lift) == (-np.inf, np.inf, None)


def test_several_arms_hold_together():
    arms = [counted("c", 5000, 500), counted("a", 5000, 565), counted("b", 5000, 500)]
    alone = only(estimate(arms[:2], "c", "proportion", ONCE, [1.0]))
    first, second = estimate(arms, "c", "proportion", ONCE, [1.0])
    assert alone.p_value < 0.05 < first.adjusted_p_value
    assert alone.effect_low > 0 > first.effect_low and second.adjusted_p_value == 1.0
    many = [0.01, 0.04, 0.03, 0.005]
    assert holm(many) == pytest.approx(multipletests(many, method="holm")[1])


def test_an_interval_before_a_look_is_the_always_valid_one():
    arms = [counted("c", 500, 50), counted("t", 500, 90)]
    between = only(estimate(arms, "c", "proportion", Plan(), information=0.3))
    due = only(estimate(arms, "c", "proportion", Plan(), [0.3]))
    assert (between.effect_low, between.effect_high) == (between.always_low, between.always_high) == (due.always_low, due.always_high)
    assert due.boundary_z == pytest.approx(Plan().boundary([0.3])[0])


def test_arms_that_are_not_as_large_as_they_should_be_ring():
    counts = {"c": 480, "a": 510, "b": 4010}
    shares = {"c": 10.0, "a": 10.0, "b": 80.0}
    assert ratio_p_value(counts, shares) == pytest.approx(stats.chisquare([480, 510, 4010], [500, 500, 4000]).pvalue)
    assert not is_ratio_alarm(counts, shares)
    assert is_ratio_alarm({"c": 390, "a": 510, "b": 4100}, shares)
    assert is_ratio_alarm({"c": 500, "other": 30, "a": 500, "b": 4000}, shares)
    assert not is_ratio_alarm({"c": 0, "a": 20}, {"c": 5, "a": 95})


def test_sizes_agree_with_other_peoples():
    effect = 0.1 / 2.0
    wanted = TTestIndPower().solve_power(effect, alpha=0.05, power=0.8, ratio=1)
    metric = Metric(base=1.0, sd=2.0, treated_sd=2.0)
    assert planner.needed(metric, 0.1, {"c": 1, "t": 1}, ONCE).people["c"] == pytest.approx(wanted, rel=2e-3)
    lopsided = planner.needed(metric, 0.1, {"c": 5, "t": 95}, ONCE).people["c"]
    assert lopsided == pytest.approx(NormalIndPower().solve_power(effect, alpha=0.05, power=0.8, ratio=19), rel=5e-3)
    # proportions with Fleiss' formula without correction; ours asks for a little more
    p, q = 0.16, 0.176
    mean = (p + q) / 2
    fleiss = (1.95996 * np.sqrt(2 * mean * (1 - mean)) + 0.84162 * np.sqrt(p * (1 - p) + q * (1 - q))) ** 2 / (q - p) ** 2
    assert planner.needed(Metric(0.16), 0.1, {"c": 1, "t": 1}, ONCE).people["c"] == pytest.approx(fleiss, rel=0.03)


@pytest.mark.parametrize(("plan", "inflated"), [(Plan("obrien_fleming", 4), 1.024), (Plan("pocock", 4), 1.203)])
def test_looks_cost_what_is_tabled(plan, inflated):
    """Maximal sample sizes of spending plans against a fixed one at 80 % power: a little above Jennison and Turnbull's 1.024 and 1.202."""
    metric = Metric(base=1.0, sd=2.0, treated_sd=2.0)
    once = planner.needed(metric, 0.1, {"c": 1, "t": 1}, ONCE).total
    looks = planner.needed(metric, 0.1, {"c": 1, "t": 1}, plan)
    assert looks.total / once == pytest.approx(inflated, abs=0.012)
    assert looks.expected_with_effect < 0.85 and looks.expected_without > 0.96


def test_the_planner_is_one_thing_seen_from_three_sides():
    plan, metric, shares = Plan(), Metric(0.02), {"control": 5.0, "treated": 95.0}
    asked = planner.needed(metric, 0.3, shares, plan)
    assert asked.people["control"] == pytest.approx(asked.total * 0.05, abs=1)
    assert planner.detectable(metric, asked.total, (5.0, 95.0), plan) == pytest.approx(0.3, rel=1e-2)
    assert planner.power(metric, 0.3, asked.total, (5.0, 95.0), plan) == pytest.approx(0.8, abs=5e-3)
    assert planner.days(asked.total, 100, 30) == int(np.ceil(asked.total / 100 + 30)) and planner.days(10, 0, 30) is None
    assert planner.detectable(metric, 4, (5.0, 95.0), plan) is None, "one in the control and three others: not even all who buy are a sign"
    with pytest.raises(ValueError, match="must be one that can be"):
        planner.needed(Metric(0.6), 0.9, shares, plan)


def test_what_a_small_shop_can_see():
    """20,000 customers, a control of 10 %, a base of 16 %: about +16 %."""
    assert planner.detectable(Metric(0.16), 20_000, (10, 90), ONCE) == pytest.approx(0.16, abs=0.015)
