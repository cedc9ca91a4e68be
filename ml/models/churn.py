"""Churn: 1 - P(an order within the horizon), the horizon being the shop's own (features.horizons)."""

from ml.declaration import Declaration
from ml.features import CUSTOMER_FEATURES

churn = Declaration(name="churn", kind="purchase", features=CUSTOMER_FEATURES, horizon_days=None, is_complement=True)
