"""A made-up shop's orders and a plain pandas point-in-time snapshot, for the tests of the estimates.

People here buy by rhythm with jitter, once and never again, or in December: nothing comes from a Poisson, gamma or
geometric process, which is what textbook models of repeat buying assume.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ml.declaration import Declaration
from ml.eligibility import Shop
from ml.features import CUSTOMER_FEATURES
from ml.registry import Registry
from ml.scoring import score
from ml.served import Served
from ml.training import Training

START = pd.Timestamp("2024-01-01")
NOW = pd.Timestamp("2025-07-01")
ORIGINS = tuple(pd.date_range("2024-07-06", "2025-06-30", freq="30D"))


def orders(customers: int = 1500, seed: int = 3) -> pd.DataFrame:
    """Return profile_id, ordered_at and amount of 18 months."""
    random = np.random.default_rng(seed)
    rows = []
    for number in range(customers):
        first, kind = random.integers(0, 480), number % 10
        if kind < 4:  # a rhythm of one's own, kept until one leaves
            gap, leaves = random.integers(18, 75), random.integers(first, 900)
            days = [first]
            while days[-1] < min(leaves, 547):
                days.append(int(days[-1] + max(1, gap * random.uniform(0.8, 1.2))))
        elif kind < 9:
            days = [int(first)]
        else:
            days = [int(first), *(335 + random.integers(0, 25, size=random.integers(1, 3)))]
        amount = random.uniform(10, 90)
        rows += [(f"p{number:05d}", START + pd.Timedelta(days=int(day)), amount * random.uniform(0.7, 1.3)) for day in days]
    frame = pd.DataFrame(rows, columns=["profile_id", "ordered_at", "amount"])
    return frame[frame["ordered_at"] < NOW]


def snapshot(orders: pd.DataFrame, as_of: pd.Timestamp, horizon_days: int = 60) -> pd.DataFrame:
    """Return features from orders before `as_of` (web, e-mail and service unknown), and labels from those at or after it."""
    past = orders[orders["ordered_at"] < as_of].sort_values(["profile_id", "ordered_at"])
    age = (as_of - past["ordered_at"]).dt.days
    past = past.assign(age=age, gap=past.groupby("profile_id")["ordered_at"].diff().dt.days)
    past = past.assign(**{f"last_{days}": age < days for days in (30, 90, 180, 365)})
    by = past.groupby("profile_id")
    frame = pd.DataFrame(
        {
            "as_of": as_of,
            "horizon_days": horizon_days,
            "recency_days": by["age"].min(),
            "tenure_days": by["age"].max(),
            "orders_count": by.size(),
            "order_days_count": by["ordered_at"].nunique(),
            **{f"orders_{days}d": by[f"last_{days}"].sum() for days in (30, 90, 180, 365)},
            "last_gap_days": by["gap"].last(),
            "gap_sd_days": by["gap"].std(),
            "revenue_amount": by["amount"].sum(),
            "last_order_amount": by["amount"].last(),
            "units_per_order": 1,
            "discount_share": 0,
        }
    )
    frame["avg_order_amount"] = frame["revenue_amount"] / frame["orders_count"]
    gaps = (frame["orders_count"] - 1).where(lambda count: count > 0)
    frame["mean_gap_days"] = (frame["tenure_days"] - frame["recency_days"]) / gaps
    frame["gap_ratio"] = frame["recency_days"] / frame["mean_gap_days"].where(lambda days: days > 0)
    due = orders[(orders["ordered_at"] >= as_of) & (orders["ordered_at"] < NOW)]
    frame["next_order_at"] = due.groupby("profile_id")["ordered_at"].min().reindex(frame.index)
    soon = due[due["ordered_at"] < as_of + pd.Timedelta(days=90)].groupby("profile_id")["amount"]
    frame["next_90d_orders_count"] = soon.size().reindex(frame.index).fillna(0)
    frame["next_90d_revenue_amount"] = soon.sum().reindex(frame.index).fillna(0)
    labels = ["next_order_at", "next_90d_orders_count", "next_90d_revenue_amount"]
    return frame.reindex(columns=["as_of", "horizon_days", *CUSTOMER_FEATURES, *labels]).reset_index()


def training_frame(orders: pd.DataFrame, origins: tuple[pd.Timestamp, ...] = ORIGINS) -> pd.DataFrame:
    """Return the snapshots of all origins, as features.training_snapshots holds them."""
    return pd.concat([snapshot(orders, origin) for origin in origins], ignore_index=True)


def feature_frame(orders: pd.DataFrame, now: pd.Timestamp = NOW) -> pd.DataFrame:
    """Return today's features, as features.customer_features holds them: without labels."""
    return snapshot(orders, now).drop(columns=["next_order_at", "next_90d_orders_count", "next_90d_revenue_amount"])


def shop_of(features: pd.DataFrame) -> Shop:
    """Return what decides over eligibility."""
    known = [float(features["tenure_days"].max()), float(features["recency_days"].min())]
    return Shop(len(features), *known, int(features["horizon_days"].max()) if len(features) else None)


def training(
    declared: Declaration, snapshots: pd.DataFrame, features: pd.DataFrame, models: Path, now: pd.Timestamp = NOW, shop: Shop | None = None
) -> Training:
    """Return the training of one declaration on frames, with a registry in a folder."""
    origins = [pd.Timestamp(moment) for moment in snapshots["as_of"].unique()]

    def read(moments: Sequence[pd.Timestamp]) -> pd.DataFrame:
        return snapshots[snapshots["as_of"].isin(moments)]

    return Training(declared, shop or shop_of(features), origins, read, now, Registry(models, declared.name))


def scored(declared: Declaration, served: Served, features: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of one batch of everybody, as a frame."""
    return score(declared, served, pa.RecordBatch.from_pandas(features, preserve_index=False)).to_pandas()
