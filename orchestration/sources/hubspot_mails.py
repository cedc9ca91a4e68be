"""What became of HubSpot's e-mails, from its list of e-mail events
(developers.hubspot.com/docs/api-reference/legacy/email-analytics-v1/guide; scope `content`). Version 1 is supported until September 2027;
the versions by date have no such list yet.

None of them has an id of ours: they count by address. A bounce is for good where its code says that there is no such address;
`filteredEvent` marks machines.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from activations.webhooks.event import Event, Status
from activations.webhooks.fields import Fields
from orchestration.sources import polled
from orchestration.sources.engagement import Engagement
from orchestration.sources.rest import bearer
from orchestration.sources.rest.http import Api, Request
from orchestration.sources.rest.paging import NextCursor

PAGE_SIZE = 1000
_TYPES: Mapping[str, Status | None] = {
    "sent": "sent",
    "delivered": "delivered",
    "deferred": "deferred",
    "bounce": "failed",
    "dropped": "rejected",
    "suppressed": "rejected",
    "not_sent": "rejected",
    "open": "opened",
    "click": "clicked",
    "spamreport": "complained",
    "statuschange": "unsubscribed",
    "processed": None,
    "print": None,
    "forward": None,
    "reply": None,
    "unbounce": None,
}
PAGES = NextCursor("offset", "offset", more="hasMore")


def engagement(
    base_url: str, token: str, since: datetime | None, as_of: datetime, *, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Engagement]:
    """Events created at or after `since` (aware; `None`: all). Raises SourceError."""
    query = {"limit": str(PAGE_SIZE)} | ({"startTimestamp": str(int(since.timestamp() * 1000))} if since else {})
    with Api("hubspot", base_url, bearer(token), sleep=sleep) as api:
        pages = PAGES.read(api, Request("email/public/v1/events", query), "events")
        yield from polled.rows("hubspot", "email", (record for page in pages for record in page.records), _read, as_of)


def _read(event: Fields) -> Iterator[Event]:
    said, at = event.word("type", _TYPES), event.seconds("created", 0.001)
    status = _bounced(event) if said == "failed" else _changed(event) if said == "unsubscribed" else said
    if status is None:
        return
    yield Event(
        event_id=f"{event.needed_key('id')}:{event.needed_key('created')}",
        channel="email",
        status=status,
        occurred_at=at,
        address=event.email("recipient"),
        is_machine=event.flag("filteredEvent"),
        reason=event.reason("category", "status", "dropReason", "response"),
        link=event.link("url"),
    )


def _bounced(event: Fields) -> Status:
    is_for_good = event.text("category") == "UNKNOWN_USER" or (event.text("status") or "").startswith("5.1.")
    return "bounced" if is_for_good else "failed"


def _changed(event: Fields) -> Status | None:
    """A change of subscriptions: None where nobody left. One that HubSpot made for a bounce is the bounce, told once more."""
    if event.flag("bounced"):
        return None
    lists = event.items("subscriptions") if event.has("subscriptions") else []
    said = [event.text("portalSubscriptionStatus"), *(Fields(one, event.received_at, "subscriptions").text("status") for one in lists)]
    return "unsubscribed" if "UNSUBSCRIBED" in said else None
