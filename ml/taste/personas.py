"""Kinds of customers: K-Means on standardised log1p figures, as many kinds as hold when people are drawn anew, each with a name by rule.

The number of kinds is the largest whose bootstrap agrees with itself (adjusted Rand index, Hubert and Arabie 1985) and whose
smallest kind is no splinter; the silhouette would always say two or three.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

Floats = npt.NDArray[np.float64]
FIGURES = ("recency_days", "orders_count", "avg_order_amount", "tenure_days")
KINDS = (6, 5, 4, 3)
LEAST_AGREEMENT = 0.80
LEAST_SHARE = 0.02
BOOTSTRAPS = 10
#: Kinds are learned from at most so many customers; everybody is then given the nearest.
FITTED = 20_000
DRAWN = 4_000


@dataclass(frozen=True)
class Personas:
    """The kinds of a shop. mean, scale: of log1p of FIGURES; centroids: standardised, one list each; ids and names go with them.

    next_id: that of a kind which is new; agreement: the bootstrap's. learned_at: as text, of the data they were learned from.
    """

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    centroids: tuple[tuple[float, ...], ...]
    ids: tuple[int, ...]
    names: tuple[str, ...]
    next_id: int
    agreement: float
    learned_at: str

    def nearest(self, values: Floats) -> npt.NDArray[np.int64]:
        """Return the place of the nearest centroid for each row of `values` (n x FIGURES, raw)."""
        scaled = (_logs(values) - np.array(self.mean)) / np.array(self.scale)
        apart = ((scaled[:, None, :] - np.array(self.centroids)[None, :, :]) ** 2).sum(axis=2)
        return np.asarray(apart.argmin(axis=1), dtype=np.int64)

    def content(self) -> dict[str, Any]:
        """Return plain values, as JSON holds them."""
        return asdict(self)

    @classmethod
    def of(cls, content: dict[str, Any]) -> "Personas":
        """Return what `content` came from. Raises KeyError, TypeError or ValueError where it is something else."""
        plain = {name: tuple(content[name]) for name in ("mean", "scale", "ids", "names")}
        centroids = tuple(tuple(float(value) for value in row) for row in content["centroids"])
        if {len(row) for row in centroids} != {len(FIGURES)} or not len(centroids) == len(plain["ids"]) == len(plain["names"]):
            raise ValueError("centroids, ids and names do not go together")
        return cls(**{**content, **plain, "centroids": centroids})


def learn(values: Floats, seed: int, learned_at: str, old: Personas | None = None) -> Personas | None:
    """Return the kinds of these customers (n x FIGURES, raw), numbered from 1 by size; None where no number of kinds holds.

    As many as `old` are tried first, begun at its centroids: kinds are not to come and go with the sample.
    """
    random = np.random.default_rng(seed)
    if len(values) > FITTED:
        values = values[random.choice(len(values), FITTED, replace=False)]
    logs = _logs(values)
    mean, scale = logs.mean(axis=0), logs.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    scaled = (logs - mean) / scale
    for kinds in dict.fromkeys((len(old.ids), *KINDS)) if old else KINDS:
        if len(np.unique(scaled, axis=0)) < kinds:
            continue
        if old and kinds == len(old.ids):
            begin = (np.array(old.centroids) * old.scale + old.mean - mean) / scale
            fitted = KMeans(kinds, init=begin, n_init=1, random_state=seed).fit(scaled)
        else:
            fitted = KMeans(kinds, n_init=4, random_state=seed).fit(scaled)
        sizes = np.bincount(fitted.labels_, minlength=kinds)
        agreement = _agreement(scaled, fitted.labels_, kinds, random) if sizes.min() >= LEAST_SHARE * len(scaled) else 0.0
        if agreement >= LEAST_AGREEMENT:
            centroids = fitted.cluster_centers_[np.argsort(-sizes, kind="stable")]
            return Personas(
                mean=tuple(map(float, mean)),
                scale=tuple(map(float, scale)),
                centroids=tuple(tuple(map(float, row)) for row in centroids),
                ids=tuple(range(1, kinds + 1)),
                names=names_of(centroids),
                next_id=kinds + 1,
                agreement=float(agreement),
                learned_at=learned_at,
            )
    return None


def matched(new: Personas, old: Personas) -> Personas:
    """Return `new` with the ids and names of the old kinds that it continues: the pairs that lie closest together over all (Hungarian).

    Compared on the old kinds' scale. A kind beyond the old ones' number gets an id that no kind ever had, and a name of its own.
    """
    here = (np.array(new.centroids) * new.scale + new.mean - old.mean) / old.scale
    apart = np.linalg.norm(here[:, None, :] - np.array(old.centroids)[None, :, :], axis=2)
    ids: dict[int, int] = {}
    names: dict[int, str] = {}
    for place, before in zip(*linear_sum_assignment(apart), strict=True):
        ids[int(place)], names[int(place)] = old.ids[before], old.names[before]
    next_id = old.next_id
    for place, name in enumerate(new.names):
        if place not in ids:
            ids[place], next_id = next_id, next_id + 1
            names[place] = name if name not in names.values() else f"{name} {ids[place]}"
    places = range(len(new.ids))
    return replace(new, ids=tuple(ids[at] for at in places), names=tuple(names[at] for at in places), next_id=next_id)


def names_of(centroids: Floats) -> tuple[str, ...]:
    """Return a name for each centroid (kinds x FIGURES, standardised), by what is told of it furthest from the average; none twice."""
    found: list[str] = []
    for recency, orders, value, tenure in centroids:
        pace = "new" if tenure < -0.5 and orders < 0.5 else "loyal" if orders > 0.5 else "occasional" if orders > -0.3 else "one-time"
        state = "lapsed" if recency > 0.5 else "active" if recency < -0.5 else "quiet"
        money = ", large orders" if value > 0.5 else ", small orders" if value < -0.5 else ""
        name = f"{pace}, {state}{money}"
        found.append(name if name not in found else f"{name} {len(found) + 1}")
    return tuple(found)


def _logs(values: Floats) -> Floats:
    return np.asarray(np.log1p(np.maximum(values, 0.0)), dtype=np.float64)


def _agreement(scaled: Floats, labels: npt.NDArray[np.int32], kinds: int, random: np.random.Generator) -> float:
    """How alike kinds are that are learned from people drawn anew, as the mean adjusted Rand index over everybody drawn from."""
    found = []
    for number in range(BOOTSTRAPS):
        drawn = random.choice(len(scaled), min(len(scaled), DRAWN), replace=True)
        again = KMeans(kinds, n_init=2, random_state=number).fit(scaled[drawn])
        found.append(adjusted_rand_score(labels, again.predict(scaled)))
    return float(np.mean(found))
