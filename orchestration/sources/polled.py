"""Events that providers list when asked, as rows of `feedback_engagement`. One that cannot be read becomes a row that the landing refuses
by name, so that it is neither lost nor holds up the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from activations.webhooks.event import Channel, Event, hashed_id
from activations.webhooks.fields import FieldError, Fields
from orchestration.sources.engagement import Engagement
from orchestration.sources.rest.fields import Json

Read = Callable[[Fields], Iterable[Event]]


def rows(vendor: str, channel: Channel, records: Iterable[Json], read: Read, as_of: datetime) -> Iterator[Engagement]:
    """The records' events in their order. as_of: aware; what happened after it, by more than a day, cannot have."""
    for record in records:
        try:
            for event in list(read(Fields(record, as_of))):
                yield row(vendor, event)
        except FieldError as fault:
            unread: Engagement = {"event_id": hashed_id(vendor, record), "destination": vendor, "channel": channel, "status": str(fault)}  # type: ignore[typeddict-item]
            yield unread


def row(vendor: str, event: Event) -> Engagement:
    """An event as it lands; the caller names the destination."""
    return {
        "event_id": event.event_id,
        "destination": vendor,
        "channel": event.channel,
        "status": event.status,
        "message_id": event.message_id,
        "address": event.address,
        "is_machine": event.is_machine,
        "occurred_at": event.occurred_at,
        "provider_ref": event.provider_ref,
        "reason": event.reason,
        "link": event.link,
    }
