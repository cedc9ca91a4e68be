"""From a fitted score to the answer in the task's own unit."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import expit

from ml.recipes import design
from ml.recipes.buy_till_you_die import Beliefs
from ml.recipes.task import Floats, State, Task

#: Rows that are scored at a time: each tree goes over all of them, which takes half as long where they stay near the processor.
BLOCK = 16_384


def answer(task: Task, state: State, rows: pd.DataFrame, score: Callable[[Task, Floats], Floats]) -> Floats:
    """Return the answers for rows, `score` being what the state makes of their design.

    Raises ValueError for a probability over another horizon
    than that of the fit.
    """
    if rows.empty:
        return np.empty(0)
    fitted = replace(task, horizon_days=state["horizon_days"])
    beliefs = Beliefs.of(state)
    wide = design.matrix(fitted, beliefs, rows)
    parts = [score(fitted, wide[start : start + BLOCK]) for start in range(0, len(wide), BLOCK)]
    scores = np.concatenate(parts) + state["shift"]
    if task.kind == "purchase":
        if task.horizon_days != fitted.horizon_days:
            raise ValueError(f"fitted for {fitted.horizon_days} days, asked for {task.horizon_days}: a probability cannot be stretched")
        return np.asarray(expit(scores), dtype=np.float64)
    answers = np.exp(scores)
    if task.kind == "spend":
        answers *= beliefs.order_value(rows)
    if task.horizon_days != fitted.horizon_days:
        answers *= beliefs.answer(task, rows) / np.maximum(beliefs.answer(fitted, rows), 1e-12)
    return np.asarray(answers, dtype=np.float64)
