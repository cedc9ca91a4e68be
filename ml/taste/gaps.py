"""The days until a customer orders again: gamma gaps with a pace and a regularity of one's own, and a chance of leaving after each order.

A customer's gaps between days with an order are Gamma(shape, rate = shape / pace). The shape, how regular somebody is, is one of
REGULARITIES with the shop's weights (in Platzer and Reutterer 2016, "Ticking away the moments", it varies freely); the pace in days is
inverse gamma over the shop's customers; after each order a customer leaves with probability `leaving` (Batislam, Denizel and Filiztekin
2007). Everything given the shape is closed form: with n gaps of S days in all, the next gap is (prior_days / shape + S) times a beta
prime of (shape, prior_shape + n shape). No sampling; few gaps lean on the shop's.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

Floats = npt.NDArray[np.float64]
#: From no rhythm at all (below 1: orders come in clusters) to one like a clock's: gaps vary by 120, 71, 35 and 18 %.
REGULARITIES = (0.7, 2.0, 8.0, 32.0)
#: The fit reads at most so many customers: the few figures of a shop settle long before.
FITTED = 4_000
#: Least repeat gaps that a pace of the shop can be told from.
LEAST_GAPS = 100
#: Halvings of the interval that a quantile lies in: a year comes to an eleventh of a day.
HALVINGS = 12
#: What is less likely than this is not looked at.
NEGLIGIBLE = 1e-4


class FitError(ValueError):
    """There is too little to learn from; the message says what is missing."""


@dataclass(frozen=True)
class History:
    """One value for each customer: how many gaps, their days in all, the sum of their logarithms, and the days since the last order."""

    count: Floats
    days: Floats
    log_days: Floats
    open_days: Floats

    def some(self, chosen: npt.NDArray[np.intp]) -> "History":
        """Return those customers alone."""
        return History(self.count[chosen], self.days[chosen], self.log_days[chosen], self.open_days[chosen])


@dataclass(frozen=True)
class GammaGaps:
    """The figures of a shop: weights of REGULARITIES; the pace is inverse gamma of (prior_shape, prior_days)."""

    weights: tuple[float, ...]
    prior_shape: float
    prior_days: float
    leaving: float

    def quantiles(self, past: History, within: float, levels: tuple[float, ...]) -> Floats:
        """Days from the last order to the next, given that it comes after the open days and at most `within` days later.

        levels: probabilities. Returns n x len(levels), each at least the open days.
        """
        likely = _gap_likelihoods(past, self.prior_shape, self.prior_days) + np.log(self.weights)[:, None]
        chance = np.exp(likely - special.logsumexp(likely, axis=0))
        kind, person = np.nonzero(chance > NEGLIGIBLE)
        shape = np.array(REGULARITIES)[kind]
        posterior_shape, posterior_days = self.prior_shape + past.count[person] * shape, self.prior_days / shape + past.days[person]
        part = chance[kind, person]

        def later(than: Floats) -> Floats:
            """The chance that the gap is longer than so many days."""
            silent = special.betainc(posterior_shape, shape, posterior_days / (posterior_days + than[person]))
            return np.asarray(np.bincount(person, part * silent, minlength=len(than)), dtype=np.float64)

        at_least, at_most = later(past.open_days), later(past.open_days + within)
        found = []
        for level in levels:
            low, high = past.open_days, past.open_days + within
            for _ in range(HALVINGS):
                middle = (low + high) / 2
                is_later = later(middle) > at_least - level * (at_least - at_most)
                low, high = np.where(is_later, middle, low), np.where(is_later, high, middle)
            found.append((low + high) / 2)
        return np.stack(found, axis=1)


def fit(past: History, seed: int) -> GammaGaps:
    """Return the figures of greatest likelihood. Customers with one order count too: their silence says how many leave.

    By turns: prior and leaving by a simplex search, then the weights of the regularities in closed form (expectation maximisation).
    Raises FitError below LEAST_GAPS gaps.
    """
    if past.count.sum() < LEAST_GAPS:
        raise FitError(f"{int(past.count.sum())} repeat orders, at least {LEAST_GAPS} are needed")
    if len(past.count) > FITTED:
        past = past.some(np.random.default_rng(seed).choice(len(past.count), FITTED, replace=False))
    figures = np.array([0.7, np.log(max(past.days.sum() / past.count.sum(), 1.0)), -1.5])
    weights = np.full(len(REGULARITIES), 1 / len(REGULARITIES))
    options = {"maxiter": 60, "xatol": 1e-2, "fatol": 1e-5}
    bounds = [(-4.0, 4.0), (-4.0, 12.0), (-12.0, 4.0)]
    for _ in range(4):
        figures = optimize.minimize(_loss, figures, (weights, past), method="Nelder-Mead", bounds=bounds, options=options).x
        likely = _likelihoods(figures, past)
        for _ in range(30):
            chance = special.softmax(likely + np.log(weights)[:, None], axis=0)
            weights = np.maximum(chance.mean(axis=1), 1e-6)
            weights /= weights.sum()
    prior_shape, prior_days = np.exp(figures[:2])
    return GammaGaps(tuple(map(float, weights)), float(prior_shape), float(prior_days), float(special.expit(figures[2])))


def _loss(figures: Floats, weights: Floats, past: History) -> float:
    return -float(special.logsumexp(_likelihoods(figures, past) + np.log(weights)[:, None], axis=0).mean())


def _likelihoods(figures: Floats, past: History) -> Floats:
    """Log-likelihoods, regularities x customers: of the gaps, of having stayed after each, and of the silence since."""
    prior_shape, prior_days = np.exp(figures[:2])
    leaving = special.expit(figures[2])
    shape = np.array(REGULARITIES)[:, None]
    posterior_shape, posterior_days = prior_shape + past.count * shape, prior_days / shape + past.days
    silent = special.betainc(posterior_shape, shape, posterior_days / (posterior_days + past.open_days))
    stayed = past.count * np.log1p(-leaving) + np.log(leaving + (1 - leaving) * silent)
    return np.asarray(_gap_likelihoods(past, prior_shape, prior_days) + stayed, dtype=np.float64)


def _gap_likelihoods(past: History, prior_shape: float, prior_days: float) -> Floats:
    shape = np.array(REGULARITIES)[:, None]
    scale, posterior_shape = prior_days / shape, prior_shape + past.count * shape
    spread = (shape - 1) * past.log_days - past.count * special.gammaln(shape)
    prior = prior_shape * np.log(scale) - special.gammaln(prior_shape)
    return np.asarray(spread + prior + special.gammaln(posterior_shape) - posterior_shape * np.log(scale + past.days), dtype=np.float64)
