"""The promotion gate: each rule alone can stop a challenger, and a champion that has gone wrong gives way to the fallback."""

import numpy as np
import pandas as pd
import pytest

from ml.backtest import Backtest
from ml.gate import judge
from ml.recipes import Task

PURCHASE, ORDERS = Task("purchase", 30, ("recency_days",)), Task("orders", 90, ("recency_days",))
FEW = ("fallback", "bg_nbd", "mean2")


def backtest(task: Task = PURCHASE, origins: int = 3, people: int = 4000, **said: object) -> Backtest:
    """People whose chances are known, and recipes that know them more or less; `said` maps the chance and noise to what a recipe says."""
    random = np.random.default_rng(11)
    parts = []
    for place in range(origins):
        chance = random.beta(1, 5, people)
        noise = random.normal(size=people)
        logit = np.log(chance / (1 - chance))
        told = {
            "fallback": 1 / (1 + np.exp(-(logit + 0.8 * noise) * 0.8 - 0.05)),
            "bg_nbd": 1 / (1 + np.exp(-(logit + 0.8 * noise) * 0.8 - 0.05)),
            "mean2": chance.copy(),
        }
        told |= {name: change(told, chance, place) for name, change in said.items()}
        outcome = (random.random(people) < chance).astype(float)
        if task.kind == "orders":
            outcome = random.poisson(chance).astype(float)
        as_of = pd.Timestamp("2026-01-01") + pd.Timedelta(days=30 * place)
        ids = [f"p{number}" for number in range(people)]
        parts.append(pd.DataFrame({"profile_id": ids, "as_of": as_of, "orders_count": 2.0, "outcome": outcome, **told}))
    return Backtest(task, pd.concat(parts, ignore_index=True), FEW, ("mean2 at 2026-01-01: nothing to learn from",) if said else ())


def failed(verdict) -> set[str]:
    return {rule.name for rule in verdict.rules if not rule.passed}


@pytest.mark.parametrize("task", [PURCHASE, ORDERS], ids=["purchase", "orders"])
def test_a_better_one_that_is_right_takes_the_place(task: Task):
    verdict = judge(backtest(task), "fallback", "mean2")
    assert verdict.recipe == "mean2" and not failed(verdict) and "takes the place of fallback" in verdict.sentence


def test_better_by_chance_is_not_better():
    def waved(told, chance, _):
        return np.clip(told["fallback"] * (1 + 0.1 * np.cos(np.arange(len(chance)))), 0.001, 0.999)

    verdict = judge(backtest(mean2=waved), "fallback", "mean2")
    assert verdict.recipe == "fallback" and "better" in failed(verdict) and "does not take the place" in verdict.sentence


def test_two_origins_are_not_enough():
    verdict = judge(backtest(origins=2), "fallback", "mean2")
    assert verdict.recipe == "fallback" and failed(verdict) == {"origins"} and "2 origins" in verdict.sentence


def test_a_lower_loss_by_calibration_alone_does_not_pay_for_a_worse_ranking():
    worse = backtest(
        fallback=lambda told, chance, _: np.clip(chance * 3, 0.001, 0.999),  # ranks perfectly, far too high
        mean2=lambda told, chance, _: told["fallback"],
    )
    verdict = judge(worse, "fallback", "mean2")
    assert verdict.recipe == "fallback" and "auc" in failed(verdict)


def test_the_wrong_size_at_the_latest_origin_stops_it():
    late = backtest(mean2=lambda told, chance, place: np.clip(chance * (1.4 if place == 2 else 1.0), 0, 0.99))
    verdict = judge(late, "fallback", "mean2")
    assert verdict.recipe == "fallback" and "size" in failed(verdict) and "latest origin" in verdict.sentence


def test_a_calibration_error_beyond_chance_stops_it():
    # too sure of itself on both sides, with the right sum
    sure = backtest(mean2=lambda told, chance, _: np.where(chance > chance.mean(), chance + 0.06, np.clip(chance - 0.05, 0.002, 1)))
    assert "excess_ece" in failed(judge(sure, "fallback", "mean2"))


def test_a_challenger_that_failed_at_one_origin_does_not_serve():
    broken = backtest(mean2=lambda told, chance, place: np.full(len(chance), np.nan) if place == 0 else chance)
    verdict = judge(broken, "fallback", "mean2")
    assert verdict.recipe == "fallback" and "nothing to learn from" in verdict.sentence


def test_a_champion_stays_until_it_is_wrong():
    assert judge(backtest(), "mean2", "mean2").recipe == "mean2"
    wrong = judge(backtest(mean2=lambda told, chance, _: np.clip(chance * 1.5, 0, 0.99)), "mean2", "mean2")
    assert wrong.recipe == "fallback" and "The fallback serves instead of mean2" in wrong.sentence
    assert judge(backtest(), "fallback", "fallback").recipe == "fallback"


def test_nobody_is_more_than_two_percent_worse_than_the_anchor():
    worse = backtest(
        mean2=lambda told, chance, _: 0.5 * told["fallback"] + 0.5 * chance.mean(),
        bg_nbd=lambda told, chance, _: chance,
        fallback=lambda told, chance, _: np.full(len(chance), 0.3),
    )
    assert "anchor" in failed(judge(worse, "fallback", "mean2"))


def test_nothing_to_judge_leaves_the_champion():
    empty = Backtest(PURCHASE, backtest().rows.head(0), FEW, ())
    assert judge(empty, "fallback", "mean2").recipe == "fallback"
