"""Klaviyo's system webhooks: lists of events with their topics, as listing the events gives them, signed with a shared secret."""

import hashlib
import hmac
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import orjson

from demo.provider import ids
from demo.provider.clock import iso
from demo.provider.reactions import engagement_id
from demo.provider.schema import ENGAGEMENT_METRICS
from demo.provider.state import ProviderState

_ACCOUNT = "DEMO01"


def request(rows: list[dict[str, Any]], state: ProviderState, secret: str) -> tuple[bytes, dict[str, str]]:
    """Body and headers: the signature is of the body and the header's time."""
    now = datetime.fromtimestamp(int(time.time()), UTC)
    meta = {"timestamp": now.isoformat(), "klaviyo_account_id": _ACCOUNT, "version": 1}
    body, at = orjson.dumps({"data": [_event(row, state) for row in rows], "meta": meta}), format_datetime(now, usegmt=True)
    signature = hmac.digest(secret.encode(), body + at.encode(), hashlib.sha256).hex()
    return body, {"Klaviyo-Signature": signature, "Klaviyo-Timestamp": at, "Content-Type": "application/json"}


def _event(row: dict[str, Any], state: ProviderState) -> dict[str, Any]:
    metric = ENGAGEMENT_METRICS[row["event"]]
    (event,) = state.read(
        "select e.seq, e.time_s, e.properties, e.profile_seq from events e join metrics m on m.seq = e.metric_seq"
        " where e.profile_seq = ? and e.unique_id = ? and m.name = ?",
        (row["profile_seq"], engagement_id(row["seq"], row["event"], row["at_us"]), metric),
    )
    at = {"timestamp": event["time_s"], "datetime": iso(event["time_s"])}
    attributes = {**at, "event_properties": orjson.loads(event["properties"])}
    person = {"type": "profile", "id": ids.long_id(ids.PROFILE, event["profile_seq"]), "attributes": {"email": row["address"]}}
    told = {"type": "event", "id": ids.long_id(ids.EVENT, event["seq"]), "attributes": attributes}
    topic = f"event:klaviyo.{metric.lower().replace(' ', '_')}"
    return {"topic": topic, "payload": {"data": told, "included": [person]}}
