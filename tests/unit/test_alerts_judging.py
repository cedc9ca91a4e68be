"""What is far from its own history is found, what is only noisy, new, seasonal or small is not."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from alerts.judging import first_kind, judged
from alerts.naming import named
from alerts.policy import Policy

LAGS = np.arange(57)
WEEKDAY = np.array([1.0, 1.3, 0.7, 1.1, 0.9, 1.0, 0.4])


def series(step: str, hits: np.ndarray, cases: np.ndarray | None = None, name: str = "all", dimension: str = "all") -> pd.DataFrame:
    """One series by days back."""
    return pd.DataFrame(
        {
            "step": step,
            "dimension": dimension,
            "name": name,
            "window_hours": 24,
            "is_share": cases is not None,
            "day_lag": LAGS[: len(hits)],
            "cases": hits if cases is None else cases,
            "hits": hits,
        }
    )


def usual(level: float, seed: int, growth: float = 0.0) -> np.ndarray:
    """A shop with weekdays and a trend (a day)."""
    return np.random.default_rng(seed).poisson(level * WEEKDAY[LAGS % 7] * np.exp(-growth * LAGS))


def with_now(counts: np.ndarray, now: float) -> np.ndarray:
    return np.concatenate([[now], counts[1:]])


def odd(*parts: pd.DataFrame, policy: Policy | None = None) -> set[tuple[str, str, str]]:
    found = named(judged(pd.concat(parts), policy or Policy()))
    return {(row.step, row.name, row.direction) for row in found.itertuples(name="Row")} if len(found) else set()


def test_drops_and_spikes_of_counts_against_their_weekday_and_trend() -> None:
    counts = usual(200, seed=1, growth=0.01)
    assert odd(series("requested", counts)) == set()
    assert odd(series("requested", with_now(counts, 40))) == {("requested", "all", "drop")}
    assert odd(series("requested", with_now(counts, 900))) == {("requested", "all", "spike")}
    # a seventh day has but 40 % of the others: what is usual then is a drop on any other day
    quiet = usual(200, seed=1)
    assert odd(series("requested", with_now(quiet, 80))) == {("requested", "all", "drop")}
    shifted = np.concatenate([[80], np.random.default_rng(3).poisson(200 * WEEKDAY[(LAGS[1:] - 1) % 7])])
    assert odd(series("requested", shifted)) == set()


def test_shares_take_the_noise_of_few_messages_into_account() -> None:
    opened = np.full(57, 400)
    clicks = np.random.default_rng(2).binomial(400, 0.15, 57)
    assert odd(series("clicked", clicks, opened)) == set()
    assert odd(series("clicked", with_now(clicks, 0), opened)) == {("clicked", "all", "drop")}
    few = with_now(opened, 40)
    assert odd(series("clicked", with_now(clicks, 0), few)) == set(), "none of 40 says little where 6 are usual"
    arrived = np.random.default_rng(4).binomial(1000, 0.985, 57)
    assert odd(series("delivered", with_now(arrived, 900), np.full(57, 1000))) == {("delivered", "all", "drop")}
    opt_outs = np.random.default_rng(5).binomial(2000, 0.002, 57)
    assert odd(series("unsubscribed", with_now(opt_outs, 40), np.full(57, 2000))) == {("unsubscribed", "all", "spike")}


def test_no_alert_without_history_nor_for_what_is_small_or_always_wild() -> None:
    counts = usual(200, seed=6)
    assert odd(series("requested", with_now(counts, 2000)[:20])) == set(), "20 days are no history"
    assert odd(series("requested", np.concatenate([[2000], np.zeros(56)]))) == set()
    assert odd(series("requested", with_now(usual(2, seed=7), 12))) == set(), "a handful"
    wild = np.random.default_rng(8).poisson(200 * np.exp(np.random.default_rng(9).normal(0, 1, 57)))
    assert odd(series("requested", with_now(wild, int(np.sort(wild)[-3])))) == set()


def test_a_month_of_history_is_judged_by_itself_alone() -> None:
    counts = usual(200, seed=10)[:36]
    assert odd(series("requested", counts)) == set()
    assert odd(series("requested", with_now(counts, 30))) == {("requested", "all", "drop")}


def test_a_holiday_in_the_history_turns_nothing_and_a_season_that_swells_is_not_sudden() -> None:
    bump = np.where((LAGS > 9) & (LAGS < 24), 2.0, 1.0)
    assert odd(series("requested", np.random.default_rng(11).poisson(200 * WEEKDAY[LAGS % 7] * bump))) == set()
    swelling = np.where(LAGS < 8, 1.8 - LAGS * 0.1, 1.0)
    assert odd(series("requested", np.random.default_rng(12).poisson(200 * WEEKDAY[LAGS % 7] * swelling))) == set()


def test_one_odd_campaign_is_named_where_the_others_go_on_and_the_programme_where_they_do_not() -> None:
    def step(broken: set[str]) -> list[pd.DataFrame]:
        parts, whole = [], np.zeros(57)
        for place, name in enumerate(("cart", "welcome", "win_back", "browse")):
            clicks = np.random.default_rng(20 + place).binomial(600, 0.15, 57)
            clicks = with_now(clicks, 0) if name in broken else clicks
            whole = whole + clicks
            parts.append(series("clicked", clicks, np.full(57, 600), name, "campaign"))
        return [*parts, series("clicked", whole, np.full(57, 2400), "klaviyo", "destination"), series("clicked", whole, np.full(57, 2400))]

    assert odd(*step({"cart"})) == {("clicked", "cart", "drop")}
    assert odd(*step({"cart", "welcome", "win_back", "browse"})) == {("clicked", "klaviyo", "drop")}
    assert odd(*step(set())) == set()


def test_of_many_p_values_those_count_that_count_elsewhere() -> None:
    for seed in range(20):
        values = np.random.default_rng(seed).uniform(size=50) ** 3
        assert list(first_kind(values, 0.05)) == list(multipletests(values, 0.05, method="fdr_bh")[0])


def test_by_chance_alone_there_is_next_to_nothing() -> None:
    """A hundred runs of 40 series on which nothing happened: at the level of one run in a thousand, hardly one may say otherwise."""
    policy = Policy(false_alarms_a_month=0.72)  # 0.001 a run
    alarms = 0
    for run in range(100):
        random = np.random.default_rng(1000 + run)
        parts = [
            series("requested", random.poisson(60 * WEEKDAY[LAGS % 7] * random.gamma(60, 1 / 60, 57)), None, f"c{place}", "campaign")
            for place in range(20)
        ]
        parts += [series("opened", random.binomial(200, 0.3, 57), np.full(57, 200), f"c{place}", "campaign") for place in range(20)]
        alarms += bool(judged(pd.concat(parts), policy)["is_odd"].any())
    assert alarms <= 1


def test_a_policy_that_makes_no_sense_is_refused() -> None:
    for wrong in ({"false_alarms_a_month": 0}, {"least_days": 3}):
        with pytest.raises(ValueError, match=r"vars\.alerts"):
            Policy.of(wrong)
    with pytest.raises(TypeError):
        Policy.of({"alarms": 1})
