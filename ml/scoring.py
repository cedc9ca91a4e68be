"""Score customers batch by batch: memory is that of one batch, however many customers there are."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ml.declaration import Declaration
from ml.frames import FrameError, number
from ml.recipes import RECIPES
from ml.served import NEEDED_FEATURES, Served

Floats = npt.NDArray[np.float64]
YEAR_DAYS = 365
#: Effects on the log-odds that are smaller tell nobody anything.
_LEAST_EFFECT = 0.05
SCHEMA = pa.schema(
    [
        ("profile_id", pa.string()),
        ("as_of", pa.timestamp("us")),
        ("score", pa.float64()),
        ("fallback_score", pa.float64()),
        ("score_365d", pa.float64()),
        ("horizon_days", pa.int64()),
        ("because_1", pa.string()),
        ("because_1_effect", pa.float64()),
        ("because_2", pa.string()),
        ("because_2_effect", pa.float64()),
        ("model", pa.string()),
        ("model_version", pa.string()),
        ("trained_from", pa.timestamp("us")),
        ("trained_to", pa.timestamp("us")),
        ("data_version", pa.string()),
        ("reason", pa.string()),
    ]
)


def needed_columns(declared: Declaration) -> tuple[str, ...]:
    """The columns of features.customer_features that a batch must have."""
    return ("profile_id", "as_of", *dict.fromkeys((*declared.features, *NEEDED_FEATURES)))


def score(declared: Declaration, served: Served, batch: pa.RecordBatch) -> pa.Table:
    """Score the customers of a batch (needed_columns; one row per profile): SCHEMA, one row per row of the batch in its order.

    `score` is the probability, number or amount, NULL with a `reason`: that of the shop where nothing serves, else the row's own.
    because_1 and _2: the groups of facts that move the score most (recipes.design.GROUPS), with their effect on what the score says,
    in log-odds, or for counts and amounts in logarithms. FrameError names a column that is not as declared.
    """
    numbers = {name: _number(batch, name) for name in needed_columns(declared)[2:]}
    rows = pd.DataFrame({"profile_id": batch["profile_id"].to_pandas(), **numbers})
    fit, reasons = _fit_rows(rows, served)
    people = rows if fit.all() else rows[fit].reset_index(drop=True)
    value, plainly, year = (np.full(len(rows), np.nan) for _ in range(3))
    because, effects = [pa.nulls(len(rows), pa.string())] * 2, [np.full(len(rows), np.nan)] * 2
    if served.state is not None and served.recipe is not None and len(people):
        recipe, sign = RECIPES[served.recipe], -1.0 if declared.is_complement else 1.0
        value[fit] = _turned(recipe.predict(served.task, served.state, people), declared)
        if served.fallback is not None:
            plainly[fit] = _turned(RECIPES["fallback"].predict(served.task, served.fallback, people), declared)
        if declared.kind != "purchase":
            year[fit] = recipe.predict(replace(served.task, horizon_days=YEAR_DAYS), served.state, people)
        told = recipe.contributions(served.task, served.state, people)
        if told is not None:
            because, effects = _strongest(told, fit, sign)
    count = len(rows)
    trained_from, trained_to = (_instant(served.card.get(name)) for name in ("trained_from", "trained_to"))
    return pa.table(
        [
            batch["profile_id"].cast(pa.string()),
            batch["as_of"].cast(pa.timestamp("us")),
            _known(value),
            _known(plainly),
            _known(year),
            pa.repeat(pa.scalar(served.task.horizon_days or None, pa.int64()), count),
            because[0],
            _known(effects[0]),
            because[1],
            _known(effects[1]),
            *(pa.repeat(pa.scalar(text, pa.string()), count) for text in (served.recipe, served.model_version)),
            *(pa.repeat(pa.scalar(moment, pa.timestamp("us")), count) for moment in (trained_from, trained_to)),
            pa.repeat(pa.scalar(served.card.get("data_version"), pa.string()), count),
            reasons,
        ],
        schema=SCHEMA,
    )


def _fit_rows(rows: pd.DataFrame, served: Served) -> tuple[npt.NDArray[np.bool_], pa.Array]:
    """Which rows can be scored, and why the others cannot."""
    if served.state is None:
        return np.zeros(len(rows), dtype=bool), pa.repeat(pa.scalar(served.reason, pa.string()), len(rows))
    reasons: npt.NDArray[np.object_] = np.full(len(rows), None, dtype=object)
    for column in rows.columns[:0:-1]:  # the first column has the last word
        infinite = np.isinf(rows[column].to_numpy())
        if infinite.any():
            reasons[infinite] = f"{column} is infinite: the value cannot be trusted"
    for column in ("order_days_count", "recency_days", "tenure_days"):
        unknown = rows[column].isna().to_numpy()
        if unknown.any():
            reasons[unknown] = f"{column} is unknown"
    told = pa.array(reasons, pa.string())
    return np.asarray(told.is_null()), told


def _strongest(told: pd.DataFrame, fit: npt.NDArray[np.bool_], sign: float) -> tuple[list[pa.Array], list[Floats]]:
    """Of each row the two groups with the greatest effects, as names and as effects on what the score says."""
    moves = told.to_numpy(dtype=np.float64) * sign
    size, here = np.abs(moves), np.arange(len(moves))
    names, effects = [], []
    for _ in range(2):
        place = size.argmax(axis=1)
        matters = size[here, place] >= _LEAST_EFFECT
        codes = np.full(len(fit), -1, dtype=np.int32)
        codes[fit] = np.where(matters, place, -1)
        effect = np.full(len(fit), np.nan)
        effect[fit] = np.where(matters, moves[here, place], np.nan)
        dictionary = pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), pa.array(list(told.columns), pa.string()))
        names.append(dictionary.cast(pa.string()))
        effects.append(effect)
        size[here, place] = -1.0
    return names, effects


def _turned(said: Floats, declared: Declaration) -> Floats:
    return 1.0 - said if declared.is_complement else said


def _number(batch: pa.RecordBatch, name: str) -> Floats:
    if name not in batch.schema.names:
        raise FrameError(f"features.customer_features lacks {name}: add it to the dbt model, or take it out of the declaration")
    column = batch[name]
    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)
    return number(column.to_pandas(), f"features.customer_features.{name}").to_numpy()


def _known(values: Floats) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None
