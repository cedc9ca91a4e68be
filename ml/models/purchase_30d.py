"""Purchase within 30 days: P(an order in that time)."""

from ml.declaration import Declaration
from ml.features import CUSTOMER_FEATURES

purchase_30d = Declaration(name="purchase_30d", kind="purchase", features=CUSTOMER_FEATURES, horizon_days=30)
