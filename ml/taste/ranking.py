"""The best of many, and how good a ranking is: mean average precision at k, whatever order what is alike comes in."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
#: So many scores are first looked at as one.
_TOGETHER = 16


def average_precisions(scores: Floats, wanted: Flags, allowed: Flags, k: int = 10) -> Floats:
    """Return the average precision at `k` of each person who wanted something that was allowed; all arguments people x products.

    A product that is not allowed is neither ranked nor counted as wanted, one with a score of -inf is not ranked. The divisor is the
    least of `k` and what was wanted. Products of one score have no order: it is the mean over all orders that they could have, in closed
    form (McSherry and Najork 2008, "Computing information retrieval performance measures efficiently in the presence of tied scores").
    """
    k = min(k, scores.shape[1])
    ranked, good = np.where(allowed, scores, -np.inf), wanted & allowed
    best = np.argsort(-ranked, axis=1, kind="stable")[:, :k]
    top, hits = np.take_along_axis(ranked, best, axis=1), np.take_along_axis(good, best, axis=1)
    before, alike = top[:, None, :] > top[:, :, None], top[:, None, :] == top[:, :, None]
    size, wanted_alike = alike.sum(axis=2), (alike & hits[:, None, :]).sum(axis=2)
    if k:  # what is alike at the last place goes on below it
        cut, below = alike[:, -1], ranked == top[:, -1:]
        size = np.where(cut, below.sum(axis=1)[:, None], size)
        wanted_alike = np.where(cut, (good & below).sum(axis=1)[:, None], wanted_alike)
    place = np.arange(k) - before.sum(axis=2)  # among those that are alike
    chance = np.where(top > -np.inf, wanted_alike / np.maximum(size, 1), 0.0)
    ahead = (before & hits[:, None, :]).sum(axis=2) + place * (wanted_alike - 1) / np.maximum(size - 1, 1)
    precision = (ahead + 1) / np.arange(1, k + 1)
    possible = good.sum(axis=1)
    some = possible > 0
    return np.asarray((chance * precision).sum(axis=1)[some] / np.minimum(possible[some], k), dtype=np.float64)


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
