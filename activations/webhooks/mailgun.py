"""Mailgun's webhooks: a JSON object with the event under `event-data` (documentation.mailgun.com/docs/mailgun/user-manual/webhooks).

Our id is the user variable `message_key`, or stands in the Message-ID, which Mailgun keeps. A failure of the severity `temporary` is
tried again. A permanent one is a hard bounce, unless it says that time ran out, that the receiver blocked it, or that Mailgun never
sent it because the address is on one of its lists. An event's id is unique within a day. `client-info.bot` names the machine that
opened or clicked. The older form of before 2018, a form, is not read.
"""

from collections.abc import Iterator, Mapping

from activations.webhooks.event import Event, Post, Status
from activations.webhooks.fields import Fields
from activations.webhooks.message_ids import ours
from activations.webhooks.reader import Reader, one_object

_STATUSES: Mapping[str, Status | None] = {
    "accepted": "queued",
    "rejected": "rejected",
    "delivered": "delivered",
    "failed": "bounced",
    "opened": "opened",
    "clicked": "clicked",
    "unsubscribed": "unsubscribed",
    "complained": "complained",
    "stored": None,
}
_SEVERITIES: Mapping[str, Status] = {"temporary": "deferred", "permanent": "bounced"}
_PASSING = {"old", "espblock", "greylisted"}


def _read(body: Fields, _: Post) -> Iterator[Event]:
    event = body.inner("event-data")
    said = event.word("event", _STATUSES)
    if said is None:
        return
    status = _failure(event) if said == "bounced" else said
    at, headers = event.seconds("timestamp"), event.maybe_inner("message").maybe_inner("headers")
    ref, delivery = headers.key("message-id"), event.maybe_inner("delivery-status")
    words = delivery.reason("message") or delivery.reason("description") or event.maybe_inner("reject").reason("reason")
    yield Event(
        event_id=f"{event.needed_key('id')}:{at:%Y%m%d}",
        channel="email",
        status=status,
        occurred_at=at,
        message_id=event.maybe_inner("user-variables").key("message_key") or ours(ref),
        provider_ref=ref,
        address=event.email("recipient") or headers.email("to"),
        is_machine=bool(event.maybe_inner("client-info").text("bot")),
        reason=" ".join(filter(None, (event.reason("reason"), words)))[:200] or None,
        link=event.link("url"),
    )


def _failure(event: Fields) -> Status:
    status = event.word("severity", _SEVERITIES)
    reason = (event.text("reason") or "").lower()
    if status == "bounced" and reason.startswith("suppress"):
        return "rejected"
    is_soft = (event.maybe_inner("delivery-status").text("bounce-type") or "").lower() == "soft"
    return "failed" if status == "bounced" and (is_soft or reason in _PASSING) else status


MAILGUN = Reader("mailgun", one_object, _read)
