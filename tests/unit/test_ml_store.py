"""A stored card scores again exactly, and the numbers in it are the pipeline's."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ml_shop import AS_OF, feature_frame, orders, training_frame

from ml import pipeline, store
from ml.features import plain
from ml.models.churn import churn
from ml.scoring import score
from ml.training import Scored, train_and_score


@pytest.fixture(scope="module")
def features() -> pd.DataFrame:
    return feature_frame(orders(900))


@pytest.fixture(scope="module")
def scored(features: pd.DataFrame) -> Scored:
    return train_and_score(churn, training_frame(orders(900)), features, AS_OF)


def test_a_loaded_card_is_the_saved_one_and_scores_the_same(scored, features, tmp_path: Path):
    path = store.save(scored.card, tmp_path)
    assert path == tmp_path / "churn" / f"{scored.card.model_version}.json"
    card = store.load(path)
    assert card == scored.card
    again = score(card, churn, plain(features, churn, table="features.customer_features", with_label=False))
    pd.testing.assert_frame_equal(again, scored.scores, check_exact=True)
    assert [file.name for file in path.parent.iterdir()] == [path.name]  # nothing half-written is left


def test_saving_twice_leaves_one_file(scored, tmp_path: Path):
    first = store.save(scored.card, tmp_path).read_bytes()
    assert store.save(scored.card, tmp_path).read_bytes() == first and len(list(tmp_path.rglob("*"))) == 2


def test_a_card_without_a_model_keeps_its_reason(features, tmp_path: Path):
    card = train_and_score(churn, training_frame(orders(60)), features.head(20), AS_OF).card
    assert store.load(store.save(card, tmp_path)) == card and "20 buyers" in card.reason


@pytest.mark.parametrize("content", ["", "[]", '{"format": 1}', json.dumps({"format": 99})])
def test_a_broken_file_is_named(content: str, tmp_path: Path):
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"x\.json is not a model card"):
        store.load(path)


def test_the_plain_numbers_give_the_pipelines_probabilities():
    random = np.random.default_rng(4)
    frame = pd.DataFrame(random.uniform(-500, 5000, size=(800, 4)), columns=list("abcd"))
    frame.iloc[::7, 1] = np.nan
    frame["d"] = np.nan  # unknown for all
    outcome = pd.Series((frame["a"] + random.uniform(-900, 900, 800) > 2000).astype("float64"))
    fitted = pipeline.fit(frame, outcome, seed=0)
    numbers = pipeline.parameters(fitted, tuple("abcd"))
    assert numbers.columns == ("a", "b", "c", "d", "b_is_unknown", "d_is_unknown")
    holed = frame.mask(pd.DataFrame(random.uniform(size=frame.shape) < 0.2, columns=frame.columns))
    for given in (frame, holed):
        np.testing.assert_allclose(numbers.probability(given), pipeline.probability(fitted, given), rtol=0, atol=1e-12)
