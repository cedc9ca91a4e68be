"""Purchase within 30 days: P(an order within the next 30 days)."""

from ml.declaration import Declaration, Eligibility
from ml.features import CUSTOMER_FEATURES

purchase_30d = Declaration(
    name="purchase_30d",
    label="did_order_30d",
    features=CUSTOMER_FEATURES,
    horizon_days=30,
    is_complement=False,
    eligibility=Eligibility(),
)
