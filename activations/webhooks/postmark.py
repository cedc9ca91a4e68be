"""Postmark's webhooks: one JSON object (postmarkapp.com/developer/webhooks/webhooks-overview).

Our id is `message_key` of the message's metadata. Of the bounces (…/developer/api/bounce-api#bounce-types) a hard one and a bad
address are for good, a delay is tried again, and what the receiver's filters or its mailbox refused may pass. Answers by machines
(out of office, challenges) say nothing of the message. A change of a subscription names what it is for.
"""

from collections.abc import Iterator, Mapping

from activations.webhooks.event import Event, Post, Status, hashed_id
from activations.webhooks.fields import Fields
from activations.webhooks.reader import Reader, one_object

_RECORDS: Mapping[str, tuple[Status | None, str, str]] = {
    "delivery": ("delivered", "DeliveredAt", "Recipient"),
    "bounce": ("bounced", "BouncedAt", "Email"),
    "spamcomplaint": ("complained", "BouncedAt", "Email"),
    "open": ("opened", "ReceivedAt", "Recipient"),
    "click": ("clicked", "ReceivedAt", "Recipient"),
    "subscriptionchange": ("unsubscribed", "ChangedAt", "Recipient"),
    "inbound": (None, "", ""),
}
_BOUNCES: Mapping[str, Status | None] = {
    "hardbounce": "bounced",
    "bademailaddress": "bounced",
    "transient": "deferred",
    "dnserror": "deferred",
    "softbounce": "failed",
    "spamnotification": "failed",
    "virusnotification": "failed",
    "blocked": "failed",
    "dmarcpolicy": "failed",
    "openrelaytest": "failed",
    "unknown": "failed",
    "smtpapierror": "rejected",
    "templaterenderingfailed": "rejected",
    "manuallydeactivated": "rejected",
    "unconfirmed": "rejected",
    "spamcomplaint": "complained",
    "unsubscribe": "unsubscribed",
    "subscribe": None,
    "autoresponder": None,
    "addresschange": None,
    "challengeverification": None,
    "inbounderror": None,
}
_SUPPRESSIONS: Mapping[str, Status] = {"hardbounce": "bounced", "spamcomplaint": "complained", "manualsuppression": "unsubscribed"}


def _read(event: Fields, _: Post) -> Iterator[Event]:
    said, time_field, address_field = event.word("RecordType", _RECORDS)
    if said == "bounced":
        said = event.word("Type", _BOUNCES)
    elif said == "unsubscribed":
        said = event.word("SuppressionReason", _SUPPRESSIONS) if event.flag("SuppressSending") else None
    if said is None:
        return
    at, ref, address, link = event.iso(time_field), event.key("MessageID"), event.email(address_field), event.link("OriginalLink")
    number = event.key("ID")
    yield Event(
        event_id=f"postmark-{number}:{said}" if number else hashed_id("postmark", said, at, ref, address, link),
        channel="email",
        status=said,
        occurred_at=at,
        message_id=event.maybe_inner("Metadata").key("message_key"),
        provider_ref=ref,
        address=address,
        reason=event.reason("Type", "Details") or event.reason("SuppressionReason"),
        link=link,
    )


POSTMARK = Reader("postmark", one_object, _read)
