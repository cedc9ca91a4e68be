"""A pretend shop with its CRM and its GA4 export: made from a seed, moved on day by day."""

from datetime import datetime
from pathlib import Path

from demo.shop.build import create
from demo.shop.clock import read_clock
from demo.shop.tomorrow import advance

__all__ = ["advance", "create", "today"]


def today(folder: Path) -> datetime:
    """The world's present (aware UTC). FileNotFoundError when there is no finished world in `folder`."""
    return read_clock(folder).as_of
