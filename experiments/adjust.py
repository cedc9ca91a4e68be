"""Several comparisons at once: the more one asks, the more often chance answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values, in the order given (Holm, Scandinavian Journal of Statistics 6, 1979): below alpha for any true "no effect" with
    probability alpha at most, whatever they have to do with each other."""
    found, worst = [1.0] * len(p_values), 0.0
    for place, index in enumerate(np.argsort(p_values, kind="stable").tolist()):
        worst = max(worst, min(1.0, p_values[index] * (len(p_values) - place)))
        found[index] = worst
    return found
