"""Mailchimp's webhooks of an audience: a form with `type`, `fired_at` and `data[…]`
(mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks).

They are about contacts, not messages: who left, whose address is dead, who complained. Who came, changed, or was deleted by somebody
says nothing of a message. Times are UTC without saying so.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from activations.webhooks.event import Event, Post, Status, hashed_id
from activations.webhooks.fields import Fields
from activations.webhooks.reader import Reader, form_of

_TYPES: Mapping[str, str | None] = {
    "unsubscribe": "unsubscribe",
    "cleaned": "cleaned",
    "subscribe": None,
    "profile": None,
    "upemail": None,
    "campaign": None,
}
_UNSUBSCRIBED: Mapping[str, Status] = {"manual": "unsubscribed", "abuse": "complained"}
_CLEANED: Mapping[str, Status] = {"hard": "bounced", "abuse": "complained"}
_ACTIONS: Mapping[str, bool] = {"unsub": True, "delete": False, "archive": False}


def _read(form: Fields, _: Post) -> Iterator[Event]:
    kind = form.word("type", _TYPES)
    if kind is None or (kind == "unsubscribe" and form.has("data[action]") and not form.word("data[action]", _ACTIONS)):
        return
    if kind == "cleaned":
        status = form.word("data[reason]", _CLEANED)
    else:
        status = form.word("data[reason]", _UNSUBSCRIBED) if form.text("data[reason]") else "unsubscribed"
    at, address = form.iso("fired_at", is_utc=True), form.email("data[email]")
    yield Event(
        event_id=event_id(status, at, form.key("data[list_id]"), address),
        channel="email",
        status=status,
        occurred_at=at,
        address=address,
        reason=form.reason("type", "data[reason]"),
    )


def event_id(status: Status, at: datetime, audience: str | None, address: str | None) -> str:
    """The same by webhook and when asked: somebody leaves an audience once a day."""
    return hashed_id("mailchimp", status, audience, (address or "").lower(), at.date())


MAILCHIMP = Reader("mailchimp", lambda post: [form_of(post)], _read)
