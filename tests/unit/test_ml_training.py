"""What serves: the better of champion and challenger, the fallback where something is wrong, nobody where there is too little.

One file: all is told on the same made-up shop, which takes seconds to learn from."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ml_shop import NOW, ORIGINS, feature_frame, orders, scored, shop_of, training, training_frame

from ml import metrics, origins
from ml.backtest import backtest
from ml.declaration import Declaration
from ml.eligibility import Shop
from ml.frames import FrameError
from ml.models.churn import churn
from ml.origins import learned_from, with_outcome
from ml.recipes import RECIPES, Task

BUYING = ("recency_days", "tenure_days", "orders_count", "order_days_count", "orders_90d", "mean_gap_days", "gap_ratio", "avg_order_amount")
soon = Declaration(name="soon", kind="purchase", features=BUYING, horizon_days=30)
many = Declaration(name="many", kind="orders", features=(*BUYING, "revenue_amount", "last_order_amount"), horizon_days=90)


@pytest.fixture(scope="module")
def snapshots() -> pd.DataFrame:
    return training_frame(orders(1200))


@pytest.fixture(scope="module")
def features() -> pd.DataFrame:
    return feature_frame(orders(1200))


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def served(snapshots, features, models):
    """The first run of a shop: nothing serves yet."""
    return training(soon, snapshots, features, models).serve()


def test_the_challenger_serves_once_the_gate_lets_it_and_every_score_says_so(served, features):
    rules = {rule["name"]: rule["passed"] for rule in served.card["rules"]}
    assert (served.recipe == "mean2") == all(rules.values()) and {"origins", "better", "auc", "excess_ece", "size", "anchor"} <= set(rules)
    table = scored(soon, served, features)
    assert table["profile_id"].tolist() == features["profile_id"].tolist() and table["score"].between(0, 1).all()
    assert table["reason"].isna().all() and table["fallback_score"].between(0, 1).all()
    assert (table["model"] == served.recipe).all() and (table["model_version"] == served.model_version).all()
    assert (table["data_version"] == served.card["data_version"]).all() and (table["horizon_days"] == 30).all()
    assert (table["trained_to"] == max(o for o in ORIGINS if o + pd.Timedelta(days=33) <= NOW)).all()
    assert (table["trained_from"] < table["trained_to"]).all() and table["score_365d"].isna().all()


def test_the_evidence_is_by_recipe_origin_and_band_with_intervals(served):
    figures = served.evidence.figures
    assert {"fallback", "bg_nbd", "mean2"} == set(figures["recipe"]) and figures["origin"].dropna().nunique() == 3
    pooled = figures[figures["origin"].isna()]
    assert {"all", "1 order", "4 to 7"} <= set(pooled["band"])
    loss = pooled[(pooled["metric"] == "log_loss") & (pooled["band"] == "all")]
    assert ((loss["low"] < loss["value"]) & (loss["value"] < loss["high"])).all()
    assert set(served.evidence.reliability["bin"]) == set(range(1, 11)) and len(served.evidence.lift) == 30


def test_the_stored_version_answers_until_another_origin_closes(served, snapshots, features, models, tmp_path):
    shutil.copytree(models / "soon", tmp_path / "soon")

    def unread(_: object) -> pd.DataFrame:
        raise AssertionError("nothing was to be trained")

    same = training(soon, snapshots, features, tmp_path, NOW + pd.Timedelta(days=2))
    same.read = unread
    again = same.serve()
    assert (again.model_version, again.recipe, again.evidence) == (served.model_version, served.recipe, None)
    pd.testing.assert_frame_equal(scored(soon, again, features), scored(soon, served, features), check_exact=True)
    later = training(soon, snapshots, features, tmp_path, NOW + pd.Timedelta(days=40)).serve()
    assert later.model_version != served.model_version and later.card["trained_to"] > served.card["trained_to"]


def test_the_same_rows_in_another_order_give_the_same_answers(served, snapshots, features, tmp_path):
    mixed = training(soon, snapshots.sample(frac=1, random_state=5), features, tmp_path).serve()
    assert mixed.card["data_version"] == served.card["data_version"] and mixed.card["verdict"] == served.card["verdict"]
    pd.testing.assert_series_equal(scored(soon, mixed, features)["score"], scored(soon, served, features)["score"], check_exact=True)
    changed = snapshots.copy()
    changed.loc[changed["as_of"].eq("2025-05-02").idxmax(), "recency_days"] += 1
    other = training(soon, changed, features, tmp_path / "other").serve()
    assert other.card["data_version"] != served.card["data_version"]


def test_a_tampered_file_is_refused_and_the_fallback_serves_and_says_so(served, snapshots, features, models, tmp_path):
    for path in (models / "soon").iterdir():
        content = path.read_bytes()
        copy = tmp_path / "soon" / path.name
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(content + b" " if path.suffix == ".skops" else content)
    assert json.loads((tmp_path / "soon" / "champion.json").read_text())["model_version"] == served.model_version
    refused = training(soon, snapshots, features, tmp_path).serve()
    assert refused.recipe == "fallback" and "was changed" in refused.notes[0] and "remove champion.json" in refused.notes[0]
    table = scored(soon, refused, features)
    assert table["score"].between(0, 1).all() and (table["model"] == "fallback").all() and table["model_version"].notna().all()
    (tmp_path / "soon" / "champion.json").write_text("{")
    assert training(soon, snapshots, features, tmp_path).serve().recipe == "fallback"
    (tmp_path / "soon" / "champion.json").unlink()
    assert training(soon, snapshots, features, tmp_path).serve().recipe == served.recipe


def test_a_recipe_that_nobody_knows_any_more_is_no_champion(snapshots, features, tmp_path):
    (tmp_path / "soon").mkdir()
    (tmp_path / "soon" / "champion.json").write_text(json.dumps({"model_version": "f" * 64, "recipe": "oracle", "key": "old"}))
    assert training(soon, snapshots, features, tmp_path).serve().recipe in ("fallback", "mean2")


def test_few_buyers_or_few_orders_are_served_by_the_fallback_and_say_why(snapshots, features, tmp_path):
    shop = replace(shop_of(features), buyers=999)
    few = training(soon, snapshots, features, tmp_path, shop=shop).serve()
    assert few.recipe == "fallback" and "999 buyers, learning pays from 1000 on" in few.card["verdict"]
    rare = snapshots.assign(next_order_at=snapshots["next_order_at"].where(snapshots.index % 400 == 0))
    assert training(soon, rare, features, tmp_path / "rare").serve().recipe == "fallback"


def test_too_little_is_nobody_with_the_reason(snapshots, features, tmp_path):
    for shop, words in (
        (Shop(0, float("nan"), float("nan"), None), "0 buyers, at least 500 are needed; an unknown number of days of history"),
        (Shop(1, 400.0, 3.0, 60), "1 buyers, at least 500 are needed"),
        (Shop(5000, 179.0, 3.0, 60), "179 days of history, at least 180"),
        (Shop(5000, 400.0, 31.0, 60), "the last order is 31 days old"),
    ):
        nobody = training(soon, snapshots, features, tmp_path, shop=shop).serve()
        table = scored(soon, nobody, features.head(3))
        assert nobody.state is None and words in nobody.reason and not (tmp_path / "soon").exists()
        assert table["score"].isna().all() and (table["reason"] == nobody.reason).all() and table["model_version"].isna().all()
    early = training(soon, snapshots[snapshots["as_of"] > "2025-06-10"], features, tmp_path).serve()
    assert "no training snapshot is closed yet" in early.reason
    assert training(churn, snapshots.head(0), features, tmp_path).serve().state is None


def test_one_row_that_cannot_be_trusted_spoils_only_itself(served, features):
    broken = features.astype({"gap_ratio": "float64", "recency_days": "float64"})
    broken.loc[0, "gap_ratio"] = np.inf
    broken.loc[1, "recency_days"] = np.nan
    broken.loc[2, list(BUYING[4:])] = np.nan  # unknown is no fault
    table = scored(soon, served, broken)
    assert table["reason"].dropna().to_dict() == {0: "gap_ratio is infinite: the value cannot be trusted", 1: "recency_days is unknown"}
    assert table["score"].isna().sum() == 2


def test_batches_change_nothing(served, features):
    whole = scored(soon, served, features)
    parts = pd.concat([scored(soon, served, features.iloc[:7]), scored(soon, served, features.iloc[7:])], ignore_index=True)
    pd.testing.assert_frame_equal(parts, whole, check_exact=False, rtol=1e-12)


def test_a_count_is_for_its_horizon_and_for_a_year_and_says_what_moves_it(snapshots, features, tmp_path):
    served = training(many, snapshots, features, tmp_path).serve()
    assert "rmse" in set(served.evidence.figures["metric"]) and served.evidence.reliability.empty
    rows = with_outcome(training(many, snapshots, features, tmp_path).rows(), "orders", 90)
    state = RECIPES["mean2"].fit(served.task, learned_from(rows, 90, NOW), rows[rows["as_of"] == ORIGINS[-1]], 0)
    table = scored(many, replace(served, recipe="mean2", state=state), features)  # whatever the gate says of this shop
    assert (table["score"] >= 0).all() and (table["score_365d"] > table["score"]).mean() > 0.99
    told = table[["because_1", "because_1_effect", "because_2", "because_2_effect"]].dropna()
    assert len(told) > 0.8 * len(table) and (told["because_1"] != told["because_2"]).all()
    assert (told["because_1_effect"].abs() >= told["because_2_effect"].abs()).all()


def test_churn_is_the_other_side_of_a_purchase(served, features):
    turned = scored(replace(soon, is_complement=True), served, features)
    np.testing.assert_allclose(turned["score"] + scored(soon, served, features)["score"], 1.0)


def test_wrong_frames_are_named(snapshots, features, served, tmp_path):
    with pytest.raises(FrameError, match=r"training_snapshots lacks gap_ratio, which the model soon needs"):
        training(soon, snapshots.drop(columns="gap_ratio"), features, tmp_path).serve()
    with pytest.raises(FrameError, match=r"customer_features lacks gap_ratio"):
        scored(soon, served, features.drop(columns="gap_ratio"))
    with pytest.raises(FrameError, match=r"training_snapshots.orders_90d is not numeric"):
        training(soon, snapshots.assign(orders_90d="many"), features, tmp_path).serve()
    with pytest.raises(FrameError, match=r"1 rows too many"):
        training(soon, pd.concat([snapshots, snapshots.tail(1)]), features, tmp_path).serve()
    with pytest.raises(ValueError, match="within 60 days: the training snapshots count 90 days"):
        training(replace(soon, kind="orders", horizon_days=60), snapshots, features, tmp_path).serve()


TASK = Task("purchase", 30, BUYING)


def test_what_is_said_at_an_origin_does_not_change_with_what_came_after(snapshots):
    before = backtest(TASK, snapshots, NOW, ("logistic",), pooled=2)
    origin = before.origins[-1]
    future = snapshots.copy()
    later = future["as_of"] + pd.Timedelta(days=33) > origin
    future.loc[later, "next_order_at"] = future.loc[later, "as_of"] + pd.Timedelta(days=1)  # everybody comes tomorrow
    after = backtest(TASK, future, NOW, ("logistic",), pooled=2)
    pd.testing.assert_series_equal(after.rows["logistic"], before.rows["logistic"], check_exact=True)
    assert after.rows["outcome"].mean() > before.rows["outcome"].mean()


@pytest.mark.parametrize("recipe", ["logistic", "mean2"])
def test_permuted_labels_leave_nothing_to_learn(snapshots, recipe):
    random = np.random.default_rng(8)
    bought = random.permutation(snapshots["next_order_at"].lt(snapshots["as_of"] + pd.Timedelta(days=30)).to_numpy())
    shuffled = snapshots.assign(next_order_at=(snapshots["as_of"] + pd.Timedelta(days=1)).where(bought))
    found = backtest(TASK, shuffled, NOW, (recipe,))
    positives, others = found.rows["outcome"].sum(), (1 - found.rows["outcome"]).sum()
    error = np.sqrt((positives + others + 1) / (12 * positives * others))  # of an AUC of one half (Mann and Whitney 1947)
    assert abs(metrics.auc(found.rows["outcome"].to_numpy(), found.rows[recipe].to_numpy()) - 0.5) < 3 * error


@given(st.sets(st.integers(0, 40), max_size=18), st.integers(1, 180), st.integers(0, 1300), st.integers(1, 6))
def test_the_rows_that_are_read_are_those_that_are_looked_at(places, horizon_days, day, judged):
    start = pd.Timestamp("2024-01-01")
    now, every = start + pd.Timedelta(days=day), [start + pd.Timedelta(days=30 * place) for place in sorted(places)]
    read = origins.needed_origins(every, horizon_days, now, judged)
    moments = origins.judged_origins(every, horizon_days, now)[-judged:]
    assert set(moments) <= set(read) <= set(every) and read[-1:] == every[-1:]
    assert origins.judged_origins(read, horizon_days, now)[-judged:] == moments
    for moment in (*moments, now):
        told = [origins.training_origins(known, horizon_days, moment) for known in (read, every)]
        assert told[0] == told[1] and len(told[0]) in {*range(7), 12}


def test_of_too_many_rows_as_many_are_drawn_as_are_asked_for_and_always_the_same(snapshots):
    rows = with_outcome(snapshots, "purchase", 30)
    everything, drawn = learned_from(rows, 30, NOW), learned_from(rows, 30, NOW, 700)
    assert len(everything) > 2000 and len(drawn) == 700
    assert learned_from(rows, 30, NOW, len(everything)).equals(everything)
    mixed = learned_from(rows.sample(frac=1, random_state=1), 30, NOW, 700)
    key = ["as_of", "profile_id"]
    assert mixed.sort_values(key, ignore_index=True).equals(drawn.sort_values(key, ignore_index=True))
    more = learned_from(rows, 30, NOW, 900)[key]
    assert len(drawn[key].merge(more)) == 700  # whoever is drawn stays when more are
    share = drawn.groupby("as_of").size() / everything.groupby("as_of").size()
    assert share.notna().all() and share.between(0.6 * share.mean(), 1.4 * share.mean()).all()
    assert drawn["profile_id"].nunique() > 0.8 * min(700, everything["profile_id"].nunique()) * 0.7


def test_the_same_rows_give_the_same_version(served, snapshots, features, tmp_path):
    again = training(soon, snapshots.sample(frac=1, random_state=3), features, tmp_path).serve(anew=True)
    assert again.model_version == served.model_version


def test_a_model_is_made_anew_when_another_number_of_rows_is_asked_for(served, snapshots, features, models, tmp_path):
    shutil.copytree(models / "soon", tmp_path / "soon")
    fewer = training(soon, snapshots, features, tmp_path)
    fewer.most_rows = 1500
    again = fewer.serve()
    assert again.model_version != served.model_version and again.card["rows"] == 1500
