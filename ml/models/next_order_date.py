"""The date of the next order, with an 80 % interval, given that it comes within a year."""

from ml.taste.declaration import NextOrderDate

next_order_date = NextOrderDate(name="next_order_date", least_gaps=1, within_days=365, earliest=0.1, expected=0.5, latest=0.9)
