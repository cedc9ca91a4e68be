"""HubSpot's webhooks of an app: a JSON array of changes to records (developers.hubspot.com/docs/api-reference/webhooks-webhooks-v3/guide).

HubSpot tells of no e-mail by webhook; that is asked for (its e-mail events). What is told at once is what an e-mail did to the contact:
that they opted out of all, or that an address bounced for good. The event names the contact's record, not the address; its
`eventId` is not unique by HubSpot's own word. All other changes say nothing of a message.
"""

from collections.abc import Iterator, Mapping

from activations.webhooks.event import Event, Post, Status, hashed_id
from activations.webhooks.fields import Fields
from activations.webhooks.reader import Reader, one_or_many

_PROPERTIES: Mapping[str, Status] = {
    "hs_email_optout": "unsubscribed",
    "hs_email_hard_bounce_reason_enum": "bounced",
    "hs_email_bad_address": "bounced",
}
_SAYS_NO = {"", "false"}
_CHANGES = {"contact.propertychange", "object.propertychange"}
_CONTACTS = "0-1"


def _read(change: Fields, _: Post) -> Iterator[Event]:
    kind, status = change.needed("subscriptionType").lower(), _PROPERTIES.get(change.text("propertyName") or "")
    if kind not in _CHANGES or status is None or (change.text("objectTypeId") or _CONTACTS) != _CONTACTS:
        return
    value = (
        (change.text("propertyValue") or "") if not isinstance(change.raw.get("propertyValue"), bool) else str(change.flag("propertyValue"))
    )
    if value.lower() in _SAYS_NO:
        return
    at, record, name = change.seconds("occurredAt", 0.001), change.needed_key("objectId"), change.text("propertyName")
    yield Event(
        event_id=hashed_id("hubspot", change.key("portalId"), record, name, at),
        channel="email",
        status=status,
        occurred_at=at,
        provider_ref=record,
        reason=change.reason("propertyName", "propertyValue") if status == "bounced" else None,
    )


HUBSPOT = Reader("hubspot", one_or_many, _read)
