"""Customer.io's reporting webhooks: one JSON object (docs.customer.io/integrations/api/webhooks).

What a campaign of ours sends was started by an event of ours: `trigger_event_id` is the id under which the ledger has it. A bounce is
for good: what is tried again is `attempted` or `deferred`. Opens that a mail program fetched ahead are marked. Pushes, messages in
apps and changes of people are not read; that somebody unsubscribed is.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from activations.webhooks.event import Channel, Event, Post, Status, hashed_id
from activations.webhooks.fields import Fields
from activations.webhooks.reader import Reader, one_object

METRICS: Mapping[str, Status | None] = {
    "drafted": None,
    "attempted": "deferred",
    "deferred": "deferred",
    "sent": "sent",
    "delivered": "delivered",
    "opened": "opened",
    "human_opened": "opened",
    "clicked": "clicked",
    "human_clicked": "clicked",
    "converted": None,
    "bounced": "bounced",
    "dropped": "rejected",
    "suppressed": "rejected",
    "undeliverable": "rejected",
    "failed": "failed",
    "spammed": "complained",
    "unsubscribed": "unsubscribed",
    "subscribed": None,
    "topic_unsubscribed": None,
    "topic_subscribed": None,
    "subscription_preferences_changed": None,
    "cio_subscription_preferences_changed": None,
}
OBJECTS: Mapping[str, Channel | None] = {
    "email": "email",
    "customer": "email",
    "sms": "sms",
    "twilio": "sms",
    "push": None,
    "in_app": None,
    "inbox": None,
    "webhook": None,
    "slack": None,
    "whatsapp": None,
    "line": None,
}


def _read(body: Fields, _: Post) -> Iterator[Event]:
    channel = body.word("object_type", OBJECTS)
    status = body.word("metric", METRICS) if channel else None
    if channel is None or status is None:
        return
    data = body.inner("data")
    known = data.maybe_inner("identifiers")
    if channel == "email":
        address = data.email("recipient") or data.email("email_address") or known.email("email")
    else:
        address = data.number("recipient")
    delivery, at = data.key("delivery_id"), body.seconds("timestamp")
    yield Event(
        event_id=event_id(delivery, status, at) if delivery else body.needed_key("event_id"),
        channel=channel,
        status=status,
        occurred_at=at,
        provider_ref=data.key("trigger_event_id") or delivery,
        address=address,
        is_machine=data.flag("prefetched"),
        reason=data.reason("failure_message"),
        link=data.link("href"),
    )


def event_id(delivery: str, status: Status, at: datetime) -> str:
    """The same by webhook and when asked; the report's own id is known to the webhook alone."""
    return hashed_id("customer_io", delivery, status, int(at.timestamp()))


CUSTOMER_IO = Reader("customer_io", one_object, _read)
