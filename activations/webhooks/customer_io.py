"""Customer.io's reporting webhooks: one JSON object (docs.customer.io/integrations/api/webhooks).

What a campaign of ours sends was started by an event of ours: `trigger_event_id` is the id under which the ledger has it. A bounce is
for good: what is tried again is `attempted` or `deferred`. Opens that a mail program fetched ahead are marked. Pushes, messages in
apps and changes of people are not read; that somebody unsubscribed is.
"""

from collections.abc import Iterator, Mapping

from activations.webhooks.event import Channel, Event, Post, Status
from activations.webhooks.fields import Fields
from activations.webhooks.reader import Reader, one_object

_METRICS: Mapping[str, Status | None] = {
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
_OBJECTS: Mapping[str, Channel | None] = {
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
    channel = body.word("object_type", _OBJECTS)
    status = body.word("metric", _METRICS) if channel else None
    if channel is None or status is None:
        return
    data = body.inner("data")
    known = data.maybe_inner("identifiers")
    if channel == "email":
        address = data.email("recipient") or data.email("email_address") or known.email("email")
    else:
        address = data.number("recipient")
    yield Event(
        event_id=body.needed_key("event_id"),
        channel=channel,
        status=status,
        occurred_at=body.seconds("timestamp"),
        provider_ref=data.key("trigger_event_id") or data.key("delivery_id"),
        address=address,
        is_machine=data.flag("prefetched"),
        reason=data.reason("failure_message"),
        link=data.link("href"),
    )


CUSTOMER_IO = Reader("customer_io", one_object, _read)
