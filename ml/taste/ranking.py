"""The best of many, and how good a ranking is: mean average precision at k."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
#: So many scores are first looked at as one.
_TOGETHER = 16


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


def best_places(scores: npt.NDArray[np.float32], most: int) -> npt.NDArray[np.intp]:
    """Return the columns of the `most` largest scores of each row, in no order; people x products in, people x at most `most` out.

    Columns are looked at in groups: the best `most` of a row are in those `most` groups whose own best are the largest.
    """
    rows, columns = scores.shape
    groups = columns // _TOGETHER
    if not 0 < most < groups:
        most = min(most, columns)
        return np.argpartition(scores, columns - most, axis=1)[:, columns - most :] if most else np.empty((rows, 0), dtype=np.intp)
    whole = groups * _TOGETHER
    largest = scores[:, :whole].reshape(rows, _TOGETHER, groups).max(axis=1)
    found = np.argpartition(largest, groups - most, axis=1)[:, groups - most :]
    there = (found[:, None, :] + groups * np.arange(_TOGETHER)[None, :, None]).reshape(rows, -1)
    there = np.concatenate([there, np.broadcast_to(np.arange(whole, columns), (rows, columns - whole))], axis=1)
    among = np.take_along_axis(scores, there, axis=1)
    return np.take_along_axis(there, np.argpartition(among, among.shape[1] - most, axis=1)[:, among.shape[1] - most :], axis=1)
