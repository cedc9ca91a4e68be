"""An interval that may be looked at every day and for ever: the asymptotic confidence sequence.

Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences", Annals of
Statistics 52, 2024, theorem 2.2: Robbins' normal mixture around an estimate that is only asymptotically normal, so it holds for
proportions and for skewed money alike. It is the mixture SPRT of Johari, Koomen, Pekelis and Walsh (Operations Research 70, 2022) with the
variance estimated. Only the critical value differs from that of a fixed test; estimate and standard error are the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def tuning(alpha: float) -> float:
    """The mixture's width, such that the interval is at its tightest at information 1 (section 2.3 of the paper, exactly solved).

    About 8 for alpha = 0.05. Being right about the horizon costs little: half or twice the information widens it by some percent.
    """
    from scipy.optimize import brentq  # here, for it takes half a second, and most commands ask for none of this

    def slope(log_width: float) -> float:  # of log((1 + 1/w) * (log(1 + w) + 2 log(1/alpha))) over w
        width = np.exp(log_width)
        return float(width - np.log1p(width) - 2 * np.log(1 / alpha))

    return float(np.exp(brentq(slope, -5, 10)))


def critical(information: ArrayLike, alpha: float) -> NDArray[np.float64]:
    """How many standard errors the interval reaches to each side. `information`: people so far over people planned, above 0."""
    width = tuning(alpha) * np.maximum(np.asarray(information, dtype=float), 1e-9)
    return np.asarray(np.sqrt((1 + 1 / width) * (np.log1p(width) + 2 * np.log(1 / alpha))))


def p_value(z: ArrayLike, information: ArrayLike, alpha: float) -> NDArray[np.float64]:
    """The smallest alpha at which the interval of today leaves out zero, with the width that was tuned for `alpha`."""
    width = tuning(alpha) * np.maximum(np.asarray(information, dtype=float), 1e-9)
    log_p = 0.5 * np.log1p(width) - 0.5 * np.square(np.asarray(z, dtype=float)) * width / (1 + width)
    return np.asarray(np.exp(np.minimum(log_p, 0.0)))
