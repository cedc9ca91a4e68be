"""What past windows say of the shop: how much is to be expected of everybody together, and which windows are like the others.

What a few past windows say about the level is mostly the weather of those months, and a regression over windows carries it
on; what buy-till-you-die says rests on the whole history, and is steady but may be off. So the level is that of BG/NBD,
corrected by how far it was off in the middle one of the latest windows: a small difference by a quarter, a big one nearly whole.

Who comes is another question. A window with a Christmas or a big sale brings people who come at no other time, and hides who
comes anyway: what is learned from it is too flat for ten months of twelve. So scores learn from the windows that are not far from
the middle one; their level is still set from all of the latest.
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
#: The level is that of so many of the latest windows; of more, as there are where a shop has a whole year, it can be told what is ordinary.
LEVEL_WINDOWS = 6
STEPS = 50


def anchored(beliefs: Beliefs, history: pd.DataFrame) -> Beliefs:
    """Return the BG/NBD of everybody, which levels are measured against; what an order is worth is that of `beliefs`."""
    return replace(Beliefs.fit("bg_nbd", False, sampled(history)), value=beliefs.value)


def sizes(task: Task, anchor: Beliefs, rows: pd.DataFrame) -> pd.Series:
    """Return by window, the earliest first, the logarithm of what came over what the anchor says (it is never far out)."""
    outcome = np.maximum(rows["outcome"].to_numpy(dtype=np.float64), 0.0)
    sums = pd.DataFrame({"came": outcome, "said": anchor.answer(task, rows)}).groupby(rows["as_of"].to_numpy()).sum()
    return pd.Series(np.log(np.maximum((sums["came"] / sums["said"]).to_numpy(), 1e-9)), index=sums.index).clip(-2, 2)


def ordinary(found: pd.Series) -> pd.Index:
    """Return the windows that are not far from the middle one, and the latest: it may be how the shop is from now on.

    By how many came for each that was expected, since those of a growing or aging shop would be far apart by how many came. At least
    half of them; all where there are no more than set the level.
    """
    if len(found) <= LEVEL_WINDOWS:
        return found.index
    apart = (found - found.median()).abs()
    kept: pd.Index = found.index[(apart <= max(WEATHER, float(apart.median()))) | (found.index == found.index[-1])]
    return kept


def shift(task: Task, beliefs: Beliefs, anchor: Beliefs, found: pd.Series, history: pd.DataFrame, scores: Floats) -> float:
    """Return what is to be added to every score so that those of `history` (log-odds, or logarithms) have the right mean.

    found: the `sizes` of all windows that there are.
    """
    everybody = sampled(history)
    # the window in the middle: a sale or a Christmas in one of them says nothing about the months to come
    off = float(np.median(found.iloc[-LEVEL_WINDOWS:]))
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
