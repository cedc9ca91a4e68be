"""BG/NBD and MBG/NBD: how often customers order, and whether they still do.

Orders come as a Poisson process whose rate is Gamma(r, alpha) over customers; a customer may leave right after an order,
with a chance that is Beta(a, b) over customers. BG/NBD: Fader, Hardie and Lee, "Counting Your Customers" the Easy Way
(Marketing Science 24, 2005), where one leaves after a repeat order only, so that who ordered once is surely there.
MBG/NBD: Batislam, Denizel and Filiztekin, Empirical validation and comparison of models for customer base analysis
(International Journal of Research in Marketing 24, 2007), where one may leave after the first order too. The second is the
first with one more chance to leave, which is all that `chances` says.
"""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from scipy.special import digamma, expit, gammaln

from ml.btyd.quadrature import beta_rule
from ml.btyd.search import FitError, Floats, collapsed, likeliest

LEAST_CUSTOMERS = 20
LEAST_REPEATERS = 5

__all__ = ["BgNbd", "FitError", "MbgNbd"]


@dataclass(frozen=True)
class _Dropout:
    """Four fitted numbers; alpha is in the unit of the times that the model was fitted on."""

    r: float
    alpha: float
    a: float
    b: float

    chances: ClassVar[int]

    @classmethod
    def fit(cls, x: Floats, t_x: Floats, age: Floats) -> Self:
        """Fit to histories by maximum likelihood. Raises FitError for fewer than 20 customers, or 5 with a repeat order."""
        if len(x) < LEAST_CUSTOMERS or np.count_nonzero(x > 0) < LEAST_REPEATERS or not age.max() > 0:
            least = f"at least {LEAST_CUSTOMERS} customers are needed and {LEAST_REPEATERS} of them with a repeat order"
            raise FitError(f"{len(x)} customers, {np.count_nonzero(x > 0)} with a repeat order: {least}")
        scale = float(age.mean())  # so that every shop's alpha is of the size of 1
        (x, t_x, age), weights = collapsed(x, t_x / scale, age / scale)
        share = weights / weights.sum()
        pace = float((share * x).sum())
        counts, place = np.unique(x, return_inverse=True)  # gamma functions see the count alone

        def objective(point: Floats) -> tuple[float, Floats]:
            model = cls(*(float(value) for value in np.exp(point)))
            value, gradient = model._likelihood(x, t_x, age, counts, place)
            return -float(share @ value), -(gradient @ share) * np.exp(point)

        starts = (
            (r, r / max(pace, 0.05) / stay, a, b) for r, stay, a, b in ((0.5, 2.0, 0.5, 1.5), (1.5, 1.0, 0.2, 4.0), (0.2, 1.0, 1.0, 1.0))
        )
        r, alpha, a, b = (float(value) for value in np.exp(likeliest(objective, starts)))
        return cls(r, alpha * scale, a, b)

    def log_likelihood(self, x: Floats, t_x: Floats, age: Floats) -> float:
        """Return the log-likelihood of the histories, summed over customers."""
        (x, t_x, age), weights = collapsed(x, t_x, age)
        counts, place = np.unique(x, return_inverse=True)
        return float(weights @ self._likelihood(x, t_x, age, counts, place)[0])

    def _likelihood(
        self, x: Floats, t_x: Floats, age: Floats, counts: Floats, place: "np.typing.NDArray[np.intp]"
    ) -> tuple[Floats, Floats]:
        """Log-likelihood per history, and its gradient (4 x histories) by r, alpha, a and b."""
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        times = counts + self.chances
        by_count = gammaln(r + counts) - gammaln(r) + r * np.log(alpha)
        by_count += gammaln(a + b) + gammaln(b + times) - gammaln(b) - gammaln(a + b + times)
        slope_r = digamma(r + counts) - digamma(r) + np.log(alpha)
        slope_a = digamma(a + b) - digamma(a + b + times)
        slope_b = slope_a + digamma(b + times) - digamma(b)
        log_age, log_last = np.log(alpha + age), np.log(alpha + t_x)
        gone = 1 - self.p_alive(x, t_x, age)
        # the sum of "still there" and "gone since the latest order", by the share of the second
        value = by_count[place] - (r + x) * log_age - np.log1p(-np.minimum(gone, 1 - 1e-16))
        far = gone > 0.5  # there the other of the two says it without loss of digits
        if far.any():
            times_far = x[far] + self.chances
            value[far] = by_count[place][far] + np.log(a) - np.log(b + times_far - 1) - (r + x[far]) * log_last[far] - np.log(gone[far])
        gradient = np.empty((4, len(x)))
        gradient[0] = slope_r[place] - (1 - gone) * log_age - gone * log_last
        gradient[1] = r / alpha - (r + x) * ((1 - gone) / (alpha + age) + gone / (alpha + t_x))
        gradient[2] = slope_a[place] + gone / a
        gradient[3] = slope_b[place] - gone / np.maximum(b + x + self.chances - 1, b)
        return value, gradient

    def alive_log_odds(self, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """Return the log-odds that a customer has not left; infinite where leaving was not possible yet."""
        times = x + self.chances
        odds = (self.r + x) * np.log((self.alpha + t_x) / (self.alpha + age))
        odds += np.log(np.maximum(self.b + times - 1, self.b) / self.a)
        return np.asarray(np.where(times > 0, odds, np.inf), dtype=np.float64)

    def p_alive(self, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """Return P(the customer has not left)."""
        return np.asarray(expit(self.alive_log_odds(x, t_x, age)), dtype=np.float64)

    def probability(self, x: Floats, t_x: Floats, age: Floats, horizon: float) -> Floats:
        """Return P(at least one order within the horizon): still there, and the rate does not stay silent."""
        silent = (self.r + x) * np.log((self.alpha + age) / (self.alpha + age + horizon))
        return np.asarray(-np.expm1(silent) * self.p_alive(x, t_x, age), dtype=np.float64)

    def rate(self, x: Floats, age: Floats) -> Floats:
        """Return the expected orders per unit of time while the customer is there."""
        return np.asarray((self.r + x) / (self.alpha + age), dtype=np.float64)

    def expected_orders(self, x: Floats, t_x: Floats, age: Floats, horizon: float) -> Floats:
        """Return the expected number of orders within the horizon.

        Of a customer who is there and leaves with chance p after each order, (1 - (1 + p u)^-(r + x)) / p are expected,
        u = horizon / (alpha + age), and p is Beta(a, b + chances so far). The mean over p is taken by Gauss quadrature,
        one rule per order count: equal to the papers' hypergeometric form, defined for a = 1 too, and fast per row.
        """
        spread = horizon / (self.alpha + age)
        result = np.empty(len(x))
        order = np.argsort(x, kind="stable")
        counts, starts = np.unique(x[order], return_index=True)
        for count, rows in zip(counts, np.split(order, starts[1:]), strict=True):
            nodes, weights = beta_rule(self.a, self.b + count + self.chances)
            part, total = spread[rows], np.zeros(len(rows))
            for node, weight in zip(nodes, weights, strict=True):
                total -= weight / node * np.expm1(-(self.r + count) * np.log1p(node * part))
            result[rows] = total
        return result * self.p_alive(x, t_x, age)


class BgNbd(_Dropout):
    """BG/NBD (Fader, Hardie and Lee 2005)."""

    chances = 0


class MbgNbd(_Dropout):
    """MBG/NBD (Batislam, Denizel and Filiztekin 2007)."""

    chances = 1
