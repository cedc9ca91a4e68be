"""Mailjet's events: a JSON array where events are grouped, else one object (dev.mailjet.com/email/guides/webhooks).

Our id is `message_key` in the JSON text of `Payload`, or `CustomID`. `sent` says that the receiving server took it. A bounce with
`hard_bounce` is for good; a greylisted one is tried again; `blocked` was never sent. No event has an id of its own.
"""

from collections.abc import Iterator, Mapping

from activations.webhooks.event import Event, Post, Status, hashed_id
from activations.webhooks.fields import Fields
from activations.webhooks.message_ids import ours
from activations.webhooks.reader import Reader, one_or_many

_STATUSES: Mapping[str, Status] = {
    "sent": "delivered",
    "open": "opened",
    "click": "clicked",
    "bounce": "bounced",
    "blocked": "rejected",
    "spam": "complained",
    "unsub": "unsubscribed",
}


def _read(event: Fields, _: Post) -> Iterator[Event]:
    status = event.word("event", _STATUSES)
    if status == "bounced" and not event.flag("hard_bounce"):
        status = "deferred" if (event.text("error") or "").lower() == "greylisted" else "failed"
    at, ref, address, link = event.seconds("time"), event.key("MessageID"), event.email("email"), event.link("url")
    yield Event(
        event_id=hashed_id("mailjet", status, at, ref, address, link),
        channel="email",
        status=status,
        occurred_at=at,
        message_id=event.json_inner("Payload").key("message_key") or ours(event.text("CustomID")),
        provider_ref=ref,
        address=address,
        reason=event.reason("error_related_to", "error", "comment") or event.reason("smtp_reply", "source"),
        link=link,
    )


MAILJET = Reader("mailjet", one_or_many, _read)
