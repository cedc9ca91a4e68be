"""What became of Mailchimp's campaigns, from their reports (mailchimp.com/developer/marketing/api/email-activity-reports,
…/unsub-reports, …/campaign-abuse). They are about contacts, not messages of ours. Campaigns are read for a month after they were sent.
10 connections at once are allowed; one is used. Opens by machines are not marked there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from activations.webhooks.event import Event, Status, hashed_id
from activations.webhooks.fields import Fields
from activations.webhooks.mailchimp import event_id
from orchestration.sources import polled
from orchestration.sources.engagement import Engagement
from orchestration.sources.rest import timestamp
from orchestration.sources.rest.http import Api, Request
from orchestration.sources.rest.paging import PageNumber

PAGE_SIZE = 1000
ANSWERED_WITHIN = timedelta(days=30)
_ACTIONS: Mapping[str, Status] = {"open": "opened", "click": "clicked", "bounce": "failed"}
_BOUNCES: Mapping[str, Status] = {"hard": "bounced", "soft": "failed", "": "failed"}


def engagement(
    base_url: str, api_key: str, since: datetime | None, as_of: datetime, *, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Engagement]:
    """What people did at or after `since` (aware; `None`: all) with campaigns of the month before it and later. Raises SourceError."""
    with Api("mailchimp", base_url, auth=("regulars", api_key), sleep=sleep) as api:
        sent = {"since_send_time": timestamp(since - ANSWERED_WITHIN)} if since else {}
        for campaign in _all(api, "3.0/reports", "reports", {"fields": "reports.id,total_items", **sent}):
            place = f"3.0/reports/{Fields(campaign, as_of).needed_key('id')}"
            after = {"since": timestamp(since)} if since else {}
            for path, what, query, read in (
                ("email-activity", "emails", after, _activity),
                ("unsubscribed", "unsubscribes", {}, _left("unsubscribed", "timestamp")),
                ("abuse-reports", "abuse_reports", {}, _left("complained", "date")),
            ):
                yield from polled.rows("mailchimp", "email", _all(api, f"{place}/{path}", what, query), read, as_of)


def _all(api: Api, path: str, what: str, query: Mapping[str, str]) -> Iterator[dict[str, object]]:
    pages = PageNumber("offset", first=0, step=PAGE_SIZE).read(api, Request(path, {"count": str(PAGE_SIZE), **query}), what)
    return (record for page in pages for record in page.records)


def _activity(person: Fields) -> Iterator[Event]:
    """What one contact did with one campaign."""
    for raw in person.items("activity") if person.has("activity") else []:
        did = Fields(raw, person.received_at, "activity")
        status, at, link = did.word("action", _ACTIONS), did.iso("timestamp"), did.link("url")
        address, audience = person.email("email_address"), person.key("list_id")
        if status == "failed":
            status = _BOUNCES.get((did.text("type") or "").lower(), "failed")
        is_cleaned = status == "bounced"  # the audience's webhook tells of it too
        yield Event(
            event_id=event_id(status, at, audience, address)
            if is_cleaned
            else hashed_id("mailchimp", status, at, person.key("campaign_id"), (address or "").lower(), link),
            channel="email",
            status=status,
            occurred_at=at,
            address=address,
            reason=did.reason("type"),
            link=link,
        )


def _left(status: Status, time_field: str) -> polled.Read:
    def read(person: Fields) -> Iterator[Event]:
        at, address = person.iso(time_field), person.email("email_address")
        audience = person.key("list_id")
        yield Event(event_id=event_id(status, at, audience, address), channel="email", status=status, occurred_at=at, address=address)

    return read
