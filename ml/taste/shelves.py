"""Two shelves for each customer: what they buy again, by how often and how lately; and what is new for them, by what goes with theirs.

What is new is ranked by EASE plus the share of people who bought the product in the last 28 days: whoever bought little, or only what few
know, gets what is popular. Never on a shelf: what was just bought, came back from this person, or is not on offer.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from ml.taste import ease
from ml.taste.declaration import Recommendations
from ml.taste.provenance import Provenance, provenance
from ml.taste.ranking import best_places

Places = npt.NDArray[np.intp]
BUY_AGAIN, NEW_FOR_YOU = "buy_again", "new_for_you"
COLUMNS = ("profile_id", "as_of", "shelf", "place", "product_id", "weight")
#: The closed form inverts a matrix of products: of a large shop those that the most people bought are known.
MOST_PRODUCTS = 5000
POPULAR_DAYS = 28
#: What everybody buys decides between products that a person bought alike, hardly against what they bought more often. With 0, their own
#: purchases alone, as with a half, shops with favourites or shops without were ranked worse.
SHARED = 0.25


class Ranked(NamedTuple):
    """One product for one person in each row: the person's number, the place from 1, the product's id, its weight."""

    person: Places
    place: Places
    product: npt.NDArray[Any]
    weight: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Shelves:
    """products: ids, sorted; goes_with: products x products; popularity: share of people; on_offer: which of the products are; shared: by
    id of a product that anybody bought, by how much the weight of a purchase is multiplied."""

    declared: Recommendations
    products: pd.Index
    goes_with: npt.NDArray[np.float32] | None
    popularity: npt.NDArray[np.float32]
    on_offer: npt.NDArray[np.bool_]
    shared: pd.Series
    made: Provenance

    def answers(self, purchases: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
        """Return up to `per_shelf` rows for each person and shelf (COLUMNS, provenance, reason); one with a reason where there are none.

        purchases: all rows of some people: profile_id, product_id (None: nothing is known of what they bought), weight, is_blocked (just
        bought, came back, or not on offer), sorted by profile_id.
        """
        numbers, people = pd.factorize(purchases["profile_id"])
        found: list[pd.DataFrame] = []
        for shelf, ranked in ((BUY_AGAIN, self._again(purchases, numbers)), (NEW_FOR_YOU, self._new(purchases, numbers, len(people)))):
            person, *columns = ranked
            rows = pd.DataFrame({"profile_id": people[person], **dict(zip(("place", "product_id", "weight"), columns, strict=True))})
            without = np.setdiff1d(np.arange(len(people), dtype=np.intp), person)
            words = "nothing on offer was bought, or it was just bought or came back" if shelf == BUY_AGAIN else "nothing on offer is new"
            nothing = pd.DataFrame({"profile_id": people[without], "place": None, "product_id": None, "weight": np.nan})
            found += [rows.assign(shelf=shelf, reason=None), nothing.assign(shelf=shelf, reason=words)]
        rows = pd.concat([part.astype(_TYPES) for part in found], ignore_index=True)
        rows.insert(1, "as_of", pd.Series(as_of, index=rows.index, dtype="datetime64[us]"))
        return self.made.beside(rows[[*COLUMNS, "reason"]])

    def scores(self, numbers: Places, places: Places, people: int) -> npt.NDArray[np.float32]:
        """Return people x products: how well each would fit, whatever is on offer. numbers, places: person and product of each purchase,
        the product -1 where it is not among the known."""
        if self.goes_with is None:
            return np.repeat(self.popularity[None, :], people, axis=0)
        known = places >= 0
        ones = np.ones(int(known.sum()), dtype=np.float32)
        bought = sparse.csr_matrix((ones, (numbers[known], places[known])), shape=(people, len(self.products)))
        scores: npt.NDArray[np.float32] = bought @ self.goes_with
        scores += self.popularity
        return scores

    def again(self, products: pd.Series, weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return how much speaks for buying each of these again; weights: of the person's own purchases of it."""
        least = self.shared.min() if len(self.shared) else 1.0
        return np.asarray(weights * self.shared.reindex(products).fillna(least).to_numpy(np.float64), dtype=np.float64)

    def _again(self, purchases: pd.DataFrame, numbers: Places) -> Ranked:
        able = purchases["product_id"].notna().to_numpy() & ~purchases["is_blocked"].to_numpy(dtype=bool)
        person, product = numbers[able], purchases["product_id"].to_numpy(dtype=object)[able]
        weight = self.again(purchases["product_id"][able], purchases["weight"].to_numpy(np.float64)[able])
        order = np.lexsort((product.astype(str), -weight, person))
        return _first(person[order], product[order], weight[order], self.declared.per_shelf)

    def _new(self, purchases: pd.DataFrame, numbers: Places, people: int) -> Ranked:
        places = self.products.get_indexer(pd.Index(purchases["product_id"]))
        scores = self.scores(numbers, places, people)
        known = places >= 0
        scores[numbers[known], places[known]] = -np.inf
        scores[:, ~self.on_offer] = -np.inf
        best = best_places(scores, self.declared.per_shelf)
        person, product = np.repeat(np.arange(people), best.shape[1]), best.ravel()
        weight = scores[person, product].astype(np.float64)
        kept = weight > 0
        person, product, weight = person[kept], product[kept], weight[kept]
        order = np.lexsort((product, -weight, person))
        names = self.products.to_numpy(dtype=object)[product[order]]
        return _first(person[order], names, weight[order], self.declared.per_shelf)


_TYPES: dict[str, Any] = {"profile_id": "str", "shelf": "str", "place": "Int64", "product_id": "str", "weight": "float64", "reason": object}


def train(declared: Recommendations, purchases: pd.DataFrame, on_offer: pd.Index, as_of: pd.Timestamp) -> Shelves:
    """Learn what goes with what from purchases of whole people: profile_id, product_id, weight, first_bought_at, last_bought_at.

    on_offer: ids of the products that may be recommended. With fewer people than `least_customers` what is new is what is popular.
    """
    rows = purchases[["profile_id", "product_id", "weight", "first_bought_at", "last_bought_at"]].sort_values(["profile_id", "product_id"])
    people = rows["profile_id"].nunique()
    buyers = rows.groupby("product_id").size().sort_values(ascending=False, kind="stable")
    products = pd.Index(sorted(buyers.index[:MOST_PRODUCTS]))
    places, numbers = products.get_indexer(pd.Index(rows["product_id"])), pd.factorize(rows["profile_id"])[0]
    known = places >= 0
    lately = known & (rows["last_bought_at"] >= as_of - pd.Timedelta(days=POPULAR_DAYS)).to_numpy()
    popularity = np.bincount(places[lately], minlength=len(products)) / max(people, 1)
    shared = rows.groupby("product_id")["weight"].sum() ** SHARED
    goes_with = None
    if people >= declared.least_customers:
        bought = sparse.csr_matrix((np.ones(int(known.sum())), (numbers[known], places[known])), shape=(people, len(products)))
        goes_with = ease.weights(bought)
    since = rows["first_bought_at"].min().to_pydatetime() if len(rows) else None
    data = pd.DataFrame({"profile_id": rows["profile_id"].astype("str"), "product_id": rows["product_id"].astype("str")})
    made = provenance(declared.name, None, data, since, as_of.to_pydatetime())
    figures = [made.data_version, people, ease.RIDGE, POPULAR_DAYS, SHARED] if people else None
    made = provenance(declared.name, figures, data, since, as_of.to_pydatetime())
    return Shelves(declared, products, goes_with, popularity.astype(np.float32), products.isin(on_offer), shared, made)


def _first(person: Places, product: npt.NDArray[Any], weight: npt.NDArray[np.float64], most: int) -> Ranked:
    """Return the first `most` rows of each person with their place from 1; rows come sorted by person, the best first."""
    starts = np.flatnonzero(np.r_[True, person[1:] != person[:-1]]) if len(person) else np.empty(0, dtype=np.intp)
    place = np.arange(len(person)) - np.repeat(starts, np.diff(np.r_[starts, len(person)])) + 1
    kept = place <= most
    return Ranked(person[kept], place[kept], product[kept], weight[kept])
