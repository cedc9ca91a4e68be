"""Unisender Go's webhooks: events grouped by user, or one alone where that is set (godocs.unisender.ru/web-api-ref#callback-format).

Our id is `message_key` of the metadata. Times are UTC without saying so. A soft bounce that is still being tried says so; a hard one
may be the filter's doing, or a message that was never sent. No event has an id of its own.
"""

from collections.abc import Iterator, Mapping

from activations.webhooks.event import BodyError, Event, Post, Status, hashed_id
from activations.webhooks.fields import Fields
from activations.webhooks.reader import Reader, one_object

_STATUSES: Mapping[str, Status | None] = {
    "sent": "sent",
    "delivered": "delivered",
    "opened": "opened",
    "clicked": "clicked",
    "unsubscribed": "unsubscribed",
    "subscribed": None,
    "spam": "complained",
    "soft_bounced": "failed",
    "hard_bounced": "bounced",
}
_NAMES: Mapping[str, bool] = {"transactional_email_status": True, "transactional_spam_block": False}
_FILTERED = {"err_spam_rejected", "err_blacklisted", "err_too_large", "err_mailbox_full", "err_destination_misconfigured", "err_lost"}
_NEVER_SENT = {"err_unsubscribed", "err_skip_letter", "err_spam_skipped"}


def _records(post: Post) -> list[object]:
    (document,) = one_object(post)
    if not isinstance(document, dict) or "events_by_user" not in document:
        return [document]
    users = document["events_by_user"]
    if not isinstance(users, list) or not all(isinstance(user, dict) and isinstance(user.get("events"), list) for user in users):
        raise BodyError("events_by_user is no list of users with their events")
    return [event for user in users for event in user["events"]]


def _read(record: Fields, _: Post) -> Iterator[Event]:
    if not record.word("event_name", _NAMES):
        return
    event = record.inner("event_data") if record.has("event_data") else record
    said = event.word("status", _STATUSES)
    if said is None:
        return
    info = event.maybe_inner("delivery_info")
    status = _bounced(said, (info.text("delivery_status") or "").lower()) if said in ("bounced", "failed") else said
    at, ref, address, link = event.iso("event_time", is_utc=True), event.key("job_id"), event.email("email"), event.link("url")
    yield Event(
        event_id=hashed_id("unisender_go", status, at, ref, address, link),
        channel="email",
        status=status,
        occurred_at=at,
        message_id=event.maybe_inner("metadata").key("message_key"),
        provider_ref=ref,
        address=address,
        reason=info.reason("delivery_status", "destination_response"),
        link=link,
    )


def _bounced(said: Status, delivery: str) -> Status:
    if delivery == "err_will_retry":
        return "deferred"
    return "rejected" if delivery in _NEVER_SENT else "failed" if delivery in _FILTERED else said


UNISENDER_GO = Reader("unisender_go", _records, _read)
