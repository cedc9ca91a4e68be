"""A made-up shop's orders and a plain pandas point-in-time snapshot, for the tests of the estimates.

People here buy by rhythm with jitter, once and never again, or in December: nothing comes from a Poisson, gamma or
geometric process, which is what textbook models of repeat buying assume.
"""

from datetime import UTC, datetime

import numpy as np
import pandas as pd

from ml.features import CUSTOMER_FEATURES

START = pd.Timestamp("2024-01-01")
AS_OF = datetime(2025, 7, 1, tzinfo=UTC)
NOW = pd.Timestamp("2025-07-01")
ORIGINS = tuple(pd.date_range("2024-09-01", "2025-03-01", freq="MS"))


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


def snapshot(orders: pd.DataFrame, as_of: pd.Timestamp, horizon_days: int) -> pd.DataFrame:
    """Return features from orders before `as_of` (web columns unknown), and labels from those at or after it."""
    past = orders[orders["ordered_at"] < as_of].sort_values("ordered_at")
    age = (as_of - past["ordered_at"]).dt.days
    past = past.assign(age=age, last_90=age < 90, last_365=age < 365)
    by = past.groupby("profile_id")
    frame = pd.DataFrame(
        {
            "as_of": as_of,
            "horizon_days": horizon_days,
            "recency_days": by["age"].min(),
            "tenure_days": by["age"].max(),
            "orders_count": by.size(),
            "orders_90d": by["last_90"].sum(),
            "orders_365d": by["last_365"].sum(),
            "revenue_amount": by["amount"].sum(),
        }
    )
    frame["avg_order_amount"] = frame["revenue_amount"] / frame["orders_count"]
    gaps = (frame["orders_count"] - 1).where(lambda count: count > 0)
    frame["mean_gap_days"] = (frame["tenure_days"] - frame["recency_days"]) / gaps
    frame["gap_ratio"] = frame["recency_days"] / frame["mean_gap_days"].where(lambda days: days > 0)
    for name, days in (("did_order_30d", 30), ("did_order_in_horizon", horizon_days)):
        due = orders[(orders["ordered_at"] >= as_of) & (orders["ordered_at"] < as_of + pd.Timedelta(days=days))]
        frame[name] = frame.index.isin(due["profile_id"])
    frame = frame.reindex(columns=["as_of", "horizon_days", *CUSTOMER_FEATURES, "did_order_30d", "did_order_in_horizon"])
    return frame.reset_index()


def training_frame(orders: pd.DataFrame, horizon_days: int = 60, origins: tuple[pd.Timestamp, ...] = ORIGINS) -> pd.DataFrame:
    """Return the snapshots of all origins, as features.training_snapshots holds them."""
    return pd.concat([snapshot(orders, origin, horizon_days) for origin in origins], ignore_index=True)


def feature_frame(orders: pd.DataFrame, now: pd.Timestamp = NOW, horizon_days: int = 60) -> pd.DataFrame:
    """Return today's features, as features.customer_features holds them: without labels."""
    return snapshot(orders, now, horizon_days).drop(columns=["did_order_30d", "did_order_in_horizon"])
