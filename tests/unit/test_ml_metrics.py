"""The metrics, on cases small enough to work out by hand, and the estimates on a real shop."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ml_shop import feature_frame, training_frame

from ml.metrics import measure, reliability
from ml.models.churn import churn
from ml.models.purchase_30d import purchase_30d
from ml.training import train_and_score

CDNOW = Path(__file__).parents[3] / "shared" / "data" / "cdnow_sample" / "CDNOW_sample.txt"


def test_by_hand():
    outcome, chance = np.array([0.0, 0, 1, 1]), np.array([0.2, 0.6, 0.4, 0.8])
    metrics = measure(outcome, chance, rfm=np.array([5.0, 5, 5, 5]))
    assert (metrics.auc, metrics.rfm_auc, metrics.base_rate, metrics.rows) == (0.75, 0.5, 0.5, 4)
    assert metrics.observed_over_expected == pytest.approx(1.0)
    assert metrics.brier == pytest.approx((0.04 + 0.36 + 0.36 + 0.04) / 4)
    assert metrics.log_loss == pytest.approx(-(np.log(0.8) + np.log(0.4)) / 2)
    assert metrics.ece == pytest.approx((0.2 + 0.6 + 0.6 + 0.2) / 4)  # four rows, four bins


def test_bins_have_equal_mass_and_do_not_depend_on_row_order():
    random = np.random.default_rng(2)
    chance = random.integers(0, 8, 1003) / 10  # many ties
    outcome = (random.uniform(size=1003) < chance).astype(float)
    points = reliability(outcome, chance)
    assert [point.rows for point in points] == [101] * 3 + [100] * 7
    order = random.permutation(1003)
    shuffled = reliability(outcome[order], chance[order])
    for one, other in zip(points, shuffled, strict=True):
        assert (one.expected, one.observed) == pytest.approx((other.expected, other.observed))


def test_one_class_has_no_auc_and_certainty_no_infinite_loss():
    metrics = measure(np.zeros(4), np.array([0.0, 0, 0, 1]), rfm=np.arange(4.0))
    assert metrics.auc is None and metrics.rfm_auc is None and np.isfinite(metrics.log_loss)


@pytest.fixture(scope="module")
def real_shop() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training snapshots and today's features of a real shop, its last day being 1998-06-30."""
    if not CDNOW.exists():
        pytest.skip("../shared/data/cdnow_sample is absent: the real orders are not part of this repository")
    names = ["master", "profile_id", "ordered_at", "cds", "amount"]
    orders = pd.read_csv(CDNOW, sep=r"\s+", names=names, dtype={"profile_id": str, "ordered_at": str})
    orders["ordered_at"] = pd.to_datetime(orders["ordered_at"], format="%Y%m%d")
    origins = tuple(pd.date_range("1997-07-01", "1998-04-01", freq="MS"))
    return training_frame(orders, 90, origins), feature_frame(orders, pd.Timestamp("1998-07-01"), 90)


@pytest.mark.parametrize("model", [churn, purchase_30d], ids=["90 days", "30 days"])
def test_on_a_real_shop_it_ranks_at_least_as_well_as_rfm(model, real_shop):
    training, features = real_shop
    result = train_and_score(model, training, features, datetime(1998, 7, 1, tzinfo=UTC))
    assert result.card.reason is None and len(result.scores) == 2357
    metrics = result.card.evaluation.metrics
    assert metrics.auc > 0.75 and metrics.auc >= metrics.rfm_auc
    assert metrics.ece < 0.05
