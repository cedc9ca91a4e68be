"""The whole rule on experiments without any effect, how often it speaks of a winner or of harm all the same, and with one. Printed."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from benchmarks.verdicts import CASES, MOST, OFF, RULES, RUNS, Case, ends, history, spoke


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_of_experiments_without_effect_at_most_six_in_a_hundred_are_decided(case: Case, pool: ProcessPoolExecutor) -> None:
    found = ends(case, 0.0, RUNS, pool)
    print(f"\n{case.name}: of {RUNS:,} without effect {spoke(found):.2%} decided: {found}")
    assert spoke(found) <= MOST
    silent = found.get("nothing", 0.0)
    assert case.control_share or silent <= 5 * RULES.ratio_alarm, "a test ends with its plan, but where the alarm of its sizes rings"


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in CASES if not case.control_share], ids=lambda case: case.name)
def test_an_effect_as_planned_for_is_promoted_as_often_as_promised(case: Case, pool: ProcessPoolExecutor) -> None:
    found = ends(case, case.minimum_effect, RUNS, pool)
    print(f"\n{case.name}: of {RUNS:,} with {case.minimum_effect:+.0%} {found}; promised {RULES.power:.0%}")
    assert abs(found["promote"] - RULES.power) <= OFF


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_days_that_are_left_out_would_have_decided_nothing(case: Case) -> None:
    said = history(case, 0.0, 1)
    assert said == history(case, 0.0, 1, every_day=True)
    assert (case.control_share and not said) or said[-1].next_phase != "test"
