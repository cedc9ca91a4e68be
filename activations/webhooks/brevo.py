"""Brevo's webhooks of e-mails, transactional and of campaigns, and of text messages: one JSON object, or an array where they are batched
(developers.brevo.com/docs/transactional-webhooks, …/marketing-webhooks, …/batched-webhooks).

Our id is `message_key` in the header X-Mailin-custom, or the tag that a message is looked up by. `ts_epoch` and `ts_event` are UTC, the
first in milliseconds or, as in Brevo's own examples, in seconds; `date` is in no zone that it names. Texts may have no other time:
then it is when it came in that counts. `id` is the webhook's, so no event has one. Opens by a proxy are a machine's.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from activations.webhooks.event import Event, Post, Status, hashed_id
from activations.webhooks.fields import Fields
from activations.webhooks.message_ids import ours
from activations.webhooks.reader import Reader, one_or_many

_MAILS: Mapping[str, Status | None] = {
    "request": "queued",
    "sent": "sent",
    "delivered": "delivered",
    "deferred": "deferred",
    "soft_bounce": "failed",
    "hard_bounce": "bounced",
    "invalid_email": "bounced",
    "blocked": "rejected",
    "error": "failed",
    "opened": "opened",
    "unique_opened": "opened",
    "proxy_open": "opened",
    "unique_proxy_open": "opened",
    "click": "clicked",
    "spam": "complained",
    "complaint": "complained",
    "unsubscribe": "unsubscribed",
    "unsubscribed": "unsubscribed",
    "list_addition": None,
    "contact_updated": None,
    "contact_deleted": None,
}
_TEXTS: Mapping[str, Status | None] = {
    "accepted": "queued",
    "sent": "sent",
    "delivered": "delivered",
    "soft_bounce": "failed",
    "hard_bounce": "bounced",
    "skip": "rejected",
    "blacklisted": "rejected",
    "rejected": "rejected",
    "unsubscribe": "unsubscribed",
    "unsubscribed": "unsubscribed",
    "replied": None,
    "subscribe": None,
}
_TIMES = ("ts_epoch", "s_epoch", "ts_event", "ts")
_SINCE_MILLISECONDS = 100_000_000_000
TAG = "message-"
"""Begins the tag with our id (brevo_rows.marker)."""


def _read(event: Fields, post: Post) -> Iterator[Event]:
    is_text = event.has("msg_status")
    status = event.word("msg_status", _TEXTS) if is_text else event.word("event", _MAILS)
    if status is None:
        return
    field = next((name for name in _TIMES if event.has(name)), None if is_text else _TIMES[0])
    told_at = _time(event, field) if field else None
    ref = event.key("messageId" if is_text else "message-id")
    address, link = event.number("to") if is_text else event.email("email"), event.link("link")
    yield Event(
        event_id=event_id(status, told_at, ref, address, link, event.key("camp_id")),
        channel="sms" if is_text else "email",
        status=status,
        occurred_at=told_at or post.received_at,
        message_id=event.json_inner("X-Mailin-custom").key("message_key") or tagged(event) or ours(ref),
        provider_ref=ref,
        address=address,
        is_machine="proxy_open" in (event.text("event") or "").lower(),
        reason=event.reason("reason") or event.reason("description"),
        link=link,
    )


def _time(event: Fields, field: str) -> datetime:
    value = event.raw.get(field)
    return event.seconds(field, 0.001 if isinstance(value, int | float) and value > _SINCE_MILLISECONDS else 1.0)


def event_id(
    status: Status, at: datetime | None, ref: str | None, address: str | None, link: str | None, campaign: str | None = None
) -> str:
    """The same by webhook and when asked: a message of Brevo's own id is taken, bounces and so on once; times agree to the second."""
    often = status in ("opened", "clicked", "deferred") or not ref
    return hashed_id(
        "brevo", status, ref, (address or "").lower(), campaign, (int(at.timestamp()) if at else None, link) if often else None
    )


def tagged(event: Fields) -> str | None:
    """Our id out of the tags, as a list, a text, or a text of JSON."""
    tags = [tag for name in ("tags", "tag") for tag in _texts(event.raw.get(name))]
    return next((tag.removeprefix(TAG) for tag in tags if tag.startswith(TAG) and tag.removeprefix(TAG).isalnum()), None)


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [one for inner in value.values() for one in _texts(inner) if not isinstance(inner, dict)]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else [value] if isinstance(value, str) else []


BREVO = Reader("brevo", one_or_many, _read)
