"""A shop without a web or without e-mail has columns of which nobody has a value: every recipe works all the same."""

import numpy as np
import pandas as pd
import pytest

from ml.recipes import RECIPES, Task


def _rows(count: int = 600) -> pd.DataFrame:
    chance = np.random.default_rng(5)
    tenure = chance.uniform(30, 500, count)
    recency = tenure * chance.random(count)
    return pd.DataFrame(
        {
            "profile_id": [f"p{number}" for number in range(count)],
            "as_of": pd.Timestamp("2026-01-01"),
            "tenure_days": tenure,
            "recency_days": recency,
            "order_days_count": chance.integers(1, 8, count).astype(float),
            "sessions_30d": np.nan,
            "outcome": (chance.random(count) < 0.8 - 0.6 * recency / 500).astype(float),
        }
    )


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_a_column_that_nobody_has_a_value_of_says_nothing(name):
    rows, task = _rows(), Task("purchase", 30, ("recency_days", "tenure_days", "order_days_count", "sessions_30d"))
    state = RECIPES[name].fit(task, rows, rows.drop(columns="outcome"), seed=1)
    found = RECIPES[name].predict(task, state, rows)
    assert np.isfinite(found).all() and found.std() > 0
    assert np.array_equal(found, RECIPES[name].predict(task, state, rows.assign(sessions_30d=3.0)))
