"""What a backtest says, as tables: figures by recipe, origin and band of orders, reliability and lift."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from ml import metrics
from ml.backtest import Backtest
from ml.bootstrap import Interval, intervals, mean_intervals

BANDS = ((1, 1, "1 order"), (2, 3, "2 to 3"), (4, 7, "4 to 7"), (8, np.inf, "8 and more"))
FIGURE_COLUMNS = ("recipe", "origin", "band", "metric", "value", "low", "high", "rows_count")
#: A band or an origin with fewer rows says nothing.
_LEAST_ROWS = 30
_UNKNOWN = (float("nan"), float("nan"))
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
    recipes = [recipe for recipe in found.recipes if found.has(recipe)]
    parts: dict[str, list[tuple[object, ...]]] = {recipe: [] for recipe in recipes}
    for band, rows in _banded(found.rows):
        sure = _intervals(found, recipes, rows)
        for recipe in recipes:
            outcome, said = rows["outcome"].to_numpy(), rows[recipe].to_numpy()
            for name, figure in measures.items():
                low, high = sure.get((recipe, name), _UNKNOWN)
                parts[recipe].append((recipe, pd.NaT, band, name, figure(outcome, said), low, high, len(rows)))
    for origin, rows in found.rows.groupby("as_of"):
        for recipe in recipes:
            outcome, said = rows["outcome"].to_numpy(), rows[recipe].to_numpy()
            for name, figure in measures.items():
                parts[recipe].append((recipe, origin, "all", name, figure(outcome, said), *_UNKNOWN, len(rows)))
    table = pd.DataFrame([part for recipe in recipes for part in parts[recipe]], columns=list(FIGURE_COLUMNS))
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


def _intervals(found: Backtest, recipes: list[str], rows: pd.DataFrame) -> dict[tuple[str, str], Interval]:
    """By recipe and metric. What all recipes are judged by is drawn once."""
    if not recipes:
        return {}
    outcome, people = rows["outcome"].to_numpy(), rows["profile_id"]
    said = [rows[recipe].to_numpy() for recipe in recipes]
    if found.task.kind != "purchase":
        squares = mean_intervals(np.column_stack([(outcome - each) ** 2 for each in said]), people)
        return {(recipe, "rmse"): (float(np.sqrt(low)), float(np.sqrt(high))) for recipe, (low, high) in zip(recipes, squares, strict=True)}
    losses = mean_intervals(np.column_stack([metrics.log_losses(outcome, each) for each in said]), people)
    sure = {(recipe, "log_loss"): each for recipe, each in zip(recipes, losses, strict=True)}
    if len(rows) == len(found.rows):
        areas = intervals([metrics.weighted_auc(outcome, each) for each in said], people)
        sure |= {(recipe, "auc"): each for recipe, each in zip(recipes, areas, strict=True)}
    return sure
