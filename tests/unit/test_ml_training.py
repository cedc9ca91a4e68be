"""A model learns from the past only, says what it is worth, and gives the same answer twice."""

from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from ml_shop import AS_OF, NOW, feature_frame, orders, training_frame

from ml.features import FrameError
from ml.models.churn import churn
from ml.models.purchase_30d import purchase_30d
from ml.scoring import SCORE_COLUMNS
from ml.training import Scored, train_and_score

MODELS = (churn, purchase_30d)


@pytest.fixture(scope="module")
def training() -> pd.DataFrame:
    return training_frame(orders())


@pytest.fixture(scope="module")
def features() -> pd.DataFrame:
    return feature_frame(orders())


@pytest.fixture(scope="module")
def scored(training: pd.DataFrame, features: pd.DataFrame) -> Scored:
    return train_and_score(churn, training, features, AS_OF)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_every_buyer_gets_a_probability_with_its_versions(model, training, features):
    result = train_and_score(model, training, features, AS_OF)
    scores, card = result.scores, result.card
    assert tuple(scores.columns) == SCORE_COLUMNS
    assert set(scores["profile_id"]) == set(features["profile_id"]) and scores["score"].between(0, 1).all()
    assert scores["reason"].isna().all() and (scores["model_version"] == card.model_version).all()
    assert (scores["horizon_days"] == (model.horizon_days or 60)).all()
    assert (scores["trained_to"] == training["as_of"].max()).all() and card.evaluation.trained_to < card.evaluation.origin
    metrics = card.evaluation.metrics
    assert metrics.auc > 0.7 and metrics.auc >= metrics.rfm_auc
    assert 0.7 < metrics.observed_over_expected < 1.4 and metrics.ece < 0.12
    assert len(card.reliability()) == 10 and card.reliability()["rows"].sum() == metrics.rows
    assert set(model.features) <= set(card.coefficients()["feature"])
    assert card.figures()["auc"] == metrics.auc and card.figures()["origins"] == 7


def test_churn_is_the_other_side_of_an_order_within_the_horizon(scored, features):
    by_recency = scored.scores.merge(features[["profile_id", "orders_count", "gap_ratio"]], on="profile_id")
    regular = by_recency[(by_recency["orders_count"] >= 5)]
    assert regular[regular["gap_ratio"] < 1]["score"].mean() < regular[regular["gap_ratio"] > 3]["score"].mean()


def test_row_order_changes_nothing(training, features, scored):
    again = train_and_score(churn, training.sample(frac=1, random_state=5), features.sample(frac=1, random_state=6), AS_OF)
    pd.testing.assert_frame_equal(again.scores, scored.scores)
    assert again.card == scored.card


def test_other_data_has_another_version(training, features, scored):
    changed = training.copy()
    changed.loc[3, "revenue_amount"] += 0.01
    card = train_and_score(churn, changed, features, AS_OF).card
    assert card.data_version != scored.card.data_version and card.model_version != scored.card.model_version


def test_only_labels_known_at_the_evaluated_origin_are_learned_from(scored, training):
    evaluation = scored.card.evaluation
    assert evaluation.trained_to + timedelta(days=60) <= evaluation.origin == training["as_of"].max()
    assert scored.card.notes == ()


def test_overlapping_labels_are_said(training, features):
    close = training[training["as_of"] >= "2025-02-01"]
    card = train_and_score(churn, close, features, AS_OF).card
    assert "flattering" in card.notes[0] and card.evaluation is not None


def test_open_snapshots_are_not_learned_from(training, features):
    early = NOW - pd.Timedelta(days=130)
    then = features.assign(as_of=early)
    card = train_and_score(churn, training, then, datetime.fromisoformat(f"{early}+00:00")).card
    assert card.trained_to == datetime(2024, 12, 1)  # noqa: DTZ001  (naive UTC, as in the tables)


def test_one_origin_serves_without_an_evaluation_and_says_so(training, features):
    card = train_and_score(churn, training[training["as_of"] == "2025-02-01"], features, AS_OF).card
    assert card.evaluation is None and "one closed origin" in card.figures()["notes"]
    assert card.model_version and card.reliability().empty


def test_permuted_labels_leave_nothing_to_learn(training, features):
    shuffled = training.copy()
    shuffled["did_order_in_horizon"] = shuffled["did_order_in_horizon"].sample(frac=1, random_state=1, ignore_index=True).to_numpy()
    assert train_and_score(churn, shuffled, features, AS_OF).card.evaluation.metrics.auc == pytest.approx(0.5, abs=0.05)


def test_types_as_a_warehouse_gives_them(training, features, scored):
    money = features["revenue_amount"].map(lambda value: Decimal(repr(value)))
    typed = features.assign(revenue_amount=money, orders_count=features["orders_count"].astype("Int64"))
    nullable = training["did_order_in_horizon"].astype("boolean")
    again = train_and_score(churn, training.assign(did_order_in_horizon=nullable), typed, AS_OF)
    assert np.array_equal(again.scores["score"], scored.scores["score"]) and again.card == scored.card


def test_wrong_frames_are_named(training, features):
    with pytest.raises(FrameError, match=r"customer_features lacks gap_ratio, which the model churn needs"):
        train_and_score(churn, training, features.drop(columns="gap_ratio"), AS_OF)
    with pytest.raises(FrameError, match=r"training_snapshots lacks did_order_in_horizon"):
        train_and_score(churn, training.drop(columns="did_order_in_horizon"), features, AS_OF)
    with pytest.raises(FrameError, match=r"customer_features.views_30d is not numeric"):
        train_and_score(churn, training, features.assign(views_30d="many"), AS_OF)
    with pytest.raises(FrameError, match=r"1 rows too many"):
        train_and_score(churn, training, pd.concat([features, features.head(1)]), AS_OF)
    with pytest.raises(ValueError, match="no time zone"):
        train_and_score(churn, training, features, AS_OF.replace(tzinfo=None))
    with pytest.raises(ValueError, match="which is after"):
        train_and_score(churn, training, features, AS_OF - timedelta(days=1))
