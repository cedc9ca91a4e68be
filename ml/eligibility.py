"""Whether a shop has enough to be scored, and enough to learn from, in plain words if not."""

from dataclasses import dataclass

import numpy as np

from ml.declaration import Eligibility


@dataclass(frozen=True)
class Shop:
    """What decides over eligibility, of features.customer_features: people with an order, days since the first and the latest order of
    anybody (NaN where there is none), and the shop's own horizon."""

    buyers: int
    history_days: float
    latest_order_days: float
    horizon_days: int | None


def objections(rule: Eligibility, shop: Shop) -> list[str]:
    """Every reason against scoring anybody; empty means that scores may be given."""
    found = []
    if shop.buyers < rule.min_buyers:
        found.append(f"{shop.buyers} buyers, at least {rule.min_buyers} are needed")
    if not shop.history_days >= rule.min_history_days:  # written so that an unknown history objects too
        known = "an unknown number of" if np.isnan(shop.history_days) else f"{shop.history_days:.0f}"
        found.append(f"{known} days of history, at least {rule.min_history_days} are needed")
    if not shop.latest_order_days <= rule.recent_order_days:
        is_unknown = np.isnan(shop.latest_order_days)
        known = "the last order is at an unknown date" if is_unknown else f"the last order is {shop.latest_order_days:.0f} days old"
        found.append(f"{known}, one within {rule.recent_order_days} days is needed")
    return found


def doubts(rule: Eligibility, shop: Shop, rows: int, positives: int) -> list[str]:
    """Every reason against learning, where the fallback is the better choice; `rows` of closed origins, `positives` with an order."""
    if not rows:
        return ["no training snapshot is closed yet: its horizon has not passed"]
    found = []
    if shop.buyers < rule.min_learning_buyers:
        found.append(f"{shop.buyers} buyers, learning pays from {rule.min_learning_buyers} on")
    if positives < rule.min_positives:
        found.append(f"{positives} training rows with an order, learning pays from {rule.min_positives} on")
    if positives == rows:
        found.append("every training row has an order, so there is nothing to tell apart")
    return found
