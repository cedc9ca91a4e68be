"""A backtest: at several past origins, what each recipe would have said then, beside what happened.

At an origin T everything a recipe sees is from before T: it learns from origins whose horizon had passed by T, and
predicts for the people of T (rolling origins; Tashman 2000, "Out-of-sample tests of forecasting accuracy").
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml import origins
from ml.btyd import FitError
from ml.recipes import RECIPES, Task

#: So many origins are pooled, the latest that can be judged.
POOLED_ORIGINS = 3
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Backtest:
    """`rows`: profile_id, as_of (the origin), orders_count, `outcome`, the features of the RFM score, and a column of predictions per
    recipe, NaN at an origin where it failed. `failures`: what failed where, in words."""

    task: Task
    rows: pd.DataFrame
    recipes: tuple[str, ...]
    failures: tuple[str, ...]

    @property
    def origins(self) -> list[pd.Timestamp]:
        """The origins judged at, the earliest first."""
        return sorted(self.rows["as_of"].unique())

    def has(self, recipe: str) -> bool:
        """Whether the recipe predicted at every origin."""
        return recipe in self.recipes and len(self.rows) > 0 and not self.rows[recipe].isna().any()


_KEPT = ("profile_id", "as_of", "orders_count", "recency_days", "revenue_amount", "outcome")


def backtest(
    task: Task,
    snapshots: pd.DataFrame,
    now: pd.Timestamp,
    recipes: Sequence[str],
    *,
    seed: int = 0,
    pooled: int = POOLED_ORIGINS,
    most_rows: int = origins.MOST_ROWS,
    progress: Progress = lambda _: None,
) -> Backtest:
    """Fit and predict at the `pooled` latest origins closed at `now` for which there is a closed origin to learn from.

    `snapshots`: rows of features.training_snapshots as `frames.plain` gives them, with the label columns of the task's kind.
    most_rows: so many one fit learns from; everybody is judged. A recipe that cannot be fitted at an origin is NaN there, and the
    backtest says so. No rows where no origin can be judged.
    """
    rows = origins.with_outcome(snapshots, task.kind, task.horizon_days)
    parts, failures = [], []
    for origin in origins.judged_origins(list(rows["as_of"].unique()), task.horizon_days, now)[-pooled:]:
        learned = origins.learned_from(rows, task.horizon_days, origin, most_rows)
        people = rows[rows["as_of"] == origin].reset_index(drop=True)
        unlabelled = people.drop(columns="outcome")
        told = people[[name for name in _KEPT if name in people.columns]].copy()
        for name in dict.fromkeys(recipes):
            try:
                state = RECIPES[name].fit(task, learned, unlabelled, seed)
                told[name] = RECIPES[name].predict(task, state, unlabelled)
            except FitError as problem:
                told[name] = np.nan
                failures.append(f"{name} at {origin:%Y-%m-%d}: {problem}")
        parts.append(told)
        progress(f"backtest at {origin:%Y-%m-%d}: {len(people):,} customers, learned from {len(learned):,} rows")
    empty = pd.DataFrame(columns=[*_KEPT, *recipes])
    return Backtest(task, pd.concat(parts, ignore_index=True) if parts else empty, tuple(dict.fromkeys(recipes)), tuple(failures))
