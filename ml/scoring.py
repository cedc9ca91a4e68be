"""Scores from a model card: what is served is what is stored, so a stored card gives the same scores again."""

import numpy as np
import pandas as pd

from ml.card import ModelCard
from ml.declaration import Declaration
from ml.features import infinite_reasons

SCORE_COLUMNS: tuple[str, ...] = (
    "profile_id",
    "as_of",
    "score",
    "horizon_days",
    "model",
    "model_version",
    "trained_from",
    "trained_to",
    "data_version",
    "reason",
)


def row_reasons(people: pd.DataFrame, declaration: Declaration) -> pd.Series:
    """Return, per row of people (as `features.plain` gives them), why it cannot be scored in words, or None."""
    reasons = infinite_reasons(people, declaration.features)
    if declaration.horizon_days is None:
        reasons[people["horizon_days"].isna()] = "horizon_days is unknown"
    reasons[people["orders_count"].isna()] = "orders_count is unknown"
    return reasons


def score(card: ModelCard, declaration: Declaration, people: pd.DataFrame) -> pd.DataFrame:
    """Return one row per row of people (as `features.plain` gives them), columns SCORE_COLUMNS.

    `score` is in 0..1, or NaN with a `reason`: the card's own where there is no model, else the row's. Text columns
    are NaN where absent, times are naive UTC in microseconds, horizon_days is Int64.
    """
    reasons = row_reasons(people, declaration)
    scores = pd.Series(np.nan, index=people.index, dtype="float64")
    if card.parameters is None:
        reasons[:] = card.reason
    else:
        fit = reasons.isna()
        chance = card.parameters.probability(people.loc[fit, list(card.features)])
        scores[fit] = 1 - chance if card.is_complement else chance
    own = people["horizon_days"]
    result = pd.DataFrame(
        {
            "profile_id": people["profile_id"],
            "as_of": people["as_of"],
            "score": scores,
            "horizon_days": own if declaration.horizon_days is None else declaration.horizon_days,
            "model": card.name,
            "model_version": card.model_version,
            "trained_from": card.trained_from,
            "trained_to": card.trained_to,
            "data_version": card.data_version,
            "reason": reasons,
        },
        columns=list(SCORE_COLUMNS),
    )
    texts = dict.fromkeys(("model", "model_version", "data_version", "reason"), "str")
    times = dict.fromkeys(("as_of", "trained_from", "trained_to"), "datetime64[us]")
    return result.astype({**texts, **times, "horizon_days": "Int64"})
