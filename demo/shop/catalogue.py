"""What the shop sells, how fast each category is used up, and its promotions."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from demo.shop.clock import DAY, START, micros
from demo.shop.draws import Floats, Ints

CURRENCY = "EUR"
EUR_IN_USD = 1.08


@dataclass(frozen=True)
class Category:
    """`gap_days`: the range in which a customer's own interval lies; `cents`: cheapest and dearest product."""

    name: str
    gap_days: tuple[int, int]
    cents: tuple[int, int]
    share: float
    things: tuple[str, ...]


CATEGORIES = (
    Category("Coffee", (21, 35), (690, 2490), 0.24, ("Espresso", "Filter roast", "Decaf", "Crema", "Cold brew", "Ristretto")),
    Category("Pet food", (26, 44), (1290, 5490), 0.18, ("Dry food", "Wet food", "Treats", "Litter", "Puppy food", "Bird seed")),
    Category("Cosmetics", (42, 75), (590, 4990), 0.20, ("Day cream", "Serum", "Shampoo", "Lip balm", "Sun lotion", "Soap")),
    Category("Vitamins", (28, 60), (790, 3290), 0.10, ("Vitamin D", "Zinc", "Omega 3", "Magnesium", "Iron", "Probiotic")),
    Category("Books", (35, 90), (890, 2990), 0.10, ("Novel", "Cookbook", "Travel guide", "Thriller", "Poetry", "Comic")),
    Category("Garden", (60, 120), (990, 8990), 0.06, ("Seeds", "Pruner", "Pot", "Hose", "Soil", "Gloves")),
    Category("Toys", (50, 130), (990, 5990), 0.06, ("Puzzle", "Blocks", "Board game", "Kite", "Plush bear", "Marbles")),
    Category("Electronics", (150, 290), (2990, 49900), 0.06, ("Headphones", "Kettle", "Lamp", "Speaker", "Grinder", "Charger")),
)  # fmt: skip
RARE = len(CATEGORIES) - 1
BRANDS = ("Nordlicht", "Vela", "Kernhaus", "Pomelo")
PER_CATEGORY = 12


@dataclass(frozen=True)
class Product:
    """One article; `cents` is its price of 2025."""

    product_id: str
    name: str
    category: str
    brand: str
    cents: int


def _products() -> tuple[Product, ...]:
    made = []
    for number, category in enumerate(CATEGORIES):
        low, high = category.cents
        for place in range(PER_CATEGORY):
            brand = BRANDS[(place + number) % len(BRANDS)]
            cents = low + (high - low) * place * place // (PER_CATEGORY - 1) ** 2
            size = "" if place < len(category.things) else " large"
            name = f"{brand} {category.things[place % len(category.things)]}{size}"
            made.append(Product(f"P{number + 1}{place:03d}", name, category.name, brand, cents // 10 * 10 + 9))
    return tuple(made)


PRODUCTS = _products()


@dataclass(frozen=True)
class Promotion:
    """A sale with its coupon, from `start` to `end` (microseconds), and what it takes off in percent."""

    name: str
    coupon: str
    start: int
    end: int
    percent: int


_YEARLY = (
    ("New Year sale", "NEWYEAR", (1, 2), (1, 12), 15),
    ("Spring sale", "SPRING", (3, 20), (3, 31), 10),
    ("Summer sale", "SUMMER", (6, 22), (7, 6), 12),
    ("Back to routine", "ROUTINE", (9, 5), (9, 13), 10),
    ("Black week", "BLACK", (11, 22), (12, 1), 20),
    ("Christmas", "XMAS", (12, 6), (12, 20), 8),
)
PROMOTIONS = tuple(
    Promotion(
        name,
        f"{coupon}{year % 100}",
        micros(datetime(year, *first, tzinfo=UTC)),
        micros(datetime(year, *last, 23, 59, tzinfo=UTC)),
        percent,
    )
    for year in (2025, 2026, 2027)
    for name, coupon, first, last, percent in _YEARLY
)


def running_promotion(at: Ints) -> Ints:
    """The index of the promotion that runs at each time, or -1."""
    found = np.full(at.shape, -1, dtype=np.int64)
    for number, promotion in enumerate(PROMOTIONS):
        found[(at >= promotion.start) & (at <= promotion.end)] = number
    return found


def day_of_month(at: Ints) -> Ints:
    """1 to 31 for each time."""
    days = at.astype("datetime64[us]").astype("datetime64[D]")
    first = days.astype("datetime64[M]").astype("datetime64[D]")
    number: Ints = ((days - first).astype(np.int64) + 1).astype(np.int64)
    return number


def month(at: Ints) -> Ints:
    """1 to 12 for each time."""
    return (at.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64) % 12 + 1).astype(np.int64)


def day_weights(days: int) -> Floats:
    """How many newcomers each day since the start brings, relative to others: growth, seasons, paydays, promotions."""
    at = START + np.arange(days, dtype=np.int64) * DAY
    season = np.array([1.0, 0.9, 1.0, 1.0, 1.0, 0.95, 0.85, 0.85, 1.0, 1.05, 1.5, 1.4])[month(at) - 1]
    payday = np.where((day_of_month(at) >= 27) | (day_of_month(at) <= 3), 1.2, 1.0)
    sale = np.where(running_promotion(at + DAY // 2) >= 0, 1.25, 1.0)
    growth = 1 + np.arange(days) / 1500
    weights: Floats = season * payday * sale * growth
    return weights
