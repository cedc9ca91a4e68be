"""Rows as they stand in Klaviyo's requests. A request is put together from these bytes without reading them again."""

from collections.abc import Mapping
from typing import Any

import orjson
import pyarrow as pa

from activations.destinations.as_json import as_json
from activations.destinations.json_columns import json_if_given, json_object, rows_of
from activations.model import Message

_FIELDS = [
    ("profile_id", "external_id"),
    ("email", "email"),
    ("phone", "phone_number"),
    ("first_name", "first_name"),
    ("last_name", "last_name"),
]
_RESERVED = {"subscriptions", "consent", "meta"}
_EVENT_BEGINS = b'{"type":"event-bulk-create","attributes":{'
_MESSAGE_PROPERTIES = ("campaign", "message", "purpose", "subject", "body", "html_body", "occasion")


class _Properties(dict[str, bool]):
    """Whether a column is a property. Klaviyo reads names that begin with $ as its own fields, consent ($consent) among them."""

    def __init__(self, *others: str) -> None:
        super().__init__({ours: False for ours, _ in _FIELDS} | dict.fromkeys((*others, "audience", "row_hash"), False))

    def __missing__(self, name: str) -> bool:
        self[name] = is_property = not name.strip().startswith("$") and name.strip().lower() not in _RESERVED
        return is_property


_OF_PROFILES = _Properties()
_OF_EVENTS = _Properties("row_id", "event", "occurred_at")


def profile(row: Mapping[str, Any]) -> bytes:
    """A person of a list. What is not known is left out, so that it stays as it is there."""
    attributes: dict[str, Any] = {theirs: value for ours, theirs in _FIELDS if (value := row.get(ours))}
    attributes["properties"] = {name: value for name, value in row.items() if _OF_PROFILES[name]}
    return as_json({"type": "profile", "attributes": attributes})


def profiles(batch: pa.RecordBatch) -> list[bytes]:
    """Each row as `profile` gives it."""
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    given = [part for ours, theirs in _FIELDS if ours in columns for part in json_if_given(theirs, columns[ours])]
    properties = json_object((name, column) for name, column in columns.items() if _OF_PROFILES[name])
    return rows_of(['{"type":"profile","attributes":{', *given, '"properties":', *properties, "}}"])


def message(row: Message) -> bytes:
    """An event that starts the flow of its campaign."""
    reached_by = "phone_number" if row.channel == "sms" else "email"
    who = {"external_id": row.profile_id, reached_by: row.address}
    if row.first_name:
        who["first_name"] = row.first_name
    # message_key is what its flow may hand on, so that what is told of the message names it.
    properties = {name: getattr(row, name) for name in _MESSAGE_PROPERTIES} | {"message_key": row.message_id}
    return _event(who, row.campaign, row.message_id, row.occurred_at, properties)


def event(row: Mapping[str, Any]) -> bytes:
    """Something that happened."""
    who = {theirs: value for ours, theirs in _FIELDS if (value := row.get(ours))}
    properties = {name: value for name, value in row.items() if _OF_EVENTS[name]}
    return _event(who, row["event"], row["row_id"], row["occurred_at"], properties)


def member(row: Mapping[str, Any]) -> bytes:
    """Someone to be taken off a list, with all that they can be found by."""
    return as_json([row.get(name) for name in ("provider_ref", "profile_id", "email", "phone")])


def _event(who: Mapping[str, Any], metric: str, key: str, at: Any, properties: Mapping[str, Any]) -> bytes:
    happened = {
        "properties": properties,
        "time": at,
        "unique_id": key,
        "metric": {"data": {"type": "metric", "attributes": {"name": metric}}},
    }
    attributes = {
        "profile": {"data": {"type": "profile", "attributes": who}},
        "events": {"data": [{"type": "event", "attributes": happened}]},
    }
    return as_json({"type": "event-bulk-create", "attributes": attributes})


def many_events(rows: list[bytes], is_first_load: bool) -> bytes:
    """The request of /api/event-bulk-create-jobs. A back-fill is recorded and starts no flow."""
    if is_first_load:
        rows = [_EVENT_BEGINS + b'"backfill":true,' + row.removeprefix(_EVENT_BEGINS) for row in rows]
    return b'{"data":{"type":"event-bulk-create-job","attributes":{"events-bulk-create":{"data":[%b]}}}}' % b",".join(rows)


def one_event(row: bytes, is_first_load: bool) -> bytes:
    """The request of /api/events, where a repeat is dropped instead of refused."""
    attributes = orjson.loads(row)["attributes"]
    happened = attributes["events"]["data"][0]["attributes"] | {"profile": attributes["profile"]}
    if is_first_load:
        happened["backfill"] = True
    return as_json({"data": {"type": "event", "attributes": happened}})


def import_job(rows: list[bytes], audience_id: str) -> bytes:
    """The request of /api/profile-bulk-import-jobs."""
    lists = as_json({"lists": {"data": [{"type": "list", "id": audience_id}]}})
    begins = b'{"data":{"type":"profile-bulk-import-job","attributes":{"profiles":{"data":[%b]}},"relationships":%b}}'
    return begins % (b",".join(rows), lists)
