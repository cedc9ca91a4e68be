"""The estimator: one pipeline, fitted once, from raw features to a probability; and the same as plain numbers."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

Floats = npt.NDArray[np.float64]
MAX_ITERATIONS = 1000


def signed_log1p(values: Floats) -> Floats:
    """Return log(1 + |x|) with the sign of x: money net of refunds may be negative. NaN stays NaN."""
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)), dtype=np.float64)


def build(seed: int) -> Pipeline:
    """Return the unfitted pipeline: logarithm, median where unknown (and a column that says so), scaling,
    regression."""
    return Pipeline(
        [
            ("log1p", FunctionTransformer(signed_log1p)),
            ("impute", SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)),
            ("scale", StandardScaler()),
            ("model", LogisticRegression(C=1.0, max_iter=MAX_ITERATIONS, random_state=seed)),
        ]
    )


def fit(features: pd.DataFrame, outcome: pd.Series, seed: int) -> Pipeline:
    """Fit the pipeline on features (rows x features, float64) and outcomes (0 or 1, both present)."""
    return build(seed).fit(features.to_numpy(), outcome.to_numpy())


def probability(pipeline: Pipeline, features: pd.DataFrame) -> Floats:
    """Return P(label) per row of features, which have the columns of the fit in the same order."""
    return np.asarray(pipeline.predict_proba(features.to_numpy())[:, 1], dtype=np.float64)


@dataclass(frozen=True)
class Parameters:
    """The fitted pipeline as numbers: all that is needed to score again, without unpickling anything.

    `fills`: median of the logarithm per feature. `flagged`: positions of features that have a column "is unknown".
    `means`, `scales`,
    `coefficients`: one per feature, then one per flag.
    """

    features: tuple[str, ...]
    fills: tuple[float, ...]
    flagged: tuple[int, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    coefficients: tuple[float, ...]
    intercept: float

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns that the coefficients belong to."""
        return (*self.features, *(f"{self.features[position]}_is_unknown" for position in self.flagged))

    def probability(self, features: pd.DataFrame) -> Floats:
        """Return P(label) per row; `features` needs the columns named in `features`, float64."""
        logs = signed_log1p(features[list(self.features)].to_numpy(dtype=np.float64))
        unknown = np.isnan(logs)
        known = np.where(unknown, np.asarray(self.fills), logs)
        wide = np.hstack([known, unknown[:, list(self.flagged)].astype(np.float64)])
        standard = (wide - np.asarray(self.means)) / np.asarray(self.scales)
        logit = standard @ np.asarray(self.coefficients) + self.intercept
        return np.asarray(np.exp(-np.logaddexp(0.0, -logit)), dtype=np.float64)  # the sigmoid, without overflow


def parameters(pipeline: Pipeline, features: tuple[str, ...]) -> Parameters:
    """Read the fitted numbers out of the pipeline; `features` names its input columns."""
    impute, scale, model = pipeline["impute"], pipeline["scale"], pipeline["model"]
    return Parameters(
        features=features,
        fills=tuple(map(float, impute.statistics_)),
        flagged=tuple(map(int, impute.indicator_.features_)),
        means=tuple(map(float, scale.mean_)),
        scales=tuple(map(float, scale.scale_)),
        coefficients=tuple(map(float, model.coef_[0])),
        intercept=float(model.intercept_[0]),
    )
