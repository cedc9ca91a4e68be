"""What became of Customer.io's messages, from the App API (docs.customer.io/integrations/api/app/tag/messages/listMessages): each message
with the time of each of its metrics, by when it was created, of six months at most; 10 requests a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from activations.webhooks.customer_io import METRICS, OBJECTS, event_id
from activations.webhooks.event import Channel, Event
from activations.webhooks.fields import Fields
from orchestration.sources import polled
from orchestration.sources.engagement import Engagement
from orchestration.sources.rest import bearer
from orchestration.sources.rest.http import Api, Request
from orchestration.sources.rest.paging import NextCursor

PAGE_SIZE = 1000
PACE = timedelta(seconds=0.1)
#: Messages are listed by when they were made, and people answer for so long.
ANSWERED_WITHIN = timedelta(days=14)
_TYPES: Mapping[Channel, str] = {"email": "email", "sms": "twilio"}


def engagement(
    base_url: str, app_key: str, since: datetime | None, as_of: datetime, *, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Engagement]:
    """What happened at or after `since` (aware; `None`: all) to messages of the two weeks before it and later. Raises SourceError."""
    with Api("customer_io", base_url, bearer(app_key), pace=PACE, sleep=sleep) as api:
        for channel, kind in _TYPES.items():
            query = {"type": kind, "limit": str(PAGE_SIZE)}
            if since is not None:
                query |= {"start_ts": str(int((since - ANSWERED_WITHIN).timestamp())), "end_ts": str(int(as_of.timestamp()))}
            pages = NextCursor("next", "start").read(api, Request("v1/messages", query), "messages")
            records = (record for page in pages for record in page.records)
            for row in polled.rows("customer_io", channel, records, _read, as_of):
                if since is None or row.get("occurred_at") is None or row["occurred_at"] >= since:  # type: ignore[operator]
                    yield row


def _read(message: Fields) -> Iterator[Event]:
    channel = message.word("type", OBJECTS)
    if channel is None:
        return
    delivery, metrics = message.needed_key("id"), message.maybe_inner("metrics")
    for name in metrics.raw:
        status = METRICS.get(name)
        if status is None or not metrics.has(name):
            continue
        at = metrics.seconds(name)
        yield Event(
            event_id=event_id(delivery, status, at),
            channel=channel,
            status=status,
            occurred_at=at,
            provider_ref=message.key("trigger_event_id") or delivery,
            address=message.email("recipient") if channel == "email" else message.number("recipient"),
            reason=message.reason("failure_message"),
        )
