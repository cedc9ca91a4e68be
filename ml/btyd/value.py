"""Gamma-Gamma: what a customer's order is worth, between the own average and everybody's.

Order values of one customer are Gamma(p, rate), the rate is Gamma(q, gamma) over customers, and neither depends on how often
somebody orders. Fader and Hardie, The Gamma-Gamma Model of Monetary Value (2013, brucehardie.com/notes/025). All orders of
a customer count, the first too: it says as much of its value as any other.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import digamma, gammaln

from ml.btyd.search import FitError, Floats, likeliest

LEAST_CUSTOMERS = 20
#: q is at least this: nearer to 1, the mean over all customers has no end.
LEAST_Q = 1.05


@dataclass(frozen=True)
class GammaGamma:
    """Three fitted numbers; v, the papers' gamma, is in the unit of the amounts."""

    p: float
    q: float
    v: float

    @classmethod
    def fit(cls, orders: Floats, mean_amount: Floats) -> Self:
        """Fit to customers with `orders` orders of `mean_amount` on average; those without a positive amount are left out.

        Raises FitError for fewer than 20 customers with an amount.
        """
        known = (orders > 0) & (mean_amount > 0)
        if np.count_nonzero(known) < LEAST_CUSTOMERS:
            raise FitError(f"{np.count_nonzero(known)} customers with an order amount, at least {LEAST_CUSTOMERS} are needed")
        x, scale = orders[known], float(np.median(mean_amount[known]))
        m = mean_amount[known] / scale
        log_m, log_x = np.log(m), np.log(x)

        def objective(point: Floats) -> tuple[float, Floats]:
            p, above, v = np.exp(point)
            q = LEAST_Q + above
            log_sum, px = np.log(v + m * x), p * x
            value = gammaln(px + q) - gammaln(px) - gammaln(q) + q * np.log(v) + (px - 1) * log_m + px * log_x - (px + q) * log_sum
            slope_q = digamma(px + q) - digamma(q) + np.log(v) - log_sum
            slope_p = x * (digamma(px + q) - digamma(px) + log_m + log_x - log_sum)
            slope_v = q / v - (px + q) / (v + m * x)
            gradient = np.array([slope_p.mean() * p, slope_q.mean() * above, slope_v.mean() * v])
            return -float(value.mean()), -gradient

        p, above, v = (float(value) for value in np.exp(likeliest(objective, ((2.0, 2.0, 1.5), (6.0, 4.0, 1.0), (1.0, 1.0, 3.0)))))
        return cls(p, LEAST_Q + above, v * scale)

    def order_value(self, orders: Floats, mean_amount: Floats) -> Floats:
        """Return the expected value of a customer's next order; without a positive amount, that of a customer unknown."""
        known = (orders > 0) & (mean_amount > 0)
        x, total = np.where(known, orders, 0.0), np.where(known, orders * mean_amount, 0.0)
        return np.asarray(self.p * (self.v + total) / (self.p * x + self.q - 1), dtype=np.float64)
