"""A shop of any size, as folders of Parquet files: set-based SQL in DuckDB, in bounded memory, the same for the same seed.

A number's hash decides everything about the person, order or visit that has it, so any stretch of them is made without the others.
The small shop (demo.shop.create) is alive and answers to what it is sent; this one is a past, and one day more.
"""

from demo.shop.large.make import make, pass_a_day
from demo.shop.large.size import SIZES, Size

__all__ = ["SIZES", "Size", "make", "pass_a_day"]
