"""Mailtrap's webhooks: a JSON object with a list `events` (docs.mailtrap.io/email-api-smtp/advanced/webhooks).

Our id is the custom variable `message_key`. A soft bounce is tried again; a suspension and a rejection come before anything is sent.
"""

from collections.abc import Iterator, Mapping

from activations.webhooks.event import Event, Post, Status
from activations.webhooks.fields import Fields
from activations.webhooks.reader import Reader, under

_STATUSES: Mapping[str, Status] = {
    "delivery": "delivered",
    "open": "opened",
    "click": "clicked",
    "bounce": "bounced",
    "soft bounce": "deferred",
    "spam": "complained",
    "unsubscribe": "unsubscribed",
    "suspension": "rejected",
    "reject": "rejected",
}


def _read(event: Fields, _: Post) -> Iterator[Event]:
    status = event.word("event", _STATUSES)
    yield Event(
        event_id=f"{event.needed_key('event_id')}:{status}",
        channel="email",
        status=status,
        occurred_at=event.seconds("timestamp"),
        message_id=event.maybe_inner("custom_variables").key("message_key"),
        provider_ref=event.key("message_id"),
        address=event.email("email"),
        reason=event.reason("bounce_category", "response", "reason"),
        link=event.link("url"),
    )


MAILTRAP = Reader("mailtrap", under("events"), _read)
