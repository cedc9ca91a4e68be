"""The model card: what was trained, from what, how good it was, and why it does not serve if it does not."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from ml.metrics import Metrics
from ml.pipeline import Parameters


@dataclass(frozen=True)
class Evaluation:
    """The check on the latest closed origin by a model that learned from earlier ones only. Times are naive UTC."""

    origin: datetime
    trained_rows: int
    trained_from: datetime
    trained_to: datetime
    metrics: Metrics


@dataclass(frozen=True)
class ModelCard:
    """One fitted model, or the reason why there is none (`reason`; then `model_version` and `parameters` are None).

    `rows`, `origins` and `positives` count what the served model learned from; times are naive UTC; `horizons_days`
    lists the horizons in the training rows; `notes` are sentences about what a reader should know before trusting it.
    """

    name: str
    label: str
    features: tuple[str, ...]
    is_complement: bool
    reason: str | None
    model_version: str | None
    data_version: str
    sklearn_version: str
    seed: int
    as_of: datetime
    trained_from: datetime | None
    trained_to: datetime | None
    rows: int
    positives: int
    origins: tuple[datetime, ...]
    horizons_days: tuple[int, ...]
    evaluation: Evaluation | None
    notes: tuple[str, ...]
    parameters: Parameters | None

    def figures(self) -> dict[str, float | int | str | None]:
        """Return the figures of the card, flat, by name: what a reader of a run wants to see. Absent ones are None."""
        evaluation = self.evaluation
        metrics = asdict(evaluation.metrics) if evaluation else {}
        names = ("auc", "rfm_auc", "log_loss", "brier", "ece", "base_rate", "observed_over_expected")
        return {
            "model_version": self.model_version,
            "data_version": self.data_version,
            "reason": self.reason,
            "rows": self.rows,
            "origins": len(self.origins),
            **{name: metrics.get(name) for name in names},
            "evaluated_rows": metrics.get("rows"),
            "evaluated_at": evaluation.origin.isoformat() if evaluation else None,
            "notes": "; ".join(self.notes) or None,
        }

    def coefficients(self) -> pd.DataFrame:
        """Return the standardised coefficients, the strongest first: feature, coefficient; no rows where there is no
        model.

        A coefficient is the change of the log-odds of the label per standard deviation of the feature's logarithm.
        """
        named = zip(self.parameters.columns, self.parameters.coefficients, strict=True) if self.parameters else ()
        frame = pd.DataFrame(list(named), columns=["feature", "coefficient"])
        return frame.sort_values("coefficient", key=lambda values: -values.abs(), kind="stable", ignore_index=True)

    def reliability(self) -> pd.DataFrame:
        """Return the points of a reliability plot: bin (1 to 10), rows, expected and observed rate of the label."""
        points: list[dict[str, Any]] = []
        if self.evaluation is not None:
            points = [asdict(point) for point in self.evaluation.metrics.reliability]
        return pd.DataFrame(points, columns=["bin", "rows", "expected", "observed"])
