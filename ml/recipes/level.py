"""How much is to be expected of everybody together: the scores keep their order, their level is set.

What a few past windows say about the level is mostly the weather of those months, and a regression over windows carries it
on; what buy-till-you-die says rests on the whole history, and is steady but may be off. So the level is that of BG/NBD,
corrected by how far it was off in the middle one of the training windows: a small difference by a quarter, a big one nearly whole.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import expit

from ml.recipes.buy_till_you_die import Beliefs, sampled
from ml.recipes.task import Floats, Task

#: Differences (of logarithms) up to here are what one month differs from the next by.
WEATHER = 0.2
LEAST_TRUST = 0.25
STEPS = 50


def shift(task: Task, beliefs: Beliefs, rows: pd.DataFrame, history: pd.DataFrame, scores: Floats) -> float:
    """Return what is to be added to every score so that those of `history` (log-odds, or logarithms) have the right mean."""
    everybody = sampled(history)
    anchor = replace(Beliefs.fit("bg_nbd", False, everybody), value=beliefs.value)
    outcome = np.maximum(rows["outcome"].to_numpy(dtype=np.float64), 0.0)
    # the window in the middle: a sale or a Christmas in one of them says nothing about the months to come
    sums = pd.DataFrame({"came": outcome, "said": anchor.answer(task, rows)}).groupby(rows["as_of"].to_numpy()).sum()
    off = float(np.median(np.clip(np.log(np.maximum(sums["came"] / sums["said"], 1e-9)), -2, 2)))
    trust = (off**2 + LEAST_TRUST * WEATHER**2) / (off**2 + WEATHER**2)
    wanted = float(anchor.answer(task, everybody).mean() * np.exp(off * trust))
    if task.kind == "purchase":
        return _moved(scores, min(wanted, 0.99))
    answers = np.exp(scores) * (beliefs.order_value(everybody) if task.kind == "spend" else 1.0)
    return float(np.log(wanted / answers.mean()))


def _moved(scores: Floats, mean: float) -> float:
    """Return by how much log-odds must move for their chances to have this mean; found by halving, so it cannot run away."""
    low, high = -20.0, 20.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if expit(scores + middle).mean() < mean else (low, middle)
    return (low + high) / 2
