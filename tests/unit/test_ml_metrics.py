"""The figures, on cases small enough to work out by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from ml import metrics
from ml.bootstrap import intervals, mean_interval, mean_intervals

OUTCOME, CHANCE = np.array([0.0, 0, 1, 1]), np.array([0.2, 0.6, 0.4, 0.8])


def test_by_hand():
    assert metrics.auc(OUTCOME, CHANCE) == 0.75 and metrics.auc(OUTCOME, np.full(4, 5.0)) == 0.5
    assert metrics.observed_over_expected(OUTCOME, CHANCE) == pytest.approx(1.0)
    assert metrics.log_losses(OUTCOME, CHANCE).mean() == pytest.approx(-(np.log(0.8) + np.log(0.4)) / 2)
    assert metrics.ece(OUTCOME, CHANCE) == pytest.approx((0.2 + 0.6 + 0.6 + 0.2) / 4)  # four rows, four bins
    assert metrics.rmse(OUTCOME, CHANCE) == pytest.approx(math.sqrt((0.04 + 0.36 + 0.36 + 0.04) / 4))
    assert metrics.mae(OUTCOME, CHANCE) == pytest.approx(0.4)
    assert metrics.pr_auc(OUTCOME, CHANCE) == pytest.approx((1 + 2 / 3) / 2)


def test_amounts_ranked_as_they_are_have_a_gini_of_one_and_the_other_way_round_of_minus_one():
    amounts = np.array([0.0, 10, 40, 5])
    assert metrics.gini(amounts, amounts * 2) == pytest.approx(1.0) and metrics.gini(amounts, -amounts) == pytest.approx(-1.0)
    assert math.isnan(metrics.gini(np.zeros(4), amounts))


def test_one_class_has_no_auc_and_certainty_no_infinite_loss():
    assert math.isnan(metrics.auc(np.zeros(4), CHANCE)) and math.isnan(metrics.pr_auc(np.zeros(4), CHANCE))
    assert np.isfinite(metrics.log_losses(np.zeros(4), np.array([0.0, 0, 0, 1]))).all()
    assert math.isnan(metrics.observed_over_expected(OUTCOME, np.zeros(4)))


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 3)), min_size=2, max_size=60))
def test_the_weighted_area_is_scikit_learns(rows):
    outcome, score, weight = (np.array([row[place] for row in rows], dtype=np.float64) for place in range(3))
    found = metrics.weighted_auc(outcome, score)(weight)
    kept = outcome[weight > 0]
    if len(kept) == 0 or kept.min() == kept.max():
        assert math.isnan(found)
    else:
        assert found == pytest.approx(roc_auc_score(outcome, score, sample_weight=weight))


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=60))
def test_average_precision_is_scikit_learns(rows):
    outcome, score = (np.array([row[place] for row in rows], dtype=np.float64) for place in range(2))
    found = metrics.pr_auc(outcome, score)
    if outcome.any():
        assert found == pytest.approx(average_precision_score(outcome, score))
    else:
        assert math.isnan(found)


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), max_size=35))
def test_the_calibration_error_is_that_of_ten_parts_of_equal_size(rows):
    outcome, chance = (np.array([row[place] for row in rows], dtype=np.float64) for place in range(2))
    order = np.argsort(chance, kind="stable")
    parts = zip(np.array_split(chance[order], 10), np.array_split(outcome[order], 10), strict=True)
    expected = sum(abs(said.sum() - came.sum()) for said, came in parts) / max(len(rows), 1)
    assert metrics.ece(outcome, chance) == pytest.approx(expected)
    assert 0 <= metrics.null_ece(chance) <= 1


def test_bins_have_equal_mass_and_do_not_depend_on_row_order():
    random = np.random.default_rng(2)
    chance = random.integers(0, 8, 1003) / 10  # many ties
    outcome = (random.uniform(size=1003) < chance).astype(float)
    points = metrics.reliability(outcome, chance)
    assert points["rows_count"].tolist() == [101] * 3 + [100] * 7
    order = random.permutation(1003)
    pd.testing.assert_frame_equal(metrics.reliability(outcome[order], chance[order]), points)


def test_chance_alone_explains_the_error_of_a_calibrated_prediction_and_not_that_of_a_wrong_one():
    random = np.random.default_rng(3)
    chance = random.uniform(0.05, 0.4, 20_000)
    outcome = (random.uniform(size=20_000) < chance).astype(float)
    assert metrics.ece(outcome, chance) - metrics.null_ece(chance) < 0.004
    assert metrics.ece(outcome, chance * 0.7) - metrics.null_ece(chance * 0.7) > 0.05


def test_the_best_tenth_holds_what_it_holds():
    found = metrics.lift(np.array([0.0] * 15 + [1.0] * 5), np.arange(20.0))
    assert found["captured_share"].tolist()[:3] == [0.4, 0.8, 1.0] and found["lift"].tolist()[0] == pytest.approx(4.0)


def test_rows_of_one_customer_are_drawn_together():
    random = np.random.default_rng(4)
    own = random.normal(size=200)
    rows, people = np.repeat(own, 10), pd.Series(np.repeat([f"p{number}" for number in range(200)], 10))
    low, high = mean_interval(rows, people)
    width = (high - low) / (2 * 1.645)
    assert width == pytest.approx(own.std() / math.sqrt(200), rel=0.25)  # as of 200 draws, not as of 2,000
    ((bottom, top),) = intervals([lambda weight: float((weight * rows).sum() / weight.sum())], people, draws=200)
    assert (bottom, top) == pytest.approx((low, high), abs=0.05)


def test_columns_that_are_drawn_together_have_the_intervals_that_each_has_alone():
    random = np.random.default_rng(5)
    rows, people = random.normal(size=(900, 3)), pd.Series(random.integers(0, 300, 900).astype(str))
    together = mean_intervals(rows, people, seed=3)
    assert together == [pytest.approx(mean_interval(column, people, seed=3)) for column in rows.T]
    assert mean_interval(rows[:, 0], people, seed=3) == mean_interval(rows[:, 0], people, seed=3)
