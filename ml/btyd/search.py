"""The search for the parameters that make the data likeliest: bounded, from several starts, and sure to end."""

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

Floats = npt.NDArray[np.float64]
#: Parameters are searched by their logarithm between these; where a likelihood rises for ever, the search ends at the edge.
BOUND = 7.0
ITERATIONS = 300


class FitError(ValueError):
    """There is too little to fit a model on, or nothing to tell apart; the message says what is missing."""


def likeliest(objective: Callable[[Floats], tuple[float, Floats]], starts: Iterable[tuple[float, ...]]) -> Floats:
    """Return the logarithms of the parameters with the lowest objective (minus log-likelihood per customer, and gradient).

    Raises FitError where no start leads to a finite likelihood.
    """
    best: tuple[float, Floats] | None = None
    for start in starts:
        point = np.clip(np.log(np.asarray(start)), -BOUND, BOUND)
        found = minimize(
            objective,
            point,
            jac=True,
            method="L-BFGS-B",
            bounds=[(-BOUND, BOUND)] * len(point),
            options={"maxiter": ITERATIONS, "ftol": 1e-13, "gtol": 1e-8},
        )
        if np.isfinite(found.fun) and (best is None or found.fun < best[0]):
            best = (float(found.fun), np.asarray(found.x, dtype=np.float64))
    if best is None:
        raise FitError("the likelihood is finite nowhere: the order histories are not usable")
    return best[1]


def collapsed(*columns: Floats) -> tuple[tuple[Floats, ...], Floats]:
    """Return the different rows of the columns and how often each is there: equal histories need one look."""
    unique, counts = np.unique(np.column_stack(columns), axis=0, return_counts=True)
    return tuple(np.ascontiguousarray(column) for column in unique.T), counts.astype(np.float64)
