"""The fallback and the comparison: buy-till-you-die models alone, for shops too small for more, or when more has failed."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

import numpy as np
import pandas as pd

from ml.btyd import BgNbd, FitError, GammaGamma, MbgNbd
from ml.recipes.task import Floats, State, Task

Family = Literal["bg_nbd", "mbg_nbd"]
FAMILIES: dict[str, type[BgNbd | MbgNbd]] = {"bg_nbd": BgNbd, "mbg_nbd": MbgNbd}
#: The model is fitted on at most so many customers: four numbers do not get better by more.
SAMPLE = 100_000
#: So many fits are remembered, a few numbers each.
REMEMBERED = 64
_remembered: dict[tuple[str, ...], Any] = {}


@dataclass(frozen=True)
class Beliefs:
    """The fitted models of one shop, asked with rows."""

    dropout: BgNbd | MbgNbd
    value: GammaGamma | None

    @classmethod
    def fit(cls, family: Family, with_value: bool, history: pd.DataFrame) -> "Beliefs":
        """Fit on the rows of one origin, or on a part of them where they are very many."""
        part = sampled(history)
        if part.empty:
            raise FitError("nobody has ordered yet")
        value = _once("gamma_gamma", GammaGamma.fit, *_worth(part)) if with_value else None
        return cls(_once(family, FAMILIES[family].fit, *histories(part)), value)

    @classmethod
    def of(cls, state: State) -> "Beliefs":
        """Read them from a state."""
        value = state["value"]
        return cls(FAMILIES[state["family"]](**state["dropout"]), GammaGamma(**value) if value else None)

    def state(self) -> State:
        """Return them as plain numbers."""
        drop, value = self.dropout, self.value
        return {
            "family": "mbg_nbd" if isinstance(drop, MbgNbd) else "bg_nbd",
            "dropout": {"r": drop.r, "alpha": drop.alpha, "a": drop.a, "b": drop.b},
            "value": {"p": value.p, "q": value.q, "v": value.v} if value else None,
        }

    def answer(self, task: Task, rows: pd.DataFrame, horizon_days: float | None = None) -> Floats:
        """Return what the models alone say to the task, or to the same over another horizon."""
        horizon = horizon_days or task.horizon_days
        if task.kind == "purchase":
            return self.dropout.probability(*histories(rows), horizon)
        orders = self.dropout.expected_orders(*histories(rows), horizon)
        return np.asarray(orders * self.order_value(rows) if task.kind == "spend" else orders, dtype=np.float64)

    def order_value(self, rows: pd.DataFrame) -> Floats:
        """Return the expected value of the next order of each row's customer."""
        if self.value is None:
            raise ValueError("this state was fitted without amounts")
        return self.value.order_value(*_worth(rows))


def _once(name: str, fit: Callable[..., Any], *columns: Floats) -> Any:
    """The fit of these columns, made once: the recipes, the level and all tasks of a shop ask for the same at the same instants."""
    key = (name, *(sha256(column.tobytes()).hexdigest() for column in columns))
    if key not in _remembered:
        if len(_remembered) >= REMEMBERED:
            _remembered.clear()
        _remembered[key] = fit(*columns)
    return _remembered[key]


def sampled(history: pd.DataFrame) -> pd.DataFrame:
    """Return the rows, or where they are very many a part that is spread evenly over them."""
    return history.iloc[:: 1 + len(history) // SAMPLE]


def histories(rows: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Return x, t_x and age in days of each row, as ml.btyd has them.

    Days with an order count and not orders: two on one day are one visit to the shop.
    """
    age = np.maximum(_column(rows, "tenure_days"), 0.0)
    last = np.clip(age - _column(rows, "recency_days"), 0.0, age)
    return np.maximum(_column(rows, "order_days_count") - 1, 0.0), last, age


def _worth(rows: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return the number of orders and their average amount of each row; all orders, the first too."""
    return _column(rows, "orders_count"), _column(rows, "avg_order_amount")


def _column(rows: pd.DataFrame, name: str) -> Floats:
    return np.asarray(np.nan_to_num(rows[name].to_numpy(dtype=np.float64), nan=0.0), dtype=np.float64)


@dataclass(frozen=True)
class BuyTillYouDie:
    """A recipe of nothing but the models: fitted on `history`, it needs no outcome."""

    family: Family

    def fit(self, task: Task, rows: pd.DataFrame, history: pd.DataFrame, seed: int) -> State:
        """Fit; `rows` and `seed` are not looked at. Raises FitError for too few customers."""
        return Beliefs.fit(self.family, task.kind == "spend", history).state()

    def predict(self, task: Task, state: State, rows: pd.DataFrame) -> Floats:
        """Return one answer per row, for whatever horizon the task has."""
        return Beliefs.of(state).answer(task, rows)

    def contributions(self, task: Task, state: State, rows: pd.DataFrame) -> None:
        """Nothing: these models do not add up."""
