"""What became of e-mails, from Klaviyo's events: GET /api/metrics names them, GET /api/events lists them, page by page."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from orchestration.sources.engagement import Engagement
from orchestration.sources.rest import timestamp
from orchestration.sources.rest.http import Api, Request
from orchestration.sources.rest.paging import NextLink

REVISION = "2026-07-15"
PAGE_SIZE = 1000
PAGES = NextLink("links.next")

#: Klaviyo's metrics in our vocabulary. "Received Email" is written when the mail server took the message.
STATUS_OF_METRIC = {
    "Received Email": "delivered",
    "Opened Email": "opened",
    "Clicked Email": "clicked",
    "Bounced Email": "bounced",
    "Dropped Email": "rejected",
    "Marked Email as Spam": "complained",
    "Unsubscribed from Email Marketing": "unsubscribed",
}


def engagement(base_url: str, api_key: str, since: datetime | None, *, sleep: Callable[[float], None] = time.sleep) -> Iterator[Engagement]:
    """Engagement events from `since` on (aware, whole seconds; `None`: all), oldest first within each status.

    An event can be listed later than it happened, and `since` itself is listed again: the caller knows events by their id.
    message_id is the event property `message_key`, which our own trigger events carry into the flow's messages. Raises SourceError.
    """
    headers = {"Authorization": f"Klaviyo-API-Key {api_key}", "revision": REVISION, "Accept": "application/vnd.api+json"}
    with Api("klaviyo", base_url, headers, sleep=sleep) as api:
        for page in PAGES.read(api, Request("api/metrics"), "data"):
            for metric in page.records:
                status = STATUS_OF_METRIC.get(metric["attributes"].get("name"))
                if status is not None:
                    yield from _events(api, metric["id"], status, since)


def _events(api: Api, metric_id: str, status: str, since: datetime | None) -> Iterator[Engagement]:
    conditions = [f'equals(metric_id,"{metric_id}")']
    if since is not None:
        conditions.insert(0, f"greater-or-equal(datetime,{timestamp(since)})")
    query = {
        "filter": ",".join(conditions),
        "include": "profile",
        "fields[profile]": "email",
        "sort": "datetime",
        "page[size]": str(PAGE_SIZE),
    }
    for page in PAGES.read(api, Request("api/events", query), "data"):
        included = page.answer.body.get("included", [])
        emails = {one["id"]: one.get("attributes", {}).get("email") for one in included if one.get("type") == "profile"}
        for event in page.records:
            yield _row(event, status, emails)


def _row(event: dict[str, Any], status: str, emails: dict[str, str | None]) -> Engagement:
    attributes = event.get("attributes", {})
    properties = attributes.get("event_properties") or {}
    if status == "bounced" and str(properties.get("Bounce Type")).lower().startswith("soft"):
        status = "failed"
    profile = ((event.get("relationships") or {}).get("profile") or {}).get("data") or {}
    return {
        "event_id": event["id"],
        "destination": "klaviyo",
        "channel": "email",
        "status": status,
        "message_id": properties.get("message_key"),
        "address": properties.get("Recipient Email Address") or emails.get(profile.get("id", "")),
        "is_machine": properties.get("machine_open") is True,
        "occurred_at": _moment(attributes),
    }


def _moment(attributes: dict[str, Any]) -> datetime | None:
    """The event's time; `None` where it cannot be read, so that the landing refuses the row by name."""
    try:
        return datetime.fromisoformat(attributes["datetime"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError):
        seconds = attributes.get("timestamp")
        return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) else None
