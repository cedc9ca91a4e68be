"""A logistic regression, or for orders and spend a Poisson regression, on the design: what can be said in reasons."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ml.btyd import FitError
from ml.recipes import design
from ml.recipes.answering import answer
from ml.recipes.buy_till_you_die import Beliefs, sampled
from ml.recipes.level import anchored, ordinary, shift, sizes
from ml.recipes.task import Floats, State, Task

#: Strength of the ridge penalty, in the units of scikit-learn.
PENALTY = 1.0


def prepare(task: Task, rows: pd.DataFrame, beliefs: Beliefs) -> tuple[Floats, Floats]:
    """Return the design of the rows and the outcome that is fitted: for spend in order values of the customer's own.

    Raises FitError where the outcomes say nothing.
    """
    if rows.empty:
        raise FitError("no training rows: no origin's horizon is over yet")
    outcome = rows["outcome"].to_numpy(dtype=np.float64)
    if outcome.min() == outcome.max():
        raise FitError(f"all {len(rows)} training rows have the outcome {outcome[0]:g}, so there is nothing to tell apart")
    if task.kind == "spend":
        outcome = np.maximum(outcome, 0.0) / beliefs.order_value(rows)
        if not outcome.any():
            raise FitError(f"nothing of what {len(rows)} training rows bought was kept, so there is nothing to tell apart")
    return design.matrix(task, beliefs, rows), outcome


def _bent(task: Task, wide: Floats) -> Floats:
    """Return the design and the squares of some of its columns."""
    return np.hstack([wide, wide[:, design.curved(task)] ** 2])


def _filled(state: State, wide: Floats) -> Floats:
    """Return the design with unknowns filled, and columns "is unknown" appended."""
    unknown = np.isnan(wide)
    return np.hstack([np.where(unknown, np.asarray(state["fills"]), wide), unknown[:, state["flagged"]]])


def _sums(state: State, wide: Floats, weights: Floats) -> Floats:
    """Return rows x k: the standardised columns, "is unknown" among them, times weights (columns x k).

    Mean and spread are moved into the weights: nothing as big as the design is made but one copy without unknowns.
    """
    unknown, each = np.isnan(wide), weights / np.asarray(state["scales"])[:, None]
    count, flagged = wide.shape[1], state["flagged"]
    total = np.where(unknown, np.asarray(state["fills"]), wide) @ each[:count] - np.asarray(state["means"]) @ each
    return np.asarray(total + unknown[:, flagged] @ each[count:] if flagged else total, dtype=np.float64)


def fit_linear(task: Task, wide: Floats, outcome: Floats) -> State:
    """Fit on a design; returns plain numbers."""
    from sklearn.linear_model import LogisticRegression, PoissonRegressor  # seconds, and only where something is fitted

    wide = _bent(task, wide)
    unknown = np.isnan(wide)
    flagged = [int(place) for place in np.flatnonzero(unknown.any(axis=0) & ~unknown.all(axis=0))]
    fills = [float(np.median(column[~blank])) if not blank.all() else 0.0 for column, blank in zip(wide.T, unknown.T, strict=True)]
    plain: State = {"fills": fills, "flagged": flagged}
    raw = _filled(plain, wide)
    means, scales = raw.mean(axis=0), raw.std(axis=0)
    scales[scales < 1e-9] = 1.0
    scaled = (raw - means) / scales
    if task.kind == "purchase":
        model = LogisticRegression(C=1 / PENALTY, solver="newton-cholesky", max_iter=100).fit(scaled, outcome)
        coefficients, intercept = model.coef_[0], float(model.intercept_[0])
    else:
        model = PoissonRegressor(alpha=PENALTY / len(outcome), solver="newton-cholesky", max_iter=100).fit(scaled, outcome)
        coefficients, intercept = model.coef_, float(model.intercept_)
    return {**plain, "means": means.tolist(), "scales": scales.tolist(), "coefficients": coefficients.tolist(), "intercept": intercept}


def linear_score(task: Task, state: State, wide: Floats) -> Floats:
    """Return log-odds, or the logarithm of what is expected, per row of the design."""
    return np.asarray(
        _sums(state, _bent(task, wide), np.asarray(state["coefficients"])[:, None])[:, 0] + state["intercept"], dtype=np.float64
    )


def linear_parts(task: Task, state: State, rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows x groups: the exact parts of the score, against the average of the training rows."""
    columns = design.names(task)
    columns = (*columns, *(columns[place] for place in design.curved(task)))
    owners = [*design.groups(columns), *(design.GROUP_OF[columns[place]] for place in state["linear"]["flagged"])]
    belongs = np.array([[owner == group for group in design.GROUPS] for owner in owners], dtype=np.float64)
    weights = belongs * np.asarray(state["linear"]["coefficients"])[:, None]
    parts = _sums(state["linear"], _bent(task, design.matrix(task, Beliefs.of(state), rows)), weights)
    return pd.DataFrame(parts, columns=list(design.GROUPS), index=rows.index)


@dataclass(frozen=True)
class Linear:
    """The recipe of the regression alone; others add to what is learned and scored."""

    def fit(self, task: Task, rows: pd.DataFrame, history: pd.DataFrame, seed: int) -> State:
        """Fit; see Recipe."""
        beliefs = Beliefs.fit("mbg_nbd", task.kind == "spend", history)
        anchor = anchored(beliefs, history)
        found = sizes(task, anchor, rows)
        wide, outcome = prepare(task, rows[rows["as_of"].isin(ordinary(found))], beliefs)
        largest = float(np.log(outcome.max()))
        state = {**beliefs.state(), "horizon_days": task.horizon_days, "largest": largest, **self.learn(task, wide, outcome, seed)}
        now = self.score(task, state, design.matrix(task, beliefs, sampled(history)))
        return {**state, "shift": shift(task, beliefs, anchor, found, history, now)}

    def learn(self, task: Task, wide: Floats, outcome: Floats, seed: int) -> State:
        """Return the fitted part of the state."""
        return {"linear": fit_linear(task, wide, outcome)}

    def score(self, task: Task, state: State, wide: Floats) -> Floats:
        """Return log-odds or logarithms of what is expected, before the level is set; none says more than was ever seen."""
        scores = linear_score(task, state["linear"], wide)
        return scores if task.kind == "purchase" else np.minimum(scores, state["largest"])

    def predict(self, task: Task, state: State, rows: pd.DataFrame) -> Floats:
        """Return one answer per row; see Recipe."""
        return answer(task, state, rows, lambda fitted, wide: self.score(fitted, state, wide))

    def contributions(self, task: Task, state: State, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the parts of the regression's score; see Recipe. What others add has no such parts."""
        return linear_parts(replace(task, horizon_days=state["horizon_days"]), state, rows)
