"""What is to be predicted, and what every recipe can do."""

from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
State = dict[str, Any]
Kind = Literal["purchase", "orders", "spend"]


@dataclass(frozen=True)
class Task:
    """One question. kind: whether an order comes, how many come, or what they are worth, within `horizon_days` from as_of.

    features: the columns that the recipe may use; buy-till-you-die numbers are worked out beside them in any case, from
    order_days_count, recency_days and tenure_days, and for spend orders_count and avg_order_amount.
    """

    kind: Kind
    horizon_days: int
    features: tuple[str, ...]


class Recipe(Protocol):
    """A way to answer tasks. No recipe asks the clock, and the same input gives the same answer."""

    def fit(self, task: Task, rows: pd.DataFrame, history: pd.DataFrame, seed: int) -> State:
        """Fit on `rows` (profile_id, as_of, features as float64 with NaN for unknown, outcome) of several origins.

        `history`: rows without outcome of everybody at the origin that is predicted from; the buy-till-you-die numbers are
        fitted on them. Raises ml.btyd.FitError where there is too little, or nothing to tell apart.
        """

    def predict(self, task: Task, state: State, rows: pd.DataFrame) -> Floats:
        """Return one number per row: a probability, a number of orders, or an amount.

        `task` is that of the fit, but orders and spend may ask for another horizon: the answer of the fitted one is then
        stretched by what buy-till-you-die expects of the customer over the two.
        """

    def contributions(self, task: Task, state: State, rows: pd.DataFrame) -> pd.DataFrame | None:
        """Return rows x groups (design.GROUPS): what lifts (+) or lowers (-) the answer against the average customer, in
        log-odds, or for orders and spend in logarithms. None where the recipe cannot say."""
