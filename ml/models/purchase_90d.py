"""Purchase within 90 days: P(an order in that time)."""

from ml.declaration import Declaration
from ml.features import CUSTOMER_FEATURES

purchase_90d = Declaration(name="purchase_90d", kind="purchase", features=CUSTOMER_FEATURES, horizon_days=90)
