"""Purchase propensity: P(an order within the next 30 days)."""

from ml.declaration import Declaration, Eligibility
from ml.features import CUSTOMER_FEATURES

purchase_propensity = Declaration(
    name="purchase_propensity",
    label="did_order_30d",
    features=CUSTOMER_FEATURES,
    horizon_days=30,
    is_complement=False,
    eligibility=Eligibility(),
)
