"""Made-up and real people to try the statistics on: yes and no, money that few spend, and what people of a real shop spent.

None is normal, which is what the methods assume. Sums of many people are drawn at once: who has neither outcome nor covariate adds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.planner import Metric

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]
#: More different people than this are drawn one by one; fewer are counted by kind.
FEW_KINDS = 8


@dataclass(frozen=True, slots=True)
class World:
    """People to draw from. `rows`: outcome and covariate (same metric in the window before) of those who have either; `weights`: how often
    each is, summing to at most 1 (the same for all where there are many); the others have neither."""

    name: str
    kind: str
    rows: Numbers
    weights: Numbers

    @property
    def metric(self) -> Metric:
        """What a planner is told of it, with what the covariate takes away."""
        y, x = self.rows.T
        base, before = float(self.weights @ y), float(self.weights @ x)
        yy, xx = float(self.weights @ (y * y)) - base**2, float(self.weights @ (x * x)) - before**2
        xy = float(self.weights @ (y * x)) - base * before
        explained = xy * xy / (xx * yy) if xx > 0 else 0.0
        if self.kind == "proportion":
            return Metric(base, variance_reduction=explained)
        return Metric(base, float(np.sqrt(yy)), variance_reduction=explained, buyers=self.buyers)

    @property
    def buyers(self) -> float:
        """The share of people with an outcome."""
        return float(self.weights[self.rows[:, 0] > 0].sum())

    def unknown_before(self) -> World:
        """The same people, of whom nothing is known of before."""
        some = self.rows[:, 0] != 0
        return World(self.name, self.kind, self.rows[some] * np.array([1.0, 0.0]), self.weights[some])

    def draw(self, people: Counts, lift: float, random: np.random.Generator) -> Numbers:
        """Sums over that many people in each cell: an array of shape (*people.shape, 5) of y, y², x, x², xy.

        `lift`: the share by which more of them do what is usual: people who would not have bought buy like the others.
        """
        found = self._sums(people, self.rows, self.weights, random)
        if lift > 0:
            y, x = self.rows.T
            buys, idle = self.weights * (y > 0), self.weights * (y <= 0)
            more = random.binomial(people, min(1.0, lift * self.buyers))
            bought = self._sums(more, self.rows[y > 0] * np.array([1.0, 0.0]), buys[y > 0] / buys.sum(), random)
            rest = 1 - buys.sum()
            before = float(idle @ x) / rest if rest > 0 else 0.0
            found[..., :2] += bought[..., :2]
            found[..., 4] += bought[..., 0] * before
        return found

    @staticmethod
    def _sums(people: Counts, rows: Numbers, weights: Numbers, random: np.random.Generator) -> Numbers:
        y, x = rows.T
        each = np.stack([y, y * y, x, x * x, x * y], axis=1)
        if len(rows) <= FEW_KINDS:
            rest = max(0.0, 1 - weights.sum())
            return np.asarray(random.multinomial(people, [*weights, rest])[..., :-1] @ each)
        several = random.binomial(people, min(1.0, weights.sum()))
        ends = np.concatenate([[0], np.cumsum(several.ravel())])
        chosen = random.integers(0, len(rows), ends[-1], dtype=np.int32)
        found = np.zeros((several.size, 5))
        for place in range(5):
            if each[:, place].any():
                found[:, place] = np.diff(np.concatenate([[0.0], np.cumsum(np.ascontiguousarray(each[:, place])[chosen])])[ends])
        return found.reshape(*people.shape, 5)


def yes_or_no(base: float) -> World:
    """Each person does it with probability `base`; nothing is known of before."""
    return World(f"{base:.1%} order", "proportion", np.array([[1.0, 0.0]]), np.array([base]))


def money(buyers: float = 0.1, *, sigma: float = 1.0, loyal: float = 1.0, people: int = 300_000, seed: int = 11) -> World:
    """Revenue that most people do not bring: about a share of `buyers` in a window, lognormal sums. Who buys more often did so before, the
    more so the more `loyal` some are."""
    random = np.random.default_rng(seed)
    eager = random.gamma(1 / loyal, loyal, people) * -np.log1p(-buyers)
    taste = random.normal(0, sigma * 0.5**0.5, people)
    spent = [
        np.where(random.random(people) < -np.expm1(-eager), np.exp(3.5 + taste + random.normal(0, sigma * 0.5**0.5, people)), 0.0)
        for _ in range(2)
    ]
    return resampled(f"revenue, {(spent[0] > 0).mean():.0%} buy", "mean", spent[0], spent[1])


def resampled(name: str, kind: str, y: Numbers, x: Numbers) -> World:
    """People as they were: `y` the outcome and `x` the covariate of each."""
    some = (y != 0) | (x != 0)
    rows = np.stack([y[some], x[some]], axis=1).astype(float)
    if kind == "proportion":
        rows, counts = np.unique(rows, axis=0, return_counts=True)
        return World(name, kind, rows, counts / len(y))
    return World(name, kind, rows, np.full(len(rows), 1 / len(y)))
