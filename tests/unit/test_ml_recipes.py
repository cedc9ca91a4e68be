"""Recipes on a made-up shop whose customers keep a rhythm or come at Christmas, as no textbook process has them. One file: one shop."""

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import skops.io
from scipy.special import logit

from ml import versions
from ml.btyd import FitError, MbgNbd
from ml.recipes import RECIPES, Task, buy_till_you_die, design, level

FEATURES = ("recency_days", "tenure_days", "orders_count", "order_days_count", "orders_90d", "avg_order_amount", "mean_gap_days")
TREES = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"


def rows(origins: tuple[int, ...], customers: int = 900, seed: int = 2) -> pd.DataFrame:
    """Rows of customers who order every so many days until they leave, at day numbers `origins`; outcome: orders of 60 days."""
    random = np.random.default_rng(seed)
    frames = []
    for number in range(customers):
        first, gap, leaves = random.integers(0, 250), random.integers(15, 90), random.integers(0, 700)
        steps = np.cumsum(np.maximum(1, gap * random.uniform(0.6, 1.4, 60)))
        days = np.concatenate([[first], (first + steps[steps < leaves]).astype(int)])
        amount = random.uniform(10, 90)
        for origin in origins:
            past = days[days < origin]
            if len(past):
                known = (origin - past.max(), origin - past.min(), len(past), len(past), np.sum(past >= origin - 90), amount)
                rhythm = (past.max() - past.min()) / (len(past) - 1) if len(past) > 1 else np.nan
                frames.append((f"p{number:04d}", origin, *known, rhythm, np.sum((days >= origin) & (days < origin + 60))))
    frame = pd.DataFrame(frames, columns=["profile_id", "as_of", *FEATURES, "outcome"])
    return frame.astype(dict.fromkeys([*FEATURES, "outcome"], "float64"))


@pytest.fixture(scope="module")
def past() -> pd.DataFrame:
    return rows((300, 330, 360))


@pytest.fixture(scope="module")
def now() -> pd.DataFrame:
    return rows((423,))


def outcomes(frame: pd.DataFrame, kind: str) -> pd.DataFrame:
    orders = frame["outcome"]
    return frame.assign(outcome={"purchase": (orders > 0) * 1.0, "orders": orders, "spend": orders * frame["avg_order_amount"]}[kind])


@pytest.mark.parametrize("kind", ["purchase", "orders", "spend"])
@pytest.mark.parametrize("name", sorted(RECIPES))
def test_answers_rank_and_mean_what_they_say(name, kind, past, now):
    task = Task(kind, 60, FEATURES)
    state = RECIPES[name].fit(task, outcomes(past, kind), now.drop(columns="outcome"), seed=0)
    found, came = RECIPES[name].predict(task, state, now), outcomes(now, kind)["outcome"]
    assert len(found) == len(now) and np.isfinite(found).all() and (found >= 0).all()
    assert kind != "purchase" or (found <= 1).all()
    assert pd.Series(found).corr(came, method="spearman") > 0.4
    assert 0.5 < came.sum() / found.sum() < 2


@pytest.mark.parametrize("kind", ["purchase", "orders"])
def test_the_average_beats_the_fallback_on_a_shop_of_rhythms(kind, past, now):
    task, came = Task(kind, 60, FEATURES), outcomes(now, kind)["outcome"]
    error = {}
    for name in ("fallback", "mean2"):
        state = RECIPES[name].fit(task, outcomes(past, kind), now, seed=0)
        error[name] = float(np.mean((RECIPES[name].predict(task, state, now) - came) ** 2))
    assert error["mean2"] < 0.97 * error["fallback"]


@pytest.mark.parametrize("kind", ["purchase", "spend"])
@pytest.mark.parametrize("name", sorted(RECIPES))
def test_a_state_outlives_its_process_without_any_code_of_ours(name, kind, past, now):
    task = Task(kind, 60, FEATURES)
    state = RECIPES[name].fit(task, outcomes(past, kind), now, seed=0)
    written = skops.io.dumps(state)
    assert set(skops.io.get_untrusted_types(data=written)) <= {TREES}
    read = skops.io.load(io.BytesIO(written), trusted=[TREES])
    assert np.array_equal(RECIPES[name].predict(task, read, now), RECIPES[name].predict(task, state, now))


def test_the_same_rows_give_the_same_answers_whatever_comes_with_them(past, now):
    task = Task("purchase", 60, FEATURES)
    recipe = RECIPES["mean2"]
    state, again = (recipe.fit(task, outcomes(past, "purchase"), now, seed=0) for _ in range(2))
    whole = recipe.predict(task, state, now)
    assert np.array_equal(whole, recipe.predict(task, again, now))
    assert np.allclose(whole[100:110], recipe.predict(task, state, now.iloc[100:110]), rtol=1e-12)
    assert len(recipe.predict(task, state, now.iloc[:0])) == 0


def test_who_comes_is_learned_from_ordinary_windows_and_how_many_from_the_latest(now):
    """A sale, to which one in three comes who else would not have, changes nobody's place; what is so ever since is no sale."""
    task, random = Task("purchase", 60, FEATURES), np.random.default_rng(5)
    plain = outcomes(rows(tuple(range(150, 361, 15)), customers=500), "purchase")
    plain["outcome"] *= random.random(len(plain)) < 0.4
    crowd = plain["outcome"].mask(pd.Series(random.random(len(plain)) < 1 / 3, index=plain.index), 1.0)
    sale = plain["as_of"].isin([240, 255, 330])
    fitted = {
        "without": plain[~sale],
        "with": plain.assign(outcome=plain["outcome"].mask(sale, crowd)),
        "ever since": plain.assign(outcome=plain["outcome"].mask(plain["as_of"] >= 225, crowd)),
    }
    states = {name: RECIPES["mean2"].fit(task, learned, now, seed=0) for name, learned in fitted.items()}
    said = {name: RECIPES["mean2"].predict(task, state, now) for name, state in states.items()}
    assert np.array_equal(*(states[name]["linear"]["coefficients"] for name in ("with", "without")))
    assert 1 <= said["with"].mean() / said["without"].mean() < 1.1 < said["ever since"].mean() / said["without"].mean() / 1.2


def test_ordinary_are_the_windows_of_a_year_that_are_not_far_from_the_middle_one_and_the_latest():
    usual = pd.Series([0.1, 0.0, 0.5, -0.05, 0.7, 0.15, 0.1, -0.1, 0.05, 0.2, 0.1, 0.1], index=range(0, 360, 30))
    assert list(level.ordinary(usual)) == [place for place in usual.index if place not in (60, 120)]
    changed = pd.Series(np.roll(usual, -5), index=usual.index)
    assert changed.iloc[-1] == 0.7 and set(usual.index) - set(level.ordinary(changed)) == {270}
    assert list(level.ordinary(usual[:6])) == list(usual.index[:6]), "of so few nobody can tell what is ordinary"
    assert 6 <= len(level.ordinary(usual * 100)) < 12, "at least half are, however far apart they all are"


def test_contributions_add_up_to_the_score_of_the_regression(past, now):
    task, recipe = Task("purchase", 60, FEATURES), RECIPES["logistic"]
    state = recipe.fit(task, outcomes(past, "purchase"), now, seed=0)
    parts = recipe.contributions(task, state, now)
    assert list(parts.columns) == list(design.GROUPS)
    score = logit(recipe.predict(task, state, now))
    assert np.allclose(parts.sum(axis=1) + state["linear"]["intercept"] + state["shift"], score)
    assert (parts[["web", "email", "service"]] == 0).all(axis=None)
    assert RECIPES["fallback"].contributions(task, {}, now) is None


def test_another_horizon_stretches_amounts_and_is_refused_for_chances(past, now):
    for kind in ("orders", "spend"):
        task = Task(kind, 60, FEATURES)
        state = RECIPES["mean2"].fit(task, outcomes(past, kind), now, seed=0)
        quarter, year = (RECIPES["mean2"].predict(replace(task, horizon_days=days), state, now) for days in (60, 365))
        assert (year > quarter).all() and (year <= quarter * 365 / 60 * (1 + 1e-9)).all()
    task = Task("purchase", 60, FEATURES)
    state = RECIPES["mean2"].fit(task, outcomes(past, "purchase"), now, seed=0)
    with pytest.raises(ValueError, match="fitted for 60 days, asked for 90"):
        RECIPES["mean2"].predict(replace(task, horizon_days=90), state, now)


@pytest.mark.parametrize("name", ["logistic", "mean2"])
def test_nothing_to_learn_from_is_said_in_words(name, past, now):
    task = Task("purchase", 60, FEATURES)
    with pytest.raises(FitError, match="no training rows"):
        RECIPES[name].fit(task, past.iloc[:0], now, seed=0)
    with pytest.raises(FitError, match="have the outcome 0, so there is nothing to tell apart"):
        RECIPES[name].fit(task, past.assign(outcome=0.0), now, seed=0)
    with pytest.raises(FitError, match="was kept, so there is nothing"):
        RECIPES[name].fit(replace(task, kind="spend"), past.assign(outcome=-past["outcome"]), now, seed=0)
    with pytest.raises(FitError, match="at least 20 customers"):
        RECIPES[name].fit(task, outcomes(past, "purchase"), now.iloc[:5], seed=0)
    with pytest.raises(FitError, match="nobody has ordered yet"):
        RECIPES[name].fit(task, outcomes(past, "purchase"), now.iloc[:0], seed=0)


def test_a_feature_without_a_group_of_reasons_is_named(past, now):
    task = Task("purchase", 60, (*FEATURES, "shoe_size"))
    state = RECIPES["logistic"].fit(task, outcomes(past, "purchase").assign(shoe_size=40.0), now.assign(shoe_size=40.0), seed=0)
    with pytest.raises(ValueError, match="shoe_size"):
        RECIPES["logistic"].contributions(task, state, now.assign(shoe_size=40.0))


def test_one_shop_is_fitted_once_for_all_tasks_and_nothing_else_changes_by_it(past, now, monkeypatch):
    made, fit = [], MbgNbd.fit
    monkeypatch.setattr(MbgNbd, "fit", lambda *columns: made.append(columns) or fit(*columns))
    monkeypatch.setattr(buy_till_you_die, "_remembered", {})
    tasks = {kind: (Task(kind, 60, FEATURES), outcomes(past, kind)) for kind in ("purchase", "orders", "spend")}
    first = {kind: RECIPES["mean2"].fit(task, known, now, seed=0) for kind, (task, known) in tasks.items()}
    assert len(made) == 1
    for kind, (task, known) in tasks.items():
        monkeypatch.setattr(buy_till_you_die, "_remembered", {})
        assert versions.key_of(state=RECIPES["mean2"].fit(task, known, now, seed=0)) == versions.key_of(state=first[kind])
    fewer = now.iloc[:-1]
    RECIPES["mean2"].fit(tasks["orders"][0], tasks["orders"][1], fewer, seed=0)
    assert len(made) == 5
