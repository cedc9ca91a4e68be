"""Profiles, lists, metrics and events as Klaviyo's resource objects."""

import sqlite3
from typing import Any

import orjson
from starlette.requests import Request

from demo.provider import ids
from demo.provider.answers import resource
from demo.provider.clock import iso


def profile_resource(request: Request, row: sqlite3.Row, with_consent: bool = False, fields: str | None = None) -> dict[str, Any]:
    """A profile; `with_consent` adds whether it may get e-mail, and why not. `fields`: only these attributes, names with commas between."""
    identifier = ids.long_id(ids.PROFILE, row["seq"])
    if fields == "email":  # what readers of events ask for, a thousand at a time
        return resource(request, "profile", identifier, f"/api/profiles/{identifier}", {"email": row["email"]})
    attributes: dict[str, Any] = {
        "email": row["email"],
        "phone_number": row["phone"],
        "external_id": row["external_id"],
        "first_name": row["first_name"],
        "last_name": row["last_name"],
        "created": iso(row["created_us"] // 1_000_000),
        "updated": iso(row["updated_us"] // 1_000_000),
        "properties": orjson.loads(row["properties"]),
        **orjson.loads(row["more"]),
    }
    columns = row.keys()
    if "joined_us" in columns and row["joined_us"] is not None:
        attributes["joined_group_at"] = iso(row["joined_us"] // 1_000_000)
    if with_consent:
        reason = row["reason"]
        suppression = [] if reason is None else [{"reason": reason, "timestamp": iso(row["at_us"] // 1_000_000)}]
        consent = "UNSUBSCRIBED" if reason == "UNSUBSCRIBE" else "NEVER_SUBSCRIBED"
        marketing = {"can_receive_email_marketing": not suppression, "consent": consent, "suppression": suppression}
        attributes["subscriptions"] = {"email": {"marketing": marketing}}
    if fields is not None:
        attributes = {name: value for name, value in attributes.items() if name in fields.split(",")}
    return resource(request, "profile", identifier, f"/api/profiles/{identifier}", attributes)


def list_resource(request: Request, row: sqlite3.Row) -> dict[str, Any]:
    """A list."""
    identifier, created = ids.short_id(ids.LIST, row["seq"]), iso(row["created_us"] // 1_000_000)
    attributes = {"name": row["name"], "created": created, "updated": created, "opt_in_process": row["opt_in_process"]}
    return resource(request, "list", identifier, f"/api/lists/{identifier}", attributes)


def metric_resource(request: Request, row: sqlite3.Row) -> dict[str, Any]:
    """A metric."""
    identifier, created = ids.short_id(ids.METRIC, row["seq"]), iso(row["created_us"] // 1_000_000)
    integration = {"name": row["integration"], "category": "API" if row["integration"] == "API" else "Internal"}
    attributes = {"name": row["name"], "created": created, "updated": created, "integration": integration}
    return resource(request, "metric", identifier, f"/api/metrics/{identifier}", attributes)


def event_resource(request: Request, row: sqlite3.Row) -> dict[str, Any]:
    """An event with its profile and metric."""
    identifier = ids.long_id(ids.EVENT, row["seq"])
    attributes = {
        "timestamp": row["time_s"],
        "datetime": iso(row["time_s"]),
        "event_properties": orjson.loads(row["properties"]),
        "uuid": f"{row['time_s']:08x}-0000-1000-8000-{row['seq']:012x}",
    }
    found = resource(request, "event", identifier, f"/api/events/{identifier}", attributes)
    found["relationships"] = {
        "profile": {"data": {"type": "profile", "id": ids.long_id(ids.PROFILE, row["profile_seq"])}},
        "metric": {"data": {"type": "metric", "id": ids.short_id(ids.METRIC, row["metric_seq"])}},
    }
    return found
