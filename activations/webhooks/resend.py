"""Resend's webhooks: one JSON object (resend.com/docs/dashboard/webhooks/event-types).

Our id is the tag `message_key`, or stands in a header Message-ID. Of a message to several people no event says whom it is about. A
bounce is for good, unless its type says that it passes; what the account's list of suppressions kept back was never sent.
"""

from collections.abc import Iterator, Mapping

from activations.addresses import email_in
from activations.webhooks.event import Event, Post, Status, hashed_id
from activations.webhooks.fields import Fields
from activations.webhooks.message_ids import ours
from activations.webhooks.reader import Reader, one_object

_STATUSES: Mapping[str, Status | None] = {
    "email.scheduled": "queued",
    "email.sent": "sent",
    "email.delivered": "delivered",
    "email.delivery_delayed": "deferred",
    "email.bounced": "bounced",
    "email.complained": "complained",
    "email.opened": "opened",
    "email.clicked": "clicked",
    "email.failed": "rejected",
    "email.suppressed": "rejected",
    "email.received": None,
    "contact.created": None,
    "contact.updated": "unsubscribed",
    "contact.deleted": None,
    "domain.created": None,
    "domain.updated": None,
    "domain.deleted": None,
}
_BOUNCES: Mapping[str, Status] = {"permanent": "bounced", "transient": "failed", "temporary": "failed", "undetermined": "failed"}


def _read(body: Fields, _: Post) -> Iterator[Event]:
    said = body.word("type", _STATUSES)
    data = body.inner("data")
    if said is None or (said == "unsubscribed" and not data.flag("unsubscribed")):
        return
    bounce, at = data.maybe_inner("bounce"), body.iso("created_at")
    status: Status = _bounced(bounce) if said == "bounced" else said
    to = [email_in(one) for one in data.items("to") if isinstance(one, str)] if data.has("to") else [data.email("email")]
    ref, address, link = data.key("email_id"), to[0] if len(to) == 1 else None, data.maybe_inner("click").link("link")
    yield Event(
        event_id=hashed_id("resend", status, at, ref, to, link),
        channel="email",
        status=status,
        occurred_at=at,
        message_id=_our_id(data),
        provider_ref=ref,
        address=address,
        reason=bounce.reason("type", "subType", "message") or data.maybe_inner("failed").reason("reason"),
        link=link,
    )


def _bounced(bounce: Fields) -> Status:
    is_kept_back = "suppressed sending" in (bounce.text("message") or "").lower() or "suppress" in (bounce.text("subType") or "").lower()
    return "rejected" if is_kept_back else bounce.word("type", _BOUNCES) if bounce.has("type") else "bounced"


def _our_id(data: Fields) -> str | None:
    """Tags are an object, or a list of names and values."""
    tags = data.raw.get("tags")
    listed = [Fields(one, data.received_at, "data.tags") for one in tags] if isinstance(tags, list) else []
    tagged = next((one.key("value") for one in listed if one.text("name") == "message_key"), None)
    if key := tagged or (data.inner("tags").key("message_key") if isinstance(tags, dict) else None):
        return key
    headers = data.items("headers") if data.has("headers") else []
    named = [Fields(one, data.received_at, "data.headers") for one in headers]
    return next((ours(one.text("value")) for one in named if (one.text("name") or "").lower() == "message-id"), None)


RESEND = Reader("resend", one_object, _read)
