"""What kind of customer somebody is, by recency, orders, order value and tenure."""

from ml.taste.declaration import Kinds

personas = Kinds(name="personas", least_customers=500)
