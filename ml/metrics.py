"""How good a probability is: does it rank, and does it mean what it says."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import roc_auc_score

Floats = npt.NDArray[np.float64]
BINS = 10


@dataclass(frozen=True)
class ReliabilityPoint:
    """One of ten bins of equal mass, from the lowest to the highest probability."""

    bin: int
    rows: int
    expected: float
    observed: float


@dataclass(frozen=True)
class Metrics:
    """What probabilities are worth against what happened. An AUC is None where only one class happened."""

    rows: int
    base_rate: float
    observed_over_expected: float
    auc: float | None
    rfm_auc: float | None
    log_loss: float
    brier: float
    ece: float
    reliability: tuple[ReliabilityPoint, ...]


def measure(outcome: Floats, probability: Floats, rfm: Floats) -> Metrics:
    """Compare probabilities with outcomes (0 or 1) and with a plain RFM score; one value per row in each."""
    points = reliability(outcome, probability)
    clipped = np.clip(probability, 1e-15, 1 - 1e-15)
    return Metrics(
        rows=len(outcome),
        base_rate=float(outcome.mean()),
        observed_over_expected=float(outcome.sum() / clipped.sum()),
        auc=auc(outcome, probability),
        rfm_auc=auc(outcome, rfm),
        log_loss=float(-np.mean(outcome * np.log(clipped) + (1 - outcome) * np.log(1 - clipped))),
        brier=float(np.mean((outcome - probability) ** 2)),
        ece=sum(abs(point.expected - point.observed) * point.rows for point in points) / len(outcome),
        reliability=points,
    )


def auc(outcome: Floats, score: Floats) -> float | None:
    """Return the area under the ROC curve, or None where all outcomes are the same."""
    return None if outcome.min() == outcome.max() else float(roc_auc_score(outcome, score))


def reliability(outcome: Floats, probability: Floats) -> tuple[ReliabilityPoint, ...]:
    """Return ten bins of equal mass (fewer for fewer rows), expected against observed rate."""
    frame = pd.DataFrame({"expected": probability, "observed": outcome})
    # Rows of one probability share their mean outcome, so that where a bin's edge cuts through them does not depend
    # on row order.
    frame["observed"] = frame.groupby("expected")["observed"].transform("mean")
    ordered = frame.sort_values("expected", kind="stable").to_numpy()
    parts = [part for part in np.array_split(ordered, BINS) if len(part)]
    return tuple(
        ReliabilityPoint(number, len(part), float(part[:, 0].mean()), float(part[:, 1].mean()))
        for number, part in enumerate(parts, start=1)
    )


def rfm_score(frame: pd.DataFrame) -> Floats:
    """Return recency, frequency and money quintiles added up (3 to 15), per row: what a shop has without any model."""
    values = pd.DataFrame({"recency": -frame["recency_days"], "frequency": frame["orders_count"], "money": frame["revenue_amount"]})
    ranks = values.replace([np.inf, -np.inf], np.nan).rank(pct=True, na_option="top")
    return np.asarray(np.ceil(ranks * 5).sum(axis=1), dtype=np.float64)
