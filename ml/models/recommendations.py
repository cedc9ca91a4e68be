"""What to show a customer: what they buy again, and what is new for them."""

from ml.taste.declaration import Recommendations

recommendations = Recommendations(name="recommendations", per_shelf=20, least_customers=50)
