"""Where there is too little to learn from, there is a reason instead of a score; one broken row spoils only itself."""

import numpy as np
import pandas as pd
import pytest
from ml_shop import AS_OF, feature_frame, orders, training_frame

from ml.features import CUSTOMER_FEATURES
from ml.models.churn import churn
from ml.models.purchase_30d import purchase_30d
from ml.scoring import SCORE_COLUMNS
from ml.training import Scored, train_and_score


@pytest.fixture(scope="module")
def training() -> pd.DataFrame:
    return training_frame(orders(900))


@pytest.fixture(scope="module")
def features() -> pd.DataFrame:
    return feature_frame(orders(900))


def refused(result: Scored, words: str) -> None:
    """All rows are there, none has a score, each has the reason, and the card has it too."""
    assert result.scores["score"].isna().all() and result.card.model_version is None
    assert result.scores["model_version"].isna().all() and result.scores["trained_to"].isna().all()
    assert words in result.card.reason and (result.scores["reason"] == result.card.reason).all()


def test_one_customer(training, features):
    result = train_and_score(churn, training, features.head(1), AS_OF)
    refused(result, "1 buyers, at least 500 are needed")
    assert len(result.scores) == 1 and tuple(result.scores.columns) == SCORE_COLUMNS


def test_nobody(training, features):
    result = train_and_score(churn, training.head(0), features.head(0), AS_OF)
    assert result.scores.empty and "no training snapshot is closed yet" in result.card.reason
    assert tuple(result.scores.columns) == SCORE_COLUMNS and result.card.coefficients().empty


def test_one_class(training, features):
    refused(
        train_and_score(churn, training.assign(did_order_in_horizon=True), features, AS_OF),
        "every training row has an order",
    )
    refused(
        train_and_score(churn, training.assign(did_order_in_horizon=False), features, AS_OF),
        "0 training rows with an order",
    )


def test_few_positives(training, features):
    rare = training.assign(did_order_30d=np.arange(len(training)) < 199)
    refused(train_and_score(purchase_30d, rare, features, AS_OF), "199 training rows with an order, at least 200")


def test_a_young_or_a_sleeping_shop(training, features):
    young = features.assign(tenure_days=features["tenure_days"].clip(upper=179))
    refused(train_and_score(churn, training, young, AS_OF), "179 days of history, at least 180")
    asleep = features.assign(recency_days=features["recency_days"].clip(lower=31))
    refused(train_and_score(churn, training, asleep, AS_OF), "the last order is 31 days old")


def test_every_feature_unknown(training, features):
    empty = features.assign(**dict.fromkeys(CUSTOMER_FEATURES))
    result = train_and_score(churn, training, empty, AS_OF)
    refused_rows = result.scores
    assert len(refused_rows) == len(features) and refused_rows["score"].isna().all()
    assert "0 buyers" in result.card.reason and "unknown number of days of history" in result.card.reason


def test_every_feature_unknown_for_one_customer_and_in_one_column(training, features):
    holed = features.astype(dict.fromkeys(CUSTOMER_FEATURES, "float64"))
    holed.loc[holed.index[0], list(CUSTOMER_FEATURES)] = np.nan
    result = train_and_score(churn, training.assign(category_count=None), holed, AS_OF)
    reasons = result.scores.set_index("profile_id")["reason"]
    assert reasons[holed["profile_id"].iloc[0]] == "orders_count is unknown" and reasons.notna().sum() == 1
    assert result.scores["score"].notna().sum() == len(holed) - 1


def test_infinite_values_are_neither_scored_nor_learned_from(training, features):
    broken = features.astype({"gap_ratio": "float64"})
    broken.loc[broken.index[:3], "gap_ratio"] = np.inf
    taught = training.astype({"gap_ratio": "float64"})
    taught.loc[taught.index[:7], "gap_ratio"] = -np.inf
    result = train_and_score(churn, taught, broken, AS_OF)
    reasons = result.scores["reason"].dropna()
    assert len(reasons) == 3 and reasons.str.startswith("gap_ratio is infinite").all()
    assert result.scores["score"].notna().sum() == len(features) - 3
    assert result.card.rows == len(taught) - 7 and result.card.notes[0].startswith("7 training rows were left out: gap_ratio")


def test_profiles_without_an_order_are_not_customers(training, features):
    visitors = features.head(5).assign(profile_id=[f"v{n}" for n in range(5)], orders_count=0)
    result = train_and_score(churn, training, pd.concat([features, visitors]), AS_OF)
    assert set(result.scores["profile_id"]) == set(features["profile_id"])


def test_an_unknown_horizon_is_a_reason_for_churn_only(training, features):
    odd = features.astype({"horizon_days": "Int64"})
    odd.loc[odd.index[0], "horizon_days"] = pd.NA
    assert train_and_score(churn, training, odd, AS_OF).scores["reason"].dropna().tolist() == ["horizon_days is unknown"]
    assert train_and_score(purchase_30d, training, odd, AS_OF).scores["reason"].isna().all()
