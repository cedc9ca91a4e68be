"""What became of e-mails and texts, from Brevo's lists of events (developers.brevo.com/reference/get-email-event-report,
…/get-sms-events): by days, of 90 at most, by limit and offset. 100 requests an hour, webhooks are the way for more than a few runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from activations.webhooks.brevo import event_id, tagged
from activations.webhooks.event import Channel, Event, Status
from activations.webhooks.fields import Fields
from activations.webhooks.message_ids import ours
from orchestration.sources import polled
from orchestration.sources.engagement import Engagement
from orchestration.sources.rest.http import Api, Request
from orchestration.sources.rest.paging import PageNumber

DAYS = timedelta(days=89)
_MAILS: Mapping[str, Status | None] = {
    "requests": "queued",
    "delivered": "delivered",
    "deferred": "deferred",
    "softbounces": "failed",
    "hardbounces": "bounced",
    "invalid": "bounced",
    "blocked": "rejected",
    "error": "failed",
    "opened": "opened",
    "uniqueopened": "opened",
    "loadedbyproxy": "opened",
    "uniqueloadedbyproxy": "opened",
    "clicks": "clicked",
    "spam": "complained",
    "unsubscribed": "unsubscribed",
    "bounces": None,
}
"""`bounces` are soft and hard ones once more."""
_TEXTS: Mapping[str, Status | None] = {
    "accepted": "queued",
    "sent": "sent",
    "delivered": "delivered",
    "softbounces": "failed",
    "hardbounces": "bounced",
    "blocked": "rejected",
    "rejected": "rejected",
    "skipped": "rejected",
    "unsubscription": "unsubscribed",
    "replies": None,
    "bounces": None,
}
_LISTS: Mapping[str, tuple[Channel, int, Mapping[str, Status | None]]] = {
    "smtp/statistics/events": ("email", 2_500, _MAILS),
    "transactionalSMS/statistics/events": ("sms", 100, _TEXTS),
}


def engagement(
    base_url: str, api_key: str, since: datetime | None, as_of: datetime, *, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Engagement]:
    """Events of the days from `since` (aware; `None`: 90 days ago) to `as_of`, oldest first, e-mails before texts. Raises SourceError."""
    first_day = max(since or as_of - DAYS, as_of - DAYS).date()
    with Api("brevo", base_url, {"api-key": api_key, "Accept": "application/json"}, sleep=sleep) as api:
        for path, (channel, size, statuses) in _LISTS.items():
            query = {"startDate": str(first_day), "endDate": str(as_of.date()), "sort": "asc", "limit": str(size)}
            pages = PageNumber("offset", first=0, step=size, is_empty_bare=True)
            records = (record for page in pages.read(api, Request(path, query), "events") for record in page.records)
            yield from polled.rows("brevo", channel, records, _reader(channel, statuses), as_of)


def _reader(channel: Channel, statuses: Mapping[str, Status | None]) -> polled.Read:
    def read(event: Fields) -> Iterator[Event]:
        status = event.word("event", statuses)
        if status is None:
            return
        at, ref, link = event.iso("date", is_utc=True), event.key("messageId"), event.link("link")
        address = event.email("email") if channel == "email" else event.number("phoneNumber")
        yield Event(
            event_id=event_id(status, at, ref, address, link),
            channel=channel,
            status=status,
            occurred_at=at,
            message_id=tagged(event) or ours(ref),
            provider_ref=ref,
            address=address,
            is_machine=event.needed("event").lower().endswith("loadedbyproxy"),
            reason=event.reason("reason"),
            link=link,
        )

    return read
