"""Churn: 1 - P(an order within the horizon), the horizon being the shop's own, as given in the row (`horizon_days`)."""

from ml.declaration import Declaration, Eligibility
from ml.features import CUSTOMER_FEATURES

churn = Declaration(
    name="churn",
    label="did_order_in_horizon",
    features=CUSTOMER_FEATURES,
    horizon_days=None,
    is_complement=True,
    eligibility=Eligibility(),
)
