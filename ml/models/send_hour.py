"""The hour of their own day at which a person is most likely to do something."""

from ml.taste.declaration import SendHour

send_hour = SendHour(name="send_hour", least_activities=3, least_shop_activities=500)
