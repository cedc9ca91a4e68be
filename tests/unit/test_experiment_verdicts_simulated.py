"""The whole rule on experiments without any effect, asked every day: how often something is promoted or stopped all the same. Printed."""

from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from experiment_days import World, a_trial

RUNS = 2_000
SAME = {"ordered": (0.12, 0.12)}


def decision(asked: tuple[str, int]) -> tuple[str, bool]:
    """How a test without guardrails ends, which could only hold a promotion back; and whether the page ever spoke of a difference."""
    plan, seed = asked
    world = World(SAME, trial=a_trial(plan=plan, outcome_days=1, minimum_effect=0.3, guardrails=()), daily=300, seed=seed)
    spoke = False
    for _, found, _ in world.days(120):
        spoke |= any((one.always_low or -1) > 0 or (one.always_high or 1) < 0 for one in found)
    return world.history[-1].decision, spoke


@pytest.mark.slow
@pytest.mark.parametrize("plan", ["obrien_fleming", "pocock", "fixed"])
def test_of_experiments_without_effect_at_most_six_in_a_hundred_are_decided(plan: str) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        ends = list(pool.map(decision, [(plan, seed) for seed in range(RUNS)], chunksize=25))
    counts, spoke = Counter(end for end, _ in ends), sum(spoken for _, spoken in ends) / RUNS
    print(f"\n{plan}: of {RUNS:,} without effect {counts['promote'] / RUNS:.2%} promoted, {counts['stop'] / RUNS:.2%} stopped")
    print(f"  the interval that always holds left out zero on some day in {spoke:.2%}")
    assert set(counts) <= {"promote", "stop", "no_verdict"}
    assert (counts["promote"] + counts["stop"]) / RUNS <= 0.06
    assert spoke <= 0.06
