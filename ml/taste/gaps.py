"""The days until a customer orders again: gamma gaps at a pace of one's own, and a chance of leaving after each order.

A customer's gaps between days with an order are Gamma(shape, rate), as in Platzer and Reutterer 2016 ("Ticking away the moments"); the
rate is Gamma(prior_shape, prior_days) over the customers of the shop; after each order a customer leaves with probability `leaving`, as
in Batislam, Denizel and Filiztekin 2007. With n gaps of S days in all, the next gap is (prior_days + S) times a beta prime of
(shape, prior_shape + n shape): closed form, no sampling, and few gaps lean on the shop's.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, special, stats

Floats = npt.NDArray[np.float64]
#: The fit reads at most so many customers: the four figures of a shop settle long before.
FITTED = 20_000
#: Least repeat gaps that a pace of the shop can be told from.
LEAST_GAPS = 100


class FitError(ValueError):
    """There is too little to learn from; the message says what is missing."""


@dataclass(frozen=True)
class GammaGaps:
    """The four figures of a shop; `prior_days` in days."""

    shape: float
    prior_shape: float
    prior_days: float
    leaving: float

    def quantiles(self, count: Floats, days: Floats, open_days: Floats, within: float, levels: tuple[float, ...]) -> Floats:
        """Days from the last order to the next, given that it comes after `open_days` and at most `within` days later.

        count, days: gaps so far and their sum (n each); levels: probabilities. Returns n x len(levels), each at least `open_days`.
        """
        gap = stats.betaprime(self.shape, self.prior_shape + count * self.shape, scale=self.prior_days + days)
        # by the upper tail, which keeps its digits where almost all of the distribution has gone by
        at_least, at_most = gap.sf(open_days), gap.sf(open_days + within)
        found = [gap.isf(at_least - level * (at_least - at_most)) for level in levels]
        bounds = (open_days[:, None], open_days[:, None] + within)
        answer = np.clip(np.nan_to_num(np.stack(found, axis=1), nan=np.inf), *bounds) if len(count) else np.empty((0, len(levels)))
        return np.asarray(answer, dtype=np.float64)


def fit(count: Floats, days: Floats, log_days: Floats, open_days: Floats, seed: int) -> GammaGaps:
    """Return the figures of greatest likelihood: of customers with their gaps' number, sum and sum of logarithms, and the open days.

    Customers with one order count too: their open gap says how many leave. Raises FitError below LEAST_GAPS gaps.
    """
    if count.sum() < LEAST_GAPS:
        raise FitError(f"{int(count.sum())} repeat orders, at least {LEAST_GAPS} are needed")
    if len(count) > FITTED:
        chosen = np.random.default_rng(seed).choice(len(count), FITTED, replace=False)
        count, days, log_days, open_days = count[chosen], days[chosen], log_days[chosen], open_days[chosen]
    start = np.array([0.0, 0.0, np.log(max(days.sum() / max(count.sum(), 1), 1.0)), -1.0])
    options = {"maxiter": 800, "xatol": 1e-3, "fatol": 1e-6}
    bounds = [(-4.0, 4.0), (-4.0, 4.0), (-4.0, 12.0), (-12.0, 4.0)]
    found = optimize.minimize(_loss, start, (count, days, log_days, open_days), method="Nelder-Mead", bounds=bounds, options=options)
    shape, prior_shape, prior_days = np.exp(found.x[:3])
    return GammaGaps(float(shape), float(prior_shape), float(prior_days), float(special.expit(found.x[3])))


def _loss(logs: Floats, count: Floats, days: Floats, log_days: Floats, open_days: Floats) -> float:
    """The negative mean log-likelihood: of the gaps, of having stayed after each, and of the silence since."""
    shape, prior_shape, prior_days = np.exp(logs[:3])
    leaving = special.expit(logs[3])
    posterior_shape, posterior_days = prior_shape + count * shape, prior_days + days
    gaps = (
        (shape - 1) * log_days
        - count * special.gammaln(shape)
        + prior_shape * np.log(prior_days)
        - special.gammaln(prior_shape)
        + special.gammaln(posterior_shape)
        - posterior_shape * np.log(posterior_days)
    )
    silent = special.betainc(posterior_shape, shape, posterior_days / (posterior_days + open_days))
    return -float(np.mean(gaps + count * np.log1p(-leaving) + np.log(leaving + (1 - leaving) * silent)))
