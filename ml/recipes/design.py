"""From features to the columns that are fitted on: all arithmetic that is the same for every shop, in one place.

Counts, days and amounts go in by their signed log1p, shares as they are; then what the buy-till-you-die models say.
"""

import numpy as np
import pandas as pd

from ml.recipes.buy_till_you_die import Beliefs, histories
from ml.recipes.task import Floats, Task

#: How often, how lately and in what rhythm somebody ordered is one thing: what buy-till-you-die says is made of all of
#: them, so that apart they would take from each other and speak for opposites.
GROUPS: tuple[str, ...] = ("rhythm", "money", "tenure", "web", "email", "service", "discount", "assortment")
GROUP_OF: dict[str, str] = {
    feature: group
    for group, features in {
        "rhythm": (
            "recency_days orders_count order_days_count orders_30d orders_90d orders_180d orders_365d "
            "mean_gap_days gap_ratio last_gap_days gap_sd_days btyd_answer btyd_alive btyd_rate"
        ),
        "money": "revenue_amount avg_order_amount revenue_90d_amount revenue_365d_amount last_order_amount units_per_order",
        "tenure": "tenure_days",
        "web": "sessions_7d sessions_30d views_30d carts_7d carts_30d days_since_session days_since_cart",
        "email": "emails_90d email_opens_90d email_clicks_90d days_since_email_click",
        "service": "tickets_180d complaints_180d days_since_ticket refund_share returned_share",
        "discount": "discount_share discount_orders_share",
        "assortment": "category_count product_count",
    }.items()
    for feature in features.split()
}
#: More of it never makes an order less likely (1), or more (-1), with all else the same.
DIRECTION: dict[str, int] = {
    "recency_days": -1, "orders_30d": 1, "orders_90d": 1, "btyd_answer": 1,
    "sessions_7d": 1, "sessions_30d": 1, "carts_7d": 1, "carts_30d": 1, "days_since_session": -1, "days_since_cart": -1,
    "email_clicks_90d": 1, "days_since_email_click": -1,
}  # fmt: skip
#: Moves with the origin for everybody alike, so that what it says would be learned from the differences between months.
LEFT_OUT = ("tenure_days",)
#: A regression gets the squares of these too, for what levels off; of counts and days they would run away outside what was seen.
CURVED = ("gap_ratio", "btyd_answer", "btyd_alive")
ANSWER = -3  # the place of btyd_answer
ODDS_LIMIT = 8.0


def names(task: Task) -> tuple[str, ...]:
    """Return the names of the columns of `matrix`."""
    return (*_used(task), "btyd_answer", "btyd_alive", "btyd_rate")


def _used(task: Task) -> list[str]:
    return [name for name in task.features if name not in LEFT_OUT]


def groups(columns: tuple[str, ...]) -> list[str]:
    """Return the group of each column. Raises ValueError for a feature that has none."""
    unknown = [name for name in columns if name not in GROUP_OF]
    if unknown:
        raise ValueError(f"features without a group of reasons: {', '.join(unknown)}; add them to ml/recipes/design.py")
    return [GROUP_OF[name] for name in columns]


def matrix(task: Task, beliefs: Beliefs, rows: pd.DataFrame) -> Floats:
    """Return rows x names(task) as float64; NaN where a feature is unknown."""
    used = _used(task)
    wide = np.empty((len(rows), len(used) + 3))
    for place, name in enumerate(used):
        wide[:, place] = _scaled(name, rows[name].to_numpy(dtype=np.float64))
    x, t_x, age = histories(rows)
    wide[:, ANSWER] = answer_scale(task, beliefs, rows)
    wide[:, -2] = np.clip(beliefs.dropout.alive_log_odds(x, t_x, age), -ODDS_LIMIT, ODDS_LIMIT)
    wide[:, -1] = np.log(beliefs.dropout.rate(x, age))
    return wide


def curved(task: Task) -> list[int]:
    """Return the places of the columns of `matrix` whose squares a regression gets."""
    return [place for place, name in enumerate(names(task)) if name in CURVED]


def answer_scale(task: Task, beliefs: Beliefs, rows: pd.DataFrame) -> Floats:
    """Return what buy-till-you-die answers, in log-odds for a purchase and as a logarithm of orders else (bounded).

    Spend is fitted in order values of the customer's own, so it is the orders here too.
    """
    limit = np.exp(-ODDS_LIMIT)
    if task.kind == "purchase":
        chance = np.clip(beliefs.answer(task, rows), limit, 1 - limit)
        return np.asarray(np.log(chance / (1 - chance)), dtype=np.float64)
    orders = beliefs.dropout.expected_orders(*histories(rows), task.horizon_days)
    return np.asarray(np.log(np.maximum(orders, limit)), dtype=np.float64)


def _scaled(name: str, values: Floats) -> Floats:
    if name.endswith("_share"):
        return values
    return np.asarray(np.copysign(np.log1p(np.abs(values)), values), dtype=np.float64)
