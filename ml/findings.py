"""What a backtest says, as tables: figures by recipe, origin and band of orders, reliability and lift."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from ml import metrics
from ml.backtest import Backtest
from ml.bootstrap import interval, mean_interval

BANDS = ((1, 1, "1 order"), (2, 3, "2 to 3"), (4, 7, "4 to 7"), (8, np.inf, "8 and more"))
FIGURE_COLUMNS = ("recipe", "origin", "band", "metric", "value", "low", "high", "rows_count")
#: A band or an origin with fewer rows says nothing.
_LEAST_ROWS = 30
Figure = Callable[[metrics.Floats, metrics.Floats], float]
_PURCHASE: dict[str, Figure] = {
    "auc": metrics.auc,
    "pr_auc": metrics.pr_auc,
    "log_loss": lambda outcome, said: float(np.mean(metrics.log_losses(outcome, said))),
    "brier": lambda outcome, said: float(np.mean((outcome - said) ** 2)),
    "ece": metrics.ece,
    "null_ece": lambda _, said: metrics.null_ece(said),
    "observed_over_expected": metrics.observed_over_expected,
    "base_rate": lambda outcome, _: float(outcome.mean()),
}
_COUNT: dict[str, Figure] = {
    "rmse": metrics.rmse,
    "mae": metrics.mae,
    "gini": metrics.gini,
    "observed_over_expected": metrics.observed_over_expected,
    "mean": lambda outcome, _: float(outcome.mean()),
}


def figures(found: Backtest) -> pd.DataFrame:
    """Every figure of every recipe: pooled (origin NaT) by band of orders and over all, with 90 % intervals where they can be had; and
    by origin over all. Columns FIGURE_COLUMNS."""
    measures = _PURCHASE if found.task.kind == "purchase" else _COUNT
    parts: list[tuple[object, ...]] = []
    for recipe in found.recipes:
        if not found.has(recipe):
            continue
        for band, rows in _banded(found.rows):
            outcome, said = rows["outcome"].to_numpy(), rows[recipe].to_numpy()
            intervals = _intervals(found, recipe, rows)
            for name, figure in measures.items():
                low, high = intervals.get(name, (float("nan"), float("nan")))
                parts.append((recipe, pd.NaT, band, name, figure(outcome, said), low, high, len(rows)))
        for origin, rows in found.rows.groupby("as_of"):
            outcome, said = rows["outcome"].to_numpy(), rows[recipe].to_numpy()
            parts += [
                (recipe, origin, "all", name, figure(outcome, said), float("nan"), float("nan"), len(rows))
                for name, figure in measures.items()
            ]
    table = pd.DataFrame(parts, columns=list(FIGURE_COLUMNS))
    return table.astype({"origin": "datetime64[us]", "value": "float64", "low": "float64", "high": "float64"})


def reliability(found: Backtest, recipe: str) -> pd.DataFrame:
    """The points of the reliability plot over all origins (metrics.reliability); no rows where there is nothing to show."""
    if not found.has(recipe):
        return pd.DataFrame(columns=["bin", "rows_count", "expected", "observed"])
    return metrics.reliability(found.rows["outcome"].to_numpy(), found.rows[recipe].to_numpy())


def lift(found: Backtest, recipe: str) -> pd.DataFrame:
    """The lift curve over all origins (metrics.lift); no rows where there is nothing to show."""
    if not found.has(recipe):
        return pd.DataFrame(columns=["top_share", "captured_share", "lift"])
    return metrics.lift(found.rows["outcome"].to_numpy(), found.rows[recipe].to_numpy())


def _banded(rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    found = [("all", rows)]
    for low, high, name in BANDS:
        band = rows[rows["orders_count"].between(low, high)]
        if len(band) >= _LEAST_ROWS:
            found.append((name, band))
    return found


def _intervals(found: Backtest, recipe: str, rows: pd.DataFrame) -> dict[str, tuple[float, float]]:
    outcome, said, people = rows["outcome"].to_numpy(), rows[recipe].to_numpy(), rows["profile_id"]
    if found.task.kind == "purchase":
        ranked = interval(metrics.weighted_auc(outcome, said), people) if len(rows) == len(found.rows) else None
        return {"log_loss": mean_interval(metrics.log_losses(outcome, said), people)} | ({"auc": ranked} if ranked else {})
    low, high = mean_interval((outcome - said) ** 2, people)
    return {"rmse": (float(np.sqrt(low)), float(np.sqrt(high)))}
