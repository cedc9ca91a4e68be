"""How good a ranking is: mean average precision at k."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def average_precisions(scores: Floats, wanted: Flags, allowed: Flags, k: int = 10) -> Floats:
    """Return the average precision at `k` of each person who wanted something that was allowed; all arguments people x products.

    A product that is not allowed is neither ranked nor counted as wanted, one with a score of -inf is not ranked. The divisor is the
    least of `k` and what was wanted.
    """
    k = min(k, scores.shape[1])
    ranked = np.where(allowed, scores, -np.inf)
    best = np.argsort(-ranked, axis=1, kind="stable")[:, :k]
    hits = np.take_along_axis(wanted & allowed & (ranked > -np.inf), best, axis=1)
    precision = np.cumsum(hits, axis=1) / np.arange(1, k + 1)
    possible = (wanted & allowed).sum(axis=1)
    some = possible > 0
    return np.asarray((precision * hits).sum(axis=1)[some] / np.minimum(possible[some], k), dtype=np.float64)
