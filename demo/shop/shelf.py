"""What an article costs and how many there are: dearer with the year, on offer now and then, counted every fifth day, sold out at times."""

from datetime import UTC, datetime

import numpy as np

from demo.shop.catalogue import PRODUCTS
from demo.shop.clock import DAY, HOUR, TODAY, micros
from demo.shop.draws import Ints

_CENTS = np.array([product.cents for product in PRODUCTS], dtype=np.int64)
_RAISE = micros(datetime(2026, 1, 2, tzinfo=UTC))


def count_number(product: Ints, at: Ints | int) -> Ints:
    """Which of its counts is an article's last at a time: each is counted at six on every fifth day."""
    number: Ints = ((np.asarray(at) - 6 * HOUR) // DAY + product) // 5
    return number


def counted_at(product: Ints, number: Ints) -> Ints:
    """When an article was counted for the time of that number (microseconds)."""
    at: Ints = (number * 5 - product) * DAY + 6 * HOUR
    return at


def price_cents(product: Ints, at: Ints | int) -> Ints:
    """The price at a time: everything became 4 % dearer with the year 2026; from the fixed day on each article is on offer from one
    count to the next, a fifth off, now and then."""
    cents = _CENTS[product]
    dearer = np.where(np.asarray(at) >= _RAISE, (cents * 104 + 50) // 100, cents)
    is_on_offer = (np.asarray(at) > TODAY) & ((product * 4 + count_number(product, at)) % 16 == 3)
    price: Ints = np.where(is_on_offer, (dearer * 80 + 50) // 100, dearer)
    return price


def pieces_in_stock(product: Ints, at: Ints) -> Ints:
    """What an article's last count found; once in 24 counts it is sold out."""
    number = count_number(product, at)
    pieces: Ints = np.where((product * 2 + number) % 24 == 0, 0, (product * 37 + (counted_at(product, number) // DAY) * 13) % 240)
    return pieces
