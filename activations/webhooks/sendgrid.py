"""SendGrid's Event Webhook: a JSON array of events (twilio.com/docs/sendgrid/for-developers/tracking-events/event).

Our id is the custom argument `message_key`, which stands in the event beside its own fields; `sg_message_id` begins with the
X-Message-Id of the answer to the request. A bounce of the type `blocked` is one that may pass: SendGrid goes on sending there.
"""

import re
from collections.abc import Iterator, Mapping

from activations.webhooks.event import Event, Post, Status, hashed_id
from activations.webhooks.fields import Fields
from activations.webhooks.message_ids import ours
from activations.webhooks.reader import Reader, one_or_many

_STATUSES: Mapping[str, Status | None] = {
    "processed": "queued",
    "dropped": "rejected",
    "deferred": "deferred",
    "delivered": "delivered",
    "bounce": "bounced",
    "blocked": "failed",
    "open": "opened",
    "click": "clicked",
    "spamreport": "complained",
    "unsubscribe": "unsubscribed",
    "group_unsubscribe": "unsubscribed",
    "group_resubscribe": None,
    "account_status_change": None,
}
_BOUNCES: Mapping[str, Status] = {"bounce": "bounced", "blocked": "failed", "expired": "failed"}
_AFTER_THE_ID = re.compile(r"(?:^|\.)(?:filter|recvd)")


def _read(event: Fields, _: Post) -> Iterator[Event]:
    said = event.word("event", _STATUSES)
    if said is None:
        return
    status: Status = event.word("type", _BOUNCES) if said == "bounced" and event.has("type") else said
    at, their_id = event.seconds("timestamp"), event.key("sg_message_id")
    ref = _AFTER_THE_ID.split(their_id)[0] if their_id else None
    message_id, address = event.key("message_key") or ours(event.text("smtp-id")), event.email("email")
    yield Event(
        event_id=event.key("sg_event_id") or hashed_id("sendgrid", status, at, message_id, ref, address),
        channel="email",
        status=status,
        occurred_at=at,
        message_id=message_id,
        provider_ref=ref or None,
        address=address,
        is_machine=event.flag("sg_machine_open"),
        reason=event.reason("reason", "status") if event.has("reason") else event.reason("response"),
        link=event.link("url"),
    )


SENDGRID = Reader("sendgrid", one_or_many, _read)
