"""MailerSend's webhooks: one JSON object, of the first version or the second (developers.mailersend.com/api/v1/webhooks).

The second has the recipient's address and the message's id in `data` itself, the first under `data.email`. Our id has no place in
either: it is found by the id of theirs. A soft bounce is final here; what is tried again comes as `deferred`.
"""

from collections.abc import Iterator, Mapping

from activations.webhooks.event import Event, Post, Status
from activations.webhooks.fields import Fields
from activations.webhooks.reader import Reader, one_object

_STATUSES: Mapping[str, Status | None] = {
    "activity.sent": "sent",
    "activity.delivered": "delivered",
    "activity.hard_bounced": "bounced",
    "activity.soft_bounced": "failed",
    "activity.deferred": "deferred",
    "activity.suppressed": "rejected",
    "activity.opened": "opened",
    "activity.opened_unique": "opened",
    "activity.clicked": "clicked",
    "activity.clicked_unique": "clicked",
    "activity.unsubscribed": "unsubscribed",
    "activity.spam_complaint": "complained",
    "activity.spam_complaints": "complained",
    "activity.survey_opened": None,
    "activity.survey_submitted": None,
    "webhook.test": None,
    "inbound.message": None,
    "inbound_forward.failed": None,
    "sender_identity.verified": None,
    "email_list.verified": None,
    "email_single.verified": None,
    "bulk_email.completed": None,
    "maintenance.start": None,
    "maintenance.end": None,
}


def _read(body: Fields, _: Post) -> Iterator[Event]:
    status = body.word("type", _STATUSES)
    if status is None:
        return
    data = body.inner("data")
    is_first_version = data.has("email")
    email, more = data.maybe_inner("email"), data.maybe_inner("morph" if is_first_version else "meta")
    yield Event(
        event_id=f"{data.needed_key('id')}:{status}",
        channel="email",
        status=status,
        occurred_at=data.iso("created_at") if is_first_version or data.has("created_at") else body.iso("created_at"),
        provider_ref=email.maybe_inner("message").key("id") if is_first_version else data.key("message_id"),
        address=email.maybe_inner("recipient").email("email") if is_first_version else data.email("recipient"),
        reason=more.reason("readable_reason") or more.reason("reason", *(f"{kind}_reason" for kind in _KINDS), "bounce_code"),
        link=more.link("url"),
    )


_KINDS = ("bounce", "reject", "suppression", "unsubscribe")
MAILERSEND = Reader("mailersend", one_object, _read)
