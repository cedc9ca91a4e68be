"""The date of the next order and the hour to write at, on made-up customers whose habits are known."""

import numpy as np
import pandas as pd
import pytest

from ml.models.next_order_date import next_order_date
from ml.models.send_hour import send_hour
from ml.taste import gaps, hours, next_orders, send_hours

NOW = pd.Timestamp("2026-06-30")


def rhythms(customers: int, seed: int = 1) -> pd.DataFrame:
    """Customers whose gaps are gamma with a pace of their own; a fifth leaves after each order."""
    random = np.random.default_rng(seed)
    rows = []
    for number in range(customers):
        pace, age = random.gamma(3.0, 15.0), random.integers(30, 700)
        days, at = [], 0.0
        while at < age:
            days.append(int(at))
            if random.random() < 0.2:
                break
            at += max(1.0, random.gamma(3.0, pace / 3.0))
        found = np.diff(sorted(set(days)))
        rows.append(
            {
                "profile_id": f"p{number:05d}",
                "as_of": NOW,
                "last_order_on": NOW.normalize() - pd.Timedelta(days=int(age - days[-1])),
                "open_days": int(age - days[-1]),
                "gaps_count": len(found),
                "gaps_days": int(found.sum()),
                "gaps_log_sum": float(np.log(found).sum()),
                "next_order_on": pd.NaT,
            }
        )
    return pd.DataFrame(rows)


def test_the_pace_of_the_shop_is_found_and_few_gaps_lean_on_it() -> None:
    frame = rhythms(3000)
    pace = gaps.fit(next_orders.history(frame), seed=0)
    assert pace.leaving == pytest.approx(0.2, abs=0.03)
    assert pace.weights[1] + pace.weights[2] > 0.95, "their gaps vary by 58 %"
    two = gaps.History(np.array([1.0, 20.0]), np.array([10.0, 200.0]), np.log([10.0, 10.0]) * [1, 20], np.zeros(2))
    middle = pace.quantiles(two, 365, (0.5,))[:, 0]
    assert middle[1] == pytest.approx(10, abs=2) and middle[0] > middle[1] + 2


def test_quantiles_are_those_of_gaps_drawn_from_the_model() -> None:
    pace = gaps.GammaGaps((0.0, 0.5, 0.5, 0.0), 4.0, 90.0, 0.1)
    random = np.random.default_rng(2)
    size = 400_000
    shape = np.where(random.random(size) < 0.5, 2.0, 8.0)
    pace_days = 90.0 / random.gamma(4.0, size=size)
    gap = random.gamma(shape, pace_days / shape)
    gap = gap[(gap > 20) & (gap <= 20 + 365)]
    nobody = gaps.History(np.zeros(1), np.zeros(1), np.zeros(1), np.array([20.0]))
    with np.errstate(divide="ignore"):
        told = pace.quantiles(nobody, 365, (0.1, 0.5, 0.9))[0]
    assert told == pytest.approx(np.quantile(gap, (0.1, 0.5, 0.9)), rel=0.02)


def test_a_date_lies_in_its_interval_after_today_and_one_order_gives_none() -> None:
    frame = rhythms(800)
    answers = next_orders.train(next_order_date, frame).dates(frame)
    told = frame["gaps_count"].to_numpy() >= 1
    assert 200 < told.sum() < 800
    assert answers["expected_on"].notna().equals(pd.Series(told)) and answers["reason"].isna().equals(pd.Series(told))
    known = answers[told]
    assert (known["earliest_on"] <= known["expected_on"]).all() and (known["expected_on"] <= known["latest_on"]).all()
    assert (known["earliest_on"] >= NOW).all() and known["model_version"].notna().all()
    assert answers[~told]["reason"].str.contains("ordered on 1 day").all()


@pytest.mark.parametrize("customers", [0, 1, 20])
def test_a_small_shop_gets_no_date_and_hears_why(customers: int) -> None:
    frame = rhythms(3).iloc[:0] if not customers else rhythms(customers)
    answers = next_orders.train(next_order_date, frame).dates(frame)
    assert len(answers) == customers and answers["expected_on"].isna().all()
    assert answers["reason"].str.contains("at least 100 are needed").all() and answers["model_version"].isna().all()


def test_hours_go_round_the_clock_and_without_history_are_everybodys() -> None:
    counts = np.zeros((3, 24))
    counts[0, 23], counts[1, 12] = 40, 2
    shared = hours.everybody(counts + 5)
    shares = hours.hours_of_each(counts, shared)
    assert np.allclose(shares.sum(axis=1), 1) and np.allclose(shares[2], shared)
    assert shares[0].argmax() == 23 and shares[0, 0] > shares[0, 20] and shares[0, 0] == pytest.approx(shares[0, 22], rel=0.2)


def test_nothing_is_sent_in_quiet_hours_and_too_little_gives_no_hour() -> None:
    counts = pd.DataFrame(np.zeros((2, 24)), columns=range(24))
    counts.insert(0, "profile_id", ["owl", "silent"])
    counts.loc[0, 22] = 30
    shop = [100.0] * 24
    model = send_hours.train(send_hour, shop, [21, 22, 23, *range(8)], NOW)
    owl, silent = model.answers(counts, NOW).to_dict("records")
    assert owl["send_hour"] == 20 and owl["evidence_count"] == 30 and pd.isna(owl["reason"])
    assert pd.isna(silent["send_hour"]) and "fewer than 3" in silent["reason"]
    few = send_hours.train(send_hour, [1.0] * 24, [], NOW).answers(counts, NOW)
    assert few["send_hour"].isna().all() and few["reason"].str.contains("at least 500").all()
