"""What guardrails cost: the plan's promise counts that they must be kept at the look that promotes."""

import re
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from scipy import stats

from experiments import intervals, planner
from experiments.guarded import Guard, delays, guard_of
from experiments.guardrails import MARGIN
from experiments.intervals import Side
from experiments.looks import planned
from experiments.plans import Plan
from experiments.trial import EVERYBODY, Arm, Rules, Tally, Trial
from orchestration.experiments_command import experiments

ONCE, LOOKS = Plan("fixed"), Plan("obrien_fleming", 4)
HALVES = {"control": 1.0, "treated": 1.0}


@pytest.mark.parametrize(("rate", "people"), [(0.004, 3000), (0.004, 6000), (0.0005, 1000), (0.02, 6000)])
def test_one_look_keeps_it_as_often_as_all_outcomes_say(rate: float, people: int) -> None:
    """Beside the sum over all outcomes of two binomials."""
    most = int(stats.binom.ppf(1 - 1e-9, people, rate))
    counts = np.arange(most + 1)
    chance = np.outer(stats.binom.pmf(counts, people, rate), stats.binom.pmf(counts, people, rate))
    shares, size = counts / people, np.array(float(people))
    treated = Side(shares[:, None], np.array(np.nan), size)
    _, high = intervals.difference(treated, Side(shares[None, :], np.array(np.nan), size), "proportion", np.array(1.959964))
    wanted = float(chance[high < MARGIN].sum())
    found = float(delays([Guard("unsubscribed", rate)], (people, people), (1.0,), 0.05)[0, 0])
    assert found == pytest.approx(wanted, abs=0.03)  # drawn 4,000 times, of people to a hundredth


def test_a_look_that_could_not_promote_leaves_it_to_the_next() -> None:
    found = delays([Guard("unsubscribed", 0.004)], (6000, 6000), LOOKS.planned(), 0.05)
    assert (np.tril(found, -1) == 0).all() and (found.sum(axis=1) <= 1).all()
    assert found[0, 0] < 0.5 < 0.95 < found[0].sum(), "a quarter of the people exclude it in less than half of the cases; the others do"
    both = delays([Guard("unsubscribed", 0.004), Guard("complained", 0.004)], (6000, 6000), LOOKS.planned(), 0.05)
    assert both[0].sum() < found[0].sum() < 1


@pytest.mark.parametrize("plan", [ONCE, LOOKS])
def test_the_people_that_guardrails_take_are_planned_for(plan: Plan) -> None:
    metric, guards = planner.Metric(0.12), [Guard("unsubscribed", 0.004), Guard("complained", 0.0005)]
    alone, kept = planner.needed(metric, 0.2, HALVES, plan), planner.needed(metric, 0.2, HALVES, plan, guards=guards)
    assert planner.power(metric, 0.2, alone.total, (1, 1), plan, guards=guards) < 0.74
    assert planner.power(metric, 0.2, kept.total, (1, 1), plan, guards=guards) == pytest.approx(0.8, abs=0.015)
    assert alone.total < kept.total < 2 * alone.total
    # what hardly ever happens costs nothing, and money that varies much takes many
    rare = planner.needed(metric, 0.2, HALVES, plan, guards=[Guard("complained", 0.00001)])
    assert rare.total == pytest.approx(alone.total, rel=0.01)


def test_where_the_guardrail_is_what_is_hard_it_alone_settles_the_size() -> None:
    money = planner.needed(planner.Metric(0.12), 0.2, HALVES, ONCE, guards=[Guard("revenue", 10.0, 20.0)])
    both_arms = 2 * 2 * (1.96 + 0.84) ** 2 * 20.0**2 / (0.05 * 10.0) ** 2
    assert money.total == pytest.approx(both_arms, rel=0.06)


def test_harm_ends_a_test_without_asking_the_guardrails() -> None:
    guards = [Guard("unsubscribed", 0.02)]
    assert planner.power(planner.Metric(0.12), -0.2, 4000, (1, 1), LOOKS, guards=guards) < planner.power(
        planner.Metric(0.12), -0.2, 4000, (1, 1), LOOKS
    ), "of a metric of which less is better, the side of the lift is the one that promotes"


def test_of_few_people_a_guardrail_is_taken_for_half_a_percent() -> None:
    assert guard_of("unsubscribed", 0, 0, 0, is_share=True).base == MARGIN
    assert guard_of("unsubscribed", 400, 0, 0, is_share=True).base == pytest.approx(0.001)
    assert guard_of("unsubscribed", 100_000, 400, 400, is_share=True).base == pytest.approx(0.004, rel=0.01)
    money = guard_of("revenue", 100, 500, 10_000, is_share=False)
    assert (money.base, money.sd) == (5.0, pytest.approx(75**0.5))


def counted(trial: Trial, metric: str, people: int, values: dict[str, int]) -> list[Tally]:
    """So many people an arm, and how many of them did it."""
    return [
        Tally(trial.experiment, "test", EVERYBODY, EVERYBODY, arm.name, arm.is_control, metric, people, people, done, done, 0, 0, 0, None)
        for arm in trial.arms
        for done in [values[arm.name]]
    ]


def test_the_plan_takes_the_control_for_what_it_is_if_the_effect_is_there() -> None:
    arms = (Arm("usual", True, 0.5), Arm("short", False, 0.5))
    trial = Trial("c:x", "variants", arms, metric="ordered", plan="fixed", minimum_effect=0.2)
    found = planned(trial, counted(trial, "ordered", 10_000, {"usual": 1200, "short": 1440}), Rules())
    assert found is not None and found.base == pytest.approx(0.12)
    assert found.people_count == planner.needed(planner.Metric(0.12), 0.2, {"usual": 0.5, "short": 0.5}, ONCE).total
    guarded = replace(trial, guardrails=("unsubscribed",))
    tallies = counted(trial, "ordered", 10_000, {"usual": 1200, "short": 1440})
    kept = planned(guarded, tallies + counted(trial, "unsubscribed", 10_000, {"usual": 40, "short": 40}), Rules())
    assert kept is not None and kept.people_count > found.people_count


def test_the_command_counts_guardrails():
    def asked(*more: str) -> tuple[str, int]:
        told = CliRunner().invoke(experiments, ["plan", "--base", "0.12", "--effect", "0.2", "--plan", "fixed", *more]).output
        return told, int(re.search(r"fixed: ([\d,]+) people", told)[1].replace(",", ""))

    (plain, alone), (told, kept), (none, same) = asked(), asked("--guardrail", "0.004"), asked("--guardrail", "0")
    assert "guardrails" not in plain and "kept as well, where nothing changes them: 0.40%" in told and "guardrails" not in none
    assert same == alone < kept
