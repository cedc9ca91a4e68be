"""What a backtest leaves behind for people: tables of figures, of reliability and of lift."""

from dataclasses import dataclass, field

import pandas as pd

from ml import findings
from ml.backtest import Backtest
from ml.findings import FIGURE_COLUMNS

RELIABILITY_COLUMNS = ("recipe", "bin", "rows_count", "expected", "observed")
LIFT_COLUMNS = ("recipe", "top_share", "captured_share", "lift")


@dataclass(frozen=True)
class Evidence:
    """What the backtest said, as tables (findings.figures; reliability and lift of the recipes of interest)."""

    figures: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(FIGURE_COLUMNS)))
    reliability: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(RELIABILITY_COLUMNS)))
    lift: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(LIFT_COLUMNS)))


def evidence(found: Backtest) -> Evidence:
    """The tables of a backtest: all figures, and reliability (of probabilities) and lift of each recipe."""
    curves = [recipe for recipe in found.recipes if found.has(recipe)]
    points = [findings.reliability(found, recipe).assign(recipe=recipe) for recipe in curves] if found.task.kind == "purchase" else []
    lifts = [findings.lift(found, recipe).assign(recipe=recipe) for recipe in curves]
    return Evidence(findings.figures(found), _joined(points, RELIABILITY_COLUMNS), _joined(lifts, LIFT_COLUMNS))


def _joined(parts: list[pd.DataFrame], columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True)[list(columns)] if parts else pd.DataFrame(columns=list(columns))
