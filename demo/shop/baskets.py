"""What lies in a basket: lines of products, by the buyer's category and habit, with prices in cents."""

from dataclasses import dataclass

import numpy as np

from demo.shop.catalogue import CATEGORIES, PER_CATEGORY, PRODUCTS
from demo.shop.draws import Bools, Ints, noise, pick
from demo.shop.shelf import price_cents

_CATEGORY_WEIGHTS = [category.share for category in CATEGORIES]


@dataclass(frozen=True)
class Baskets:
    """Lines of many baskets: basket `b` holds the lines `first[b]` to `first[b + 1]`, money in cents."""

    first: Ints
    product: Ints
    quantity: Ints
    unit_cents: Ints
    discount_cents: Ints  # of the whole line

    def __len__(self) -> int:
        return len(self.first) - 1

    @property
    def owner(self) -> Ints:
        """The basket of each line."""
        owner: Ints = np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.first))
        return owner

    def per_basket(self, values: Ints) -> Ints:
        """The sum of a value of the lines, per basket."""
        total = np.concatenate([[0], np.cumsum(values)])
        sums: Ints = total[self.first[1:]] - total[self.first[:-1]]
        return sums

    @property
    def line_cents(self) -> Ints:
        """Quantity times price less the line's discount."""
        cents: Ints = self.quantity * self.unit_cents - self.discount_cents
        return cents

    def take(self, which: Ints) -> "Baskets":
        """The chosen baskets, in that order."""
        counts = np.diff(self.first)[which]
        first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        lines = np.repeat(self.first[which] - first[:-1], counts) + np.arange(first[-1])
        return Baskets(first, self.product[lines], self.quantity[lines], self.unit_cents[lines], self.discount_cents[lines])

    def priced(self, factor: Ints) -> "Baskets":
        """The same at prices that are so many times as high, basket by basket."""
        times = factor[self.owner]
        return Baskets(self.first, self.product, self.quantity, self.unit_cents * times, self.discount_cents * times)


def fill_baskets(key: Ints, buyer: Ints, category: Ints, at: Ints) -> Baskets:
    """A basket per key. `buyer` is a person's number: people have favourites; `at` decides the price."""
    counts = 1 + pick(key, "lines", [0.46, 0.30, 0.15, 0.09])
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    owner = np.repeat(np.arange(len(key)), counts)
    place = np.arange(first[-1]) - first[:-1][owner]
    line_key = key[owner] * 8 + place
    own = (place == 0) | (noise(line_key, "same category") < 0.5)
    group = np.where(own, category[owner], pick(line_key, "category", _CATEGORY_WEIGHTS))
    favourite = (noise(buyer[owner] * 16 + group, "favourite") * PER_CATEGORY).astype(np.int64)
    loyal: Bools = noise(line_key, "loyal") < 0.6
    product = group * PER_CATEGORY + np.where(loyal & (place == 0), favourite, (noise(line_key, "product") * PER_CATEGORY).astype(np.int64))
    quantity = 1 + pick(line_key, "quantity", [0.76, 0.17, 0.07])
    unit = price_cents(product, at[owner])
    off = np.where(noise(line_key, "line discount") < 0.04, unit * quantity // 10, 0)
    assert len(PRODUCTS) == len(CATEGORIES) * PER_CATEGORY
    return Baskets(first, product, quantity, unit, off)
