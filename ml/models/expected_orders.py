"""Expected orders: how many come within 90 days, and within a year."""

from ml.declaration import Declaration
from ml.features import CUSTOMER_FEATURES

expected_orders = Declaration(name="expected_orders", kind="orders", features=CUSTOMER_FEATURES, horizon_days=90)
