"""How good the shelves would have been: mean average precision at 10 beside the plain rankings that they must beat."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.taste.declaration import Recommendations
from ml.taste.ranking import average_precisions
from ml.taste.shelves import train

#: So many people are enough for a mean; so many at once.
JUDGED, AT_ONCE = 1_000, 100


def backtest(declared: Recommendations, before: pd.DataFrame, later: pd.DataFrame, as_of: pd.Timestamp) -> dict[str, float | int]:
    """Rank by what was known at `as_of`, judge by what people bought from then on; {} where nobody bought anything again.

    before: purchases as known at as_of: profile_id, product_id, purchases_count, weight, is_just_bought, first_bought_at, last_bought_at.
    later: profile_id and product_id of what was bought since. Everything counts as on offer. `repeat`: products that the person had
    bought, but for those just bought, against the count of purchases. `new`: products that the person had not bought, against the
    share of people who bought them in 28 days.
    """
    products = pd.Index(before["product_id"].unique())
    model = train(declared, before, products, as_of)
    later = later[later["product_id"].isin(products) & later["profile_id"].isin(before["profile_id"].unique())]
    people = pd.Index(sorted(later["profile_id"].unique()))
    people = people[np.sort(np.random.default_rng(0).permutation(len(people))[:JUDGED])]
    found: dict[str, list[npt.NDArray[np.float64]]] = {name: [] for name in ("repeat", "frequency", "new", "popular")}
    for start in range(0, len(people), AT_ONCE):
        here = people[start : start + AT_ONCE]
        past, wants = before[before["profile_id"].isin(here)], later[later["profile_id"].isin(here)]
        row, column = here.get_indexer(pd.Index(past["profile_id"])), products.get_indexer(pd.Index(past["product_id"]))
        shape = (len(here), len(products))
        bought, wanted, weight, count = np.zeros(shape, bool), np.zeros(shape, bool), np.full(shape, -1.0), np.full(shape, -1.0)
        wanted[here.get_indexer(pd.Index(wants["profile_id"])), products.get_indexer(pd.Index(wants["product_id"]))] = True
        bought[row, column], count[row, column] = True, past["purchases_count"]
        weight[row, column] = model.again(past["product_id"], past["weight"].to_numpy(np.float64))
        due = bought.copy()
        due[row, column] = ~past["is_just_bought"].to_numpy(bool)
        found["repeat"].append(average_precisions(weight, wanted, due))
        found["frequency"].append(average_precisions(count, wanted, due))
        places = products.get_indexer(model.products)
        fits, popular = np.full(shape, -np.inf), np.full(shape, -np.inf)
        fits[:, places] = model.scores(row.astype(np.intp), model.products.get_indexer(pd.Index(past["product_id"])), len(here))
        popular[:, places] = model.popularity
        found["new"].append(average_precisions(fits, wanted, ~bought))
        found["popular"].append(average_precisions(popular, wanted, ~bought))
    means = {name: float(np.concatenate(parts).mean()) for name, parts in found.items() if parts and sum(map(len, parts))}
    figures: dict[str, float | int] = {f"{name}_map_10": value for name, value in means.items()}
    for name, plain in (("repeat", "frequency"), ("new", "popular")):
        if means.get(name) is not None and means.get(plain):
            figures[f"{name}_over_{plain}"] = means[name] / means[plain]
    return figures
