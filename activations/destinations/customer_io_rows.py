"""Rows as Customer.io's Track API takes them, within its limits (docs.customer.io/integrations/api/track, …/reference/limits)."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any

from ulid import ULID

from activations.destinations.as_json import as_json
from activations.destinations.rows import PEOPLE, unsendable
from activations.model import Message

_NAME_BYTES, _VALUE_BYTES, _ATTRIBUTES, _EVENT_NAME_BYTES = 150, 1_000, 300, 100
_BOOKKEEPING = {*PEOPLE, "audience", "row_hash", "row_id", "event", "occurred_at"}
_RESERVED_OF_PEOPLE = frozenset({"id", "cio_id", "anonymous_id", "unsubscribed"})
_RESERVED_OF_EVENTS = frozenset({"recipient", "from_address", "reply_to", "to", "cc", "bcc", "unsubscribed"})
"""They would send an event's message to someone else, or say something of consent."""
_MESSAGE = ("campaign", "message", "purpose", "subject", "body", "html_body", "occasion", "message_id")


def profile(row: Mapping[str, Any]) -> bytes:
    """A person. What a column holds no longer is taken from them; what no column names stays."""
    if fault := _fault_of_id(row.get("profile_id")):
        return unsendable(fault, "profile_id")
    attributes = {name: value for name in PEOPLE[1:] if (value := row.get(name))}
    if wrong := next((name for name, value in attributes.items() if _is_too_long(value)), None):
        return unsendable("value_too_long", wrong)
    for name, value in row.items():
        if _is_property(name, _RESERVED_OF_PEOPLE):
            attributes[name] = plain = _plain(value)
            if len(name.encode(errors="replace")) > _NAME_BYTES:
                return unsendable("name_too_long", name)
            if _is_too_long(plain):
                return unsendable("value_too_long", name)
    if len(attributes) > _ATTRIBUTES:
        return unsendable("too_many_properties")
    return as_json({"type": "person", "action": "identify", "identifiers": {"id": str(row["profile_id"])}, "attributes": attributes})


def message(row: Message) -> bytes:
    """An event that starts the campaign of its name; an e-mail of that campaign goes to the message's own address."""
    if fault := _fault_of_id(row.profile_id):
        return unsendable(fault, "profile_id")
    attributes = {name: getattr(row, name) for name in _MESSAGE}
    attributes["phone" if row.channel == "sms" else "recipient"] = row.address
    return _event({"id": row.profile_id}, row.campaign, row.message_id, row.occurred_at, attributes)


def event(row: Mapping[str, Any]) -> bytes:
    """Something that happened to a person, who may be known by an address alone."""
    key = next((theirs for theirs in ("profile_id", "email", "phone") if row.get(theirs)), "profile_id")
    if fault := _fault_of_id(row.get(key)):
        return unsendable(fault, key)
    attributes = {name: _plain(value) for name, value in row.items() if _is_property(name, _RESERVED_OF_EVENTS)}
    who = {"id" if key == "profile_id" else key: str(row[key])}
    return _event(who, str(row["event"]), str(row["row_id"]), row["occurred_at"], attributes)


def _event(who: dict[str, str], name: str, key: str, at: datetime, attributes: dict[str, Any]) -> bytes:
    if len(name.encode(errors="replace")) > _EVENT_NAME_BYTES:
        return unsendable("name_too_long", "event")
    identifier = _ulid(key, at)
    head = {"type": "person", "action": "event", "identifiers": who, "name": name, "id": identifier, "timestamp": _seconds(at)}
    return as_json(head | {"attributes": attributes})


def member(row: Mapping[str, Any]) -> bytes:
    """Someone to be taken off a segment, by id, or by address where no id is meant."""
    for ours, theirs in (("profile_id", "id"), ("email", "email")):
        if row.get(ours):
            return as_json([theirs, str(row[ours])])
    return as_json(["", ""])


def _fault_of_id(value: Any) -> str | None:
    """What is wrong with what a person is known by."""
    if not value:
        return "profile_id_missing"
    return "profile_id_too_long" if len(str(value).encode(errors="replace")) > _NAME_BYTES else None


@cache
def _is_property(name: str, reserved: frozenset[str]) -> bool:
    plain = name.strip().lower()
    return plain not in _BOOKKEEPING and plain not in reserved and not plain.startswith(("cio_", "_")) and bool(plain)


def _ulid(key: str, at: datetime) -> str:
    """The same for the same key and time: Customer.io drops the second event with it."""
    milliseconds = max(0, int(_zoned(at).timestamp() * 1000))
    return str(ULID.from_bytes(milliseconds.to_bytes(6, "big") + hashlib.sha256(key.encode(errors="replace")).digest()[:10]))


def _plain(value: Any) -> Any:
    """Times as seconds since 1970, which is what segments and campaigns reckon with."""
    return _seconds(value) if isinstance(value, date) else value


def _seconds(value: date) -> int:
    return int(_zoned(value if isinstance(value, datetime) else datetime.combine(value, time())).timestamp())


def _zoned(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _is_too_long(value: Any) -> bool:
    if value is None or isinstance(value, float | bool):
        return False
    if isinstance(value, str):
        return len(value) > _VALUE_BYTES // 4 and len(value.encode(errors="replace")) > _VALUE_BYTES
    return len(as_json(value)) > _VALUE_BYTES
