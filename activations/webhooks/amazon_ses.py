"""Amazon SES, by SNS: the envelope with the event as a JSON text in `Message`, or the event alone where SNS delivers raw
(docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html, …/notification-contents.html).

Our id is the message tag `message_key`, or stands in the Message-ID among the headers. Permanent bounces are for good, but for those
of addresses on a list of suppressions, which SES did not try; transient ones are final here, since SES tries for a while itself. An
event without a time of its own has that of its envelope. Each recipient is an event. A topic must be confirmed by somebody: no
address out of a request is ever called from here.
"""

from collections.abc import Iterator, Mapping

from activations.webhooks.event import Event, Post, Status, hashed_id
from activations.webhooks.fields import FieldError, Fields
from activations.webhooks.message_ids import ours
from activations.webhooks.reader import Reader, document_of, one_object

_EVENTS: Mapping[str, tuple[Status | None, str, str]] = {
    "send": ("sent", "send", ""),
    "reject": ("rejected", "reject", ""),
    "rendering failure": ("rejected", "failure", ""),
    "delivery": ("delivered", "delivery", "recipients"),
    "deliverydelay": ("deferred", "deliveryDelay", "delayedRecipients"),
    "bounce": ("bounced", "bounce", "bouncedRecipients"),
    "complaint": ("complained", "complaint", "complainedRecipients"),
    "open": ("opened", "open", ""),
    "click": ("clicked", "click", ""),
    "subscription": ("unsubscribed", "subscription", ""),
}
"""By the event's name: what it is, where its own fields stand, and which of them lists the recipients it is about."""
_BOUNCES: Mapping[str, Status] = {"permanent": "bounced", "transient": "failed", "undetermined": "failed"}
_KEPT_BACK = {"suppressed", "onaccountsuppressionlist", "unsubscribedrecipient"}
_TEST = "Successfully validated SNS topic"


def _read(body: Fields, post: Post) -> Iterator[Event]:
    if not body.has("Type"):
        return (yield from _events(body, body))
    kind = body.needed("Type").lower()
    if kind in ("subscriptionconfirmation", "unsubscribeconfirmation"):
        raise FieldError(f"Type is {body.text('Type')}: confirm the subscription of this address to its topic in the SNS console")
    if kind != "notification":
        raise body.fault("Type", "is a word that is not known here")
    text = body.needed("Message")
    if not text.startswith(_TEST):
        try:
            event = Fields(document_of(text), post.received_at, "Message")
        except ValueError:
            raise body.fault("Message", "is no JSON object") from None
        yield from _events(event, body)


def _events(event: Fields, envelope: Fields) -> Iterator[Event]:
    said, place, recipients = event.word("eventType" if event.has("eventType") else "notificationType", _EVENTS)
    mail, own = event.inner("mail"), event.maybe_inner(place)
    status = _status(said, own)
    if status is None:
        return
    when, name = (
        (own, "timestamp") if own.has("timestamp") else (envelope, "Timestamp") if envelope.has("Timestamp") else (mail, "timestamp")
    )
    at = when.iso(name)
    ref = mail.key("messageId")
    people = own.items(recipients) if recipients else mail.items("destination")
    if not recipients and status in ("opened", "clicked", "unsubscribed") and len(people) != 1:
        people = [None]  # it does not say which of them
    for person in people:
        one = (
            Fields(person, event.received_at, recipients)
            if isinstance(person, dict)
            else Fields({"emailAddress": person}, event.received_at)
        )
        address, link = one.email("emailAddress"), own.link("link")
        yield Event(
            event_id=hashed_id("amazon_ses", status, ref, own.key("feedbackId"), own.text("timestamp"), address, link),
            channel="email",
            status=status,
            occurred_at=at,
            message_id=_our_id(mail),
            provider_ref=ref,
            address=address,
            reason=own.reason("bounceType", "bounceSubType", "complaintFeedbackType", "delayType", "reason", "errorMessage"),
            link=link,
        )


def _status(said: Status | None, own: Fields) -> Status | None:
    if said == "bounced":
        kind = own.word("bounceType", _BOUNCES)
        return "rejected" if (own.text("bounceSubType") or "").lower() in _KEPT_BACK else kind
    if said == "complained":
        if (own.text("complaintSubType") or "").lower() in _KEPT_BACK:
            return "rejected"
        return None if (own.text("complaintFeedbackType") or "").lower() == "not-spam" else said
    if said == "unsubscribed":
        wishes = own.maybe_inner("newTopicPreferences")
        topics = wishes.items("topicSubscriptionStatus") if wishes.has("topicSubscriptionStatus") else []
        left = any((Fields(topic, own.received_at, "topic").text("subscriptionStatus") or "").lower() == "optout" for topic in topics)
        return said if left or wishes.flag("unsubscribeAll") else None
    return said


def _our_id(mail: Fields) -> str | None:
    tags = mail.maybe_inner("tags")
    if tags.has("message_key"):
        values = tags.items("message_key")
        return Fields({"message_key": values[0] if values else None}, mail.received_at, "mail.tags").key("message_key")
    return ours(mail.maybe_inner("commonHeaders").text("messageId"))


AMAZON_SES = Reader("amazon_ses", one_object, _read)
