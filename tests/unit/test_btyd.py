"""Buy-till-you-die: the papers' figures, an independent implementation, and what must hold for every customer."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.btyd import BgNbd, FitError, GammaGamma, MbgNbd

lifetimes = pytest.importorskip("lifetimes", reason="the CDNOW orders and the other implementation come with lifetimes")
FOLDER = Path(lifetimes.__file__).parent / "datasets"


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    """The tenth sample's first 39 weeks: repeat days, weeks to the latest, weeks watched, average of the repeat orders."""
    names = ["master", "customer", "day", "units", "amount"]
    lines = pd.read_csv(FOLDER / "CDNOW_sample.txt", sep=r"\s+", names=names)
    lines["at"] = pd.to_datetime(lines["day"].astype(str))
    days = lines[lines["at"] <= "1997-09-30"].groupby(["customer", "at"])["amount"].sum().reset_index()
    by = days.groupby("customer")["at"]
    first, last = by.min(), by.max()
    frame = pd.DataFrame({"x": by.size() - 1.0, "t_x": (last - first).dt.days / 7, "age": (pd.Timestamp("1997-09-30") - first).dt.days / 7})
    frame["amount"] = days[days["at"] > days["customer"].map(first)].groupby("customer")["amount"].mean()
    return frame


def columns(frame: pd.DataFrame) -> tuple[np.ndarray, ...]:
    return tuple(frame[name].to_numpy(dtype=float) for name in ("x", "t_x", "age"))


def test_the_published_parameters_of_cdnow_are_reproduced(cdnow):
    """Fader, Hardie and Lee (2005), table 2: 2,357 customers, 39 weeks."""
    model = BgNbd.fit(*columns(cdnow))
    assert len(cdnow) == 2357
    assert (round(model.r, 3), round(model.alpha, 3), round(model.a, 3), round(model.b, 3)) == (0.243, 4.414, 0.793, 2.426)
    assert round(model.log_likelihood(*columns(cdnow)), 1) == -9582.4


@pytest.mark.parametrize(("ours", "theirs"), [(BgNbd, lifetimes.BetaGeoFitter), (MbgNbd, lifetimes.ModifiedBetaGeoFitter)])
def test_another_implementation_says_the_same(cdnow, ours, theirs):
    x, t_x, age = columns(cdnow)
    model, oracle = ours.fit(x, t_x, age), theirs()
    oracle.fit(x, t_x, age)
    assert np.allclose([model.r, model.alpha, model.a, model.b], oracle.params_, rtol=1e-4)
    oracle.params_ = pd.Series({"r": model.r, "alpha": model.alpha, "a": model.a, "b": model.b})
    assert np.allclose(model.p_alive(x, t_x, age), oracle.conditional_probability_alive(x, t_x, age), atol=1e-12)
    for weeks in (1, 13, 52):
        asked = oracle.conditional_expected_number_of_purchases_up_to_time(weeks, x, t_x, age)
        assert np.allclose(model.expected_orders(x, t_x, age, weeks), asked, rtol=1e-8)


def test_another_implementation_values_orders_the_same(cdnow):
    buyers = cdnow[cdnow["x"] > 0]
    oracle = lifetimes.GammaGammaFitter()
    oracle.fit(buyers["x"], buyers["amount"])
    model = GammaGamma.fit(buyers["x"].to_numpy(), buyers["amount"].to_numpy())
    assert np.allclose([model.p, model.q, model.v], oracle.params_, rtol=1e-3)
    theirs = oracle.conditional_expected_average_profit(buyers["x"], buyers["amount"])
    assert np.allclose(model.order_value(buyers["x"].to_numpy(), buyers["amount"].to_numpy()), theirs, rtol=1e-3)


def test_the_unit_of_time_does_not_matter(cdnow):
    x, t_x, age = columns(cdnow)
    weeks, days = MbgNbd.fit(x, t_x, age), MbgNbd.fit(x, t_x * 7, age * 7)
    assert np.allclose(weeks.probability(x, t_x, age, 4), days.probability(x, t_x * 7, age * 7, 28), rtol=1e-4)


@pytest.mark.parametrize("family", [BgNbd, MbgNbd])
def test_too_little_is_refused_in_words(family):
    few = np.ones(5)
    with pytest.raises(FitError, match="5 customers, 5 with a repeat order: at least 20"):
        family.fit(few, few, few * 2)
    with pytest.raises(FitError, match="0 with a repeat order"):
        family.fit(np.zeros(1000), np.zeros(1000), np.full(1000, 90.0))
    with pytest.raises(FitError, match="0 customers with an order amount"):
        GammaGamma.fit(np.ones(50), np.zeros(50))


@pytest.mark.parametrize("family", [BgNbd, MbgNbd])
def test_one_sided_shops_are_fitted_all_the_same(family):
    """Nobody ever leaves, all buy alike, all came today but a few: the search ends, with numbers."""
    random = np.random.default_rng(1)
    age = random.uniform(0, 700, 400)
    for x, t_x in (
        (np.floor(age / 7), np.floor(age / 7) * 7),
        (np.ones(400), age),
        (np.where(age > 650, 2.0, 0.0), np.where(age > 650, age, 0)),
    ):
        model = family.fit(x, t_x, age)
        assert np.isfinite([model.r, model.alpha, model.a, model.b]).all()
        assert np.isfinite(model.expected_orders(x, t_x, age, 90)).all()


SIZES = st.floats(0.02, 50)
MODELS = st.builds(lambda family, *numbers: family(*numbers), st.sampled_from([BgNbd, MbgNbd]), SIZES, st.floats(1, 500), SIZES, SIZES)


@given(model=MODELS, x=st.integers(0, 300), share=st.floats(0, 1), age=st.floats(0, 3000), horizon=st.floats(1, 400))
def test_what_holds_for_every_customer(model, x, share, age, horizon):
    history = np.array([float(x)]), np.array([age * share if x else 0.0]), np.array([age])
    chance, expected = model.probability(*history, horizon)[0], model.expected_orders(*history, horizon)[0]
    assert 0 <= model.p_alive(*history)[0] <= 1
    assert 0 <= chance <= 1
    # at least one order is expected as often as one comes, and no more than come while the customer is surely there
    assert chance * (1 - 1e-9) - 1e-12 <= expected <= model.rate(history[0], history[2])[0] * horizon * (1 + 1e-6)
    assert model.probability(*history, horizon * 2)[0] >= chance
    assert model.expected_orders(*history, horizon * 2)[0] >= expected * (1 - 1e-6)


@given(model=MODELS, x=st.integers(1, 50), age=st.floats(10, 2000), step=st.floats(0.01, 0.5))
def test_a_fresher_order_never_lowers_the_chance(model, x, age, step):
    earlier, later = (
        model.probability(np.array([float(x)]), np.array([age * share]), np.array([age]), 30.0)[0] for share in (0.5, 0.5 + step)
    )
    assert later >= earlier - 1e-12


@given(orders=st.integers(1, 500), amount=st.floats(0.5, 5000), p=st.floats(0.5, 20), q=st.floats(1.1, 20), v=st.floats(1, 500))
def test_an_order_value_lies_between_the_own_average_and_everybodys(orders, amount, p, q, v):
    model = GammaGamma(p, q, v)
    value = model.order_value(np.array([float(orders)]), np.array([amount]))[0]
    anybody = model.order_value(np.array([0.0]), np.array([np.nan]))[0]
    assert min(amount, anybody) * (1 - 1e-9) <= value <= max(amount, anybody) * (1 + 1e-9)
