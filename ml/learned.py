"""What one fit learns from: the ordinary windows of a year, and of their rows not too many.

A window with a Christmas or a big sale brings people who come at no other time, and hides who comes anyway: what is learned from it
is too flat for ten months of twelve. So windows that are far from the middle one are left out, by how many came for each that
buy-till-you-die expected (by how many came alone, those of a growing or aging shop would be far apart anyway). The latest one stays
in any case: it may be how the shop is from now on. Those of a shop's first half year, when everybody looks new, are a last resort.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ml.btyd import FitError
from ml.origins import TRAINING_ORIGINS, closed_origins
from ml.recipes import Task
from ml.recipes.buy_till_you_die import Beliefs
from ml.recipes.level import WEATHER

#: So many rows one fit learns from, unless a shop says otherwise.
MOST_ROWS = 75_000
#: What is ordinary can be told from so many windows on: with three, the one that was left out was missed.
LEAST_WINDOWS = 6
#: In the days before, everybody looks new: learned from only where there are fewer than LEAST_WINDOWS later windows.
YOUNG_DAYS = 180


def learned_from(task: Task, rows: pd.DataFrame, history: pd.DataFrame, now: pd.Timestamp, most_rows: int = MOST_ROWS) -> pd.DataFrame:
    """Of rows with outcomes those that a fit at `now` learns from: of the ordinary ones of the latest closed origins, at most `most_rows`.

    `history`: the rows of everybody at the origin that is predicted from. Where there are more, rows are drawn by a hash of person and
    origin: the same ones in every run, and few of one person's, whose rows say much the same.
    """
    history_days = rows.groupby("as_of")["tenure_days"].max()
    grown = sum(history_days[origin] >= YOUNG_DAYS for origin in closed_origins(list(history_days.index), task.horizon_days, now))
    most = min(max(grown, LEAST_WINDOWS), TRAINING_ORIGINS)
    origins = closed_origins(list(history_days.index), task.horizon_days, now)[-most:]
    return _drawn(rows, _ordinary(task, _drawn(rows, origins, MOST_ROWS), history), most_rows)


def _ordinary(task: Task, rows: pd.DataFrame, history: pd.DataFrame) -> Sequence[pd.Timestamp]:
    """Return the origins that are not far from the middle one, and the latest; all where they are few or buy-till-you-die has no fit."""
    origins = rows["as_of"]
    if origins.nunique() < LEAST_WINDOWS:
        return list(origins.unique())
    try:
        said = Beliefs.fit("bg_nbd", task.kind == "spend", history).answer(task, rows)
    except FitError:
        return list(origins.unique())
    sums = pd.DataFrame({"came": np.maximum(rows["outcome"].to_numpy(), 0.0), "said": said}).groupby(origins.to_numpy()).sum()
    size = np.log(sums["came"].clip(lower=1.0)) - np.log(sums["said"].clip(lower=1e-9))
    apart = (size - size.median()).abs()  # of logarithms; by at least the median distance, so that at least half of them stay
    return list(apart.index[(apart <= max(WEATHER, float(apart.median()))) | (apart.index == apart.index.max())])


def _drawn(rows: pd.DataFrame, origins: Sequence[pd.Timestamp], most_rows: int) -> pd.DataFrame:
    places = np.flatnonzero(rows["as_of"].isin(origins))
    if len(places) > most_rows:
        drawn = pd.util.hash_pandas_object(rows[["profile_id", "as_of"]].iloc[places], index=False).to_numpy()
        places = places[drawn <= np.partition(drawn, most_rows - 1)[most_rows - 1]]
    return rows.iloc[places].reset_index(drop=True)
