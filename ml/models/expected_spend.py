"""Expected spend: what a customer's orders come to within 90 days, and within a year: the value that is left in a customer (LTV)."""

from ml.declaration import Declaration
from ml.features import CUSTOMER_FEATURES

expected_spend = Declaration(name="expected_spend", kind="spend", features=CUSTOMER_FEATURES, horizon_days=90)
