"""Klaviyo's system webhooks: a JSON object with a list `data` of events, each with its topic and the event as the API has it
(developers.klaviyo.com/en/docs/working_with_system_webhooks).

An event has the id that listing it gives, so what is told twice counts once. Our id is the property `message_key`, where the flow
hands it on. "Received" is what reached the person; texts that people send to the shop are "Sent SMS". Pushes, reviews and changes
made by hand are not about a message of ours.
"""

from collections.abc import Iterator, Mapping

from activations.webhooks.event import Channel, Event, Post, Status
from activations.webhooks.fields import Fields
from activations.webhooks.reader import Reader, under

_NAMES: Mapping[str, tuple[Channel, Status] | None] = {
    "received_email": ("email", "delivered"),
    "email_delivered": ("email", "delivered"),
    "opened_email": ("email", "opened"),
    "clicked_email": ("email", "clicked"),
    "bounced_email": ("email", "bounced"),
    "dropped_email": ("email", "rejected"),
    "marked_email_as_spam": ("email", "complained"),
    "unsubscribed_from_email_marketing": ("email", "unsubscribed"),
    "received_sms": ("sms", "delivered"),
    "clicked_sms": ("sms", "clicked"),
    "failed_to_deliver_sms": ("sms", "failed"),
    "unsubscribed_from_sms_marketing": ("sms", "unsubscribed"),
    "sent_sms": None,
    "subscribed_to_email_marketing": None,
    "subscribed_to_sms_marketing": None,
    "updated_email_preferences": None,
    "manually_suppressed_from_email_marketing": None,
    "manually_unsuppressed_from_email_marketing": None,
    "received_automated_response_sms": None,
    "failed_to_deliver_automated_response_sms": None,
    "received_push": None,
    "opened_push": None,
    "bounced_push": None,
    "ready_to_review": None,
    "submitted_review": None,
    "submitted_rating": None,
}
_TOPICS = {f"event:klaviyo.{name}": meaning for name, meaning in _NAMES.items()}


def _read(record: Fields, _: Post) -> Iterator[Event]:
    meaning = record.word("topic", _TOPICS)
    if meaning is None:
        return
    channel, said = meaning
    payload = record.inner("payload")
    event = payload.inner("data") if payload.has("data") else payload
    attributes = event.inner("attributes")
    properties, person = attributes.maybe_inner("event_properties"), _person(payload)
    is_soft = said == "bounced" and (properties.text("Bounce Type") or "").lower().startswith("soft")
    yield Event(
        event_id=event.key("id") or record.needed_key("external_id"),
        channel=channel,
        status="failed" if is_soft else said,
        occurred_at=attributes.iso("datetime") if attributes.has("datetime") else attributes.seconds("timestamp"),
        message_id=properties.key("message_key"),
        address=(properties.email("Recipient Email Address") or person.email("email"))
        if channel == "email"
        else person.number("phone_number"),
        is_machine=properties.flag("machine_open"),
        reason=properties.reason("Bounce Type", "Failure Reason"),
        link=properties.link("URL"),
    )


def _person(payload: Fields) -> Fields:
    included = payload.items("included") if payload.has("included") else []
    people = [one for one in included if isinstance(one, dict) and one.get("type") == "profile"]
    return Fields(people[0] if people else {}, payload.received_at, "payload.included").maybe_inner("attributes")


KLAVIYO = Reader("klaviyo", under("data"), _read)
