"""Whether a shop has enough to be scored, in plain words if not."""

import pandas as pd

from ml.declaration import Eligibility


def objections(rule: Eligibility, buyers: pd.DataFrame, snapshots: pd.DataFrame) -> list[str]:
    """Return every reason against serving the model; empty means that it may serve.

    `buyers` are the customers of today with at least one order, `snapshots` the closed training rows with `outcome`.
    """
    found = []
    if len(buyers) < rule.min_buyers:
        found.append(f"{len(buyers)} buyers, at least {rule.min_buyers} are needed")
    history = buyers["tenure_days"].max()
    if not history >= rule.min_history_days:  # written so that an unknown history objects too
        known = "an unknown number of" if pd.isna(history) else f"{history:.0f}"
        found.append(f"{known} days of history, at least {rule.min_history_days} are needed")
    latest = buyers["recency_days"].min()
    if not latest <= rule.recent_order_days:
        known = "the last order is at an unknown date" if pd.isna(latest) else f"the last order is {latest:.0f} days old"
        found.append(f"{known}, one within {rule.recent_order_days} days is needed")
    if snapshots.empty:
        found.append("no training snapshot is closed yet: its horizon has not passed")
        return found
    positives = int(snapshots["outcome"].sum())
    if positives < rule.min_positives:
        found.append(f"{positives} training rows with an order, at least {rule.min_positives} are needed")
    if positives == len(snapshots):
        found.append("every training row has an order, so there is nothing to tell apart")
    return found
