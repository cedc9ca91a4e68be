"""How good a prediction is: does it rank, and does it mean what it says. Every figure takes one value per row."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
BINS = 10
_DRAWS = 20


def auc(outcome: Floats, score: Floats) -> float:
    """The area under the ROC curve; NaN where all outcomes are the same."""
    return float(weighted_auc(outcome, score)(np.ones(len(outcome))))


def weighted_auc(outcome: Floats, score: Floats) -> Callable[[Floats], float]:
    """The area under the ROC curve as a function of row weights, for a bootstrap: what it takes to sort is done once."""
    values, place = np.unique(score, return_inverse=True)

    def area(weight: Floats) -> float:
        bought = np.bincount(place, weight * outcome, len(values))
        others = np.bincount(place, weight * (1 - outcome), len(values))
        pairs = bought.sum() * others.sum()
        return float((bought * (np.cumsum(others) - others / 2)).sum() / pairs) if pairs > 0 else float("nan")

    return area


def pr_auc(outcome: Floats, score: Floats) -> float:
    """Average precision, rows of one score taken together; NaN where no outcome is 1."""
    values, place = np.unique(score, return_inverse=True)
    bought, rows = np.bincount(place, outcome, len(values))[::-1], np.bincount(place, minlength=len(values))[::-1]
    total = float(bought.sum())
    return float((bought * np.cumsum(bought) / np.cumsum(rows)).sum() / total) if total > 0 else float("nan")


def log_losses(outcome: Floats, probability: Floats) -> Floats:
    """The log-loss of each row, in nats."""
    clipped = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(-(outcome * np.log(clipped) + (1 - outcome) * np.log(1 - clipped)), dtype=np.float64)


def reliability(outcome: Floats, probability: Floats) -> pd.DataFrame:
    """Ten bins of equal mass (fewer for fewer rows): bin (1 the lowest), rows_count, expected, observed."""
    frame = pd.DataFrame({"expected": probability, "observed": outcome})
    # Rows of one probability share their mean outcome, so that where a bin's edge cuts through them does not depend on row order.
    frame["observed"] = frame.groupby("expected")["observed"].transform("mean")
    ordered = frame.sort_values("expected", kind="stable").to_numpy()
    parts = [part for part in np.array_split(ordered, BINS) if len(part)]
    return pd.DataFrame(
        [(place, len(part), float(part[:, 0].mean()), float(part[:, 1].mean())) for place, part in enumerate(parts, start=1)],
        columns=["bin", "rows_count", "expected", "observed"],
    )


def ece(outcome: Floats, probability: Floats) -> float:
    """The expected calibration error over ten bins of equal mass (Naeini et al. 2015)."""
    order = np.argsort(probability, kind="stable")
    starts = _bins(len(order))
    apart = _sums(probability[order], starts) - _sums(outcome[order], starts)
    return float(np.abs(apart).sum() / max(len(outcome), 1))


def null_ece(probability: Floats, seed: int = 0) -> float:
    """The calibration error that a perfectly calibrated prediction would show by chance on so many rows: the mean of simulated ones."""
    random = np.random.default_rng(seed)
    ordered = np.sort(probability)
    starts = _bins(len(ordered))
    expected = _sums(ordered, starts)
    draws = [np.abs(expected - _sums((random.random(len(ordered)) < ordered).astype(np.float64), starts)).sum() for _ in range(_DRAWS)]
    return float(np.mean(draws)) / max(len(ordered), 1)


def _bins(rows: int) -> npt.NDArray[np.intp]:
    """Where each of BINS parts of equal size begins (those before the rest one longer); fewer parts for fewer rows."""
    part, longer = divmod(rows, BINS)
    places = np.arange(min(BINS, rows))
    return np.asarray(places * part + np.minimum(places, longer), dtype=np.intp)


def _sums(ordered: Floats, starts: npt.NDArray[np.intp]) -> Floats:
    return np.asarray(np.add.reduceat(ordered, starts) if len(starts) else np.zeros(0), dtype=np.float64)


def observed_over_expected(outcome: Floats, prediction: Floats) -> float:
    """What happened, of what was expected in all; NaN where nothing was."""
    expected = float(prediction.sum())
    return float(outcome.sum()) / expected if expected > 0 else float("nan")


def rmse(outcome: Floats, prediction: Floats) -> float:
    """The root of the mean squared error."""
    return float(np.sqrt(np.mean((outcome - prediction) ** 2)))


def mae(outcome: Floats, prediction: Floats) -> float:
    """The mean absolute error."""
    return float(np.mean(np.abs(outcome - prediction)))


def gini(outcome: Floats, prediction: Floats) -> float:
    """How well a prediction ranks amounts: 1 as the amounts themselves would, 0 as chance (normalised Gini; ties in row order)."""

    def area(by: Floats) -> float:
        ordered = outcome[np.argsort(-by, kind="stable")]
        return float(np.cumsum(ordered).sum() / ordered.sum() - (len(ordered) + 1) / 2)

    return area(prediction) / area(outcome) if outcome.sum() > 0 and area(outcome) else float("nan")


def lift(outcome: Floats, prediction: Floats) -> pd.DataFrame:
    """By tenths of the customers, the best first: top_share (0.1 to 1), captured_share of all outcomes, lift over chance."""
    ordered = outcome[np.argsort(-prediction, kind="stable")]
    total, rows = float(ordered.sum()), len(ordered)
    points = []
    for tenth in range(1, BINS + 1):
        captured = float(ordered[: max(1, round(rows * tenth / BINS))].sum()) / total if total else float("nan")
        points.append((tenth / BINS, captured, captured / (tenth / BINS)))
    return pd.DataFrame(points, columns=["top_share", "captured_share", "lift"])


def rfm_score(frame: pd.DataFrame) -> Floats:
    """Recency, frequency and money quintiles added up (3 to 15), per row: what a shop has without any model."""
    values = pd.DataFrame({"recency": -frame["recency_days"], "frequency": frame["orders_count"], "money": frame["revenue_amount"]})
    ranks = values.replace([np.inf, -np.inf], np.nan).rank(pct=True, na_option="top")
    return np.asarray(np.ceil(ranks * 5).sum(axis=1), dtype=np.float64)
