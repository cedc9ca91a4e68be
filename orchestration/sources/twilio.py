"""What became of text messages, from Twilio's list of messages; an inbound STOP is an unsubscribe."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from activations.webhooks.twilio import STATES, is_opt_out, status_of
from orchestration.sources.engagement import Engagement
from orchestration.sources.rest import timestamp
from orchestration.sources.rest.http import Api, Request
from orchestration.sources.rest.paging import NextLink

PAGE_SIZE = 1000

#: The list is filtered by when a message was sent, and its state may change until its validity ends (10 hours at most).
STATE_CHANGES_FOR = timedelta(days=1)


def engagement(
    base_url: str, account_sid: str, auth_token: str, since: datetime | None, *, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Engagement]:
    """The present state of each message that changed at or after `since` (aware; `None`: all), newest first, and the opt-outs.

    event_id is `<message sid>:<status>`: a state is one event, however often it is listed. Twilio carries no id of ours, so message_id
    is `None`; the part of event_id before the colon is the ledger's provider_ref. Raises SourceError.
    """
    query = {"PageSize": str(PAGE_SIZE)}
    if since is not None:
        query = {"DateSent>": timestamp(since - STATE_CHANGES_FOR), **query}
    first = Request(f"2010-04-01/Accounts/{account_sid}/Messages.json", query)
    with Api("twilio", base_url, auth=(account_sid, auth_token), sleep=sleep) as api:
        for page in NextLink("next_page_uri").read(api, first, "messages"):
            for message in page.records:
                row = _row(message)
                # A time that cannot be read is passed on: the landing refuses the row by name, rather than losing it here.
                if row is not None and (since is None or row["occurred_at"] is None or row["occurred_at"] >= since):
                    yield row


def _row(message: dict[str, Any]) -> Engagement | None:
    """A message as an engagement; `None` for an inbound text that is no opt-out."""
    inbound = message.get("direction") == "inbound"
    if inbound:
        if not is_opt_out(str(message.get("body") or "")):
            return None
        status = "unsubscribed"
    else:
        state = str(message.get("status"))
        meaning = STATES.get(state)
        # A state that is not known is passed on: the landing refuses the row by name.
        status = status_of(meaning, str(message.get("error_code") or "")) if meaning else state
    return {
        "event_id": f"{message['sid']}:{status}",
        "destination": "twilio",
        "channel": "sms",
        "status": status,
        "message_id": None,
        "address": message.get("from") if inbound else message.get("to"),
        "is_machine": False,
        "occurred_at": _moment(message, "date_sent" if inbound else "date_updated"),
    }


def _moment(message: dict[str, Any], *names: str) -> datetime | None:
    for name in (*names, "date_updated", "date_sent", "date_created"):
        try:
            moment: datetime = parsedate_to_datetime(message[name])
            return moment.astimezone(UTC)
        except (KeyError, TypeError, ValueError):
            continue
    return None
