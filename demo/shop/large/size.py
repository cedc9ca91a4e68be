"""How large a shop is, and where a made one keeps that."""

import json
from dataclasses import asdict, dataclass
from math import isqrt
from pathlib import Path

_FILE = "large.json"


@dataclass(frozen=True)
class Size:
    """customers: accounts of the shop; buyers without one, readers of the newsletter and doubles come on top. events: within some
    thousandths, over the last `days`; orders: of three years."""

    customers: int
    orders: int
    events: int
    days: int = 120
    seed: int = 7

    @property
    def products(self) -> int:
        """A large shop has more articles."""
        return 8 * max(isqrt(self.customers), 12)


SIZES = {
    "S": Size(100_000, 500_000, 1_000_000),
    "M": Size(1_000_000, 5_000_000, 10_000_000),
    "L": Size(10_000_000, 20_000_000, 100_000_000),
}


def write_size(folder: Path, size: Size) -> None:
    """Kept with the shop, so that its next day fits."""
    (folder / _FILE).write_text(json.dumps(asdict(size)) + "\n")


def read_size(folder: Path) -> Size:
    """The size of the shop in a folder. FileNotFoundError where there is none."""
    try:
        return Size(**json.loads((folder / _FILE).read_text()))
    except FileNotFoundError:
        raise FileNotFoundError(f"{folder} holds no large shop: python -m demo.shop.large {folder} --size S") from None
