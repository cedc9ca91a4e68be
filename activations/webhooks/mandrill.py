"""Mailchimp Transactional's (Mandrill's) webhooks: a form whose field `mandrill_events` is a JSON array
(mailchimp.com/developer/transactional/docs/webhooks).

Our id is `message_key` of the message's metadata; `_id` is the message's, as the answer to the request had it. A soft bounce is final.
Changes of the denylist (`type`, not `event`) are read with the list itself, before each send; mail that comes in is not read.
"""

from collections.abc import Iterator, Mapping

from activations.webhooks.event import BodyError, Event, Post, Status, hashed_id
from activations.webhooks.fields import Fields
from activations.webhooks.reader import Reader, document_of, form_of

_STATUSES: Mapping[str, Status | None] = {
    "send": "sent",
    "delivered": "delivered",
    "deferral": "deferred",
    "hard_bounce": "bounced",
    "soft_bounce": "failed",
    "reject": "rejected",
    "open": "opened",
    "click": "clicked",
    "spam": "complained",
    "unsub": "unsubscribed",
    "inbound": None,
}


def _records(post: Post) -> list[object]:
    field = form_of(post).get("mandrill_events")
    if not isinstance(field, str):
        raise BodyError("the form has no field mandrill_events")
    records = document_of(field)
    if not isinstance(records, list):
        raise BodyError("mandrill_events is no JSON array")
    return records


def _read(event: Fields, _: Post) -> Iterator[Event]:
    if event.has("type") and not event.has("event"):
        event.word("type", {"blacklist": None, "whitelist": None, "denylist": None, "allowlist": None})
        return
    status = event.word("event", _STATUSES)
    if status is None:
        return
    message, at, link = event.maybe_inner("msg"), event.seconds("ts"), event.link("url")
    ref = event.key("_id") or message.key("_id")
    yield Event(
        event_id=hashed_id("mandrill", status, at, ref, link),
        channel="email",
        status=status,
        occurred_at=at,
        message_id=message.maybe_inner("metadata").key("message_key"),
        provider_ref=ref,
        address=message.email("email"),
        reason=message.reason("bounce_description", "diag") or message.maybe_inner("reject").reason("reason"),
        link=link,
    )


MANDRILL = Reader("mailchimp_transactional", _records, _read)
