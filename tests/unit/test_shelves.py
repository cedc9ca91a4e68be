"""Shelves of products, on made-up customers whose habits are known, and how rankings are judged."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ml.models.recommendations import recommendations
from ml.taste import shelves
from ml.taste.ranking import average_precisions, best_places

NOW = pd.Timestamp("2026-06-30 09:00")


def purchases(rows: list[tuple[str, str | None, float, bool]]) -> pd.DataFrame:
    """Rows as the asset reads them: person, product, weight, blocked."""
    frame = pd.DataFrame(rows, columns=["profile_id", "product_id", "weight", "is_blocked"])
    return frame.assign(first_bought_at=NOW - pd.Timedelta(days=9), last_bought_at=NOW - pd.Timedelta(days=9))


def test_what_goes_with_what_fills_the_new_shelf_and_blocked_products_no_shelf() -> None:
    pairs = [(f"x{n}", product, 1.0, False) for n in range(400) for product in ("coffee", "filter")]
    others = [(f"y{n}", product, 1.0, False) for n in range(500) for product in ("dog food", "leash")]
    offer = pd.Index(["coffee", "filter", "dog food"])
    model = shelves.train(recommendations, purchases(pairs + others), offer, NOW)
    asked = purchases([("a", "coffee", 1.0, False), ("b", "coffee", 0.5, True), ("b", "dog food", 2.0, False), ("c", None, np.nan, True)])
    rows = model.answers(asked, NOW)
    shelf = {key: list(part["product_id"]) for key, part in rows[rows["reason"].isna()].groupby(["profile_id", "shelf"])}
    assert shelf == {
        ("a", "buy_again"): ["coffee"],
        ("a", "new_for_you"): ["filter", "dog food"],
        ("b", "buy_again"): ["dog food"],
        ("b", "new_for_you"): ["filter"],
        ("c", "new_for_you"): ["dog food", "coffee", "filter"],
    }
    assert rows[rows["reason"].notna()][["profile_id", "shelf"]].to_dict("records") == [{"profile_id": "c", "shelf": "buy_again"}]


def test_of_what_was_bought_alike_what_everybody_buys_comes_first_and_habits_before_both() -> None:
    shop = [(f"x{n}", product, 1.0, False) for n in range(80) for product in ("bread", "candle")[: 1 + (n < 8)]]
    model = shelves.train(recommendations, purchases(shop), pd.Index(["bread", "candle", "tea"]), NOW)
    asked = [("a", "candle", 1.0, False), ("a", "bread", 1.0, False), ("b", "candle", 3.0, False), ("b", "bread", 1.0, False)]
    rows = model.answers(purchases([*asked, ("c", "tea", 1.0, False), ("c", "candle", 1.0, False)]), NOW)
    again = rows[rows["shelf"] == "buy_again"].groupby("profile_id")["product_id"].agg(list).to_dict()
    assert again == {"a": ["bread", "candle"], "b": ["candle", "bread"], "c": ["candle", "tea"]}, "tea is new, and nobody's habit yet"


@pytest.mark.parametrize("rows", [[], [("a", "only", 1.0, False)], [("a", "only", 1.0, True)], [("a", None, np.nan, True)]])
def test_one_customer_and_one_product_give_shelves_or_reasons(rows: list[tuple[str, str | None, float, bool]]) -> None:
    frame = purchases(rows)
    model = shelves.train(recommendations, frame.dropna(subset="product_id"), pd.Index(["only"]), NOW)
    answers = model.answers(frame, NOW)
    assert len(answers) == 2 * frame["profile_id"].nunique()
    assert (answers["product_id"].isna() == answers["reason"].notna()).all()
    assert not answers["product_id"].notna().sum() or not rows[0][3]


def test_average_precision_is_that_of_the_definition() -> None:
    scores = np.array([[4.0, 3.0, 2.0, 1.0], [1.0, 2.0, 3.0, 4.0]])
    wanted = np.array([[True, False, True, False], [False, False, False, False]])
    assert average_precisions(scores, wanted, np.ones((2, 4), bool), 3).tolist() == [pytest.approx((1 + 2 / 3) / 2)]
    allowed = np.array([[False, True, True, True]] * 2)
    assert average_precisions(scores, wanted, allowed, 3).tolist() == [pytest.approx(1 / 2)]


@settings(deadline=None, max_examples=60)
@given(
    scores=st.lists(st.sampled_from([-np.inf, 0.0, 1.0, 2.0]), min_size=1, max_size=6),
    wanted=st.lists(st.booleans(), min_size=6, max_size=6),
    allowed=st.lists(st.booleans(), min_size=6, max_size=6),
    k=st.integers(1, 7),
)
def test_what_is_alike_counts_as_the_mean_over_all_its_orders(scores: list[float], wanted: list[bool], allowed: list[bool], k: int) -> None:
    """The closed form against every order of the products there is, each with its ties broken as they come."""
    columns = len(scores)
    found = average_precisions(*(np.array([each[:columns]]) for each in (scores, wanted, allowed)), k)
    each = []
    for order in permutations(range(columns)):
        ranked = sorted((place for place in order if allowed[place] and scores[place] > -np.inf), key=lambda place: -scores[place])
        hits = [wanted[place] for place in ranked[:k]]
        each.append(sum(sum(hits[: at + 1]) / (at + 1) for at, hit in enumerate(hits) if hit))
    possible = sum(a and b for a, b in zip(wanted[:columns], allowed, strict=False))
    expected = [np.mean(each) / min(possible, k, columns)] if possible else []
    assert found.tolist() == [pytest.approx(one) for one in expected]


@settings(deadline=None)
@given(
    scores=arrays(
        np.float32,
        st.tuples(st.integers(1, 4), st.integers(1, 400)),
        elements=st.sampled_from([-np.inf, -1.0, 0.0, 0.25, 0.5, 1.0, 2.0]) | st.floats(-10, 10, width=32),
    ),
    most=st.integers(0, 30),
)
def test_the_best_of_many_are_the_best_of_them_sorted(scores: np.ndarray, most: int) -> None:
    """However many there are, and however many are alike: no column twice, and the values of the largest."""
    found = best_places(scores, most)
    assert found.shape == (len(scores), min(most, scores.shape[1]))
    for row, places in zip(scores, found, strict=True):
        assert len(set(places)) == len(places)
        assert sorted(row[places]) == sorted(row)[len(row) - len(places) :]
