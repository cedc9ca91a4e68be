"""Rows as HubSpot takes them: every value is a text, and every property has a name that HubSpot allows.

Properties of contacts are named `regulars_<column>`, so that no column, whatever it is called, is one of HubSpot's own: those
of consent (hs_email_optout, hs_email_optout_<id>) among them. What a column holds no longer is cleared, by an empty text.
"""

import hashlib
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from activations.destinations.as_json import as_json, as_text
from activations.destinations.rows import email_of, properties, unsendable
from activations.model import Message

PREFIX = "regulars_"
_NAMED = {"first_name": "firstname", "last_name": "lastname", "phone": "phone"}
_VALUE_CHARACTERS = 65_536
_EVENT_VALUE_CHARACTERS, _EVENT_PROPERTIES, _EVENT_NAME_CHARACTERS = 256, 50, 50
_KEYS = uuid.UUID("0b1c5f6e-6f0e-5a57-9f0a-8d2f8f6c3f11")
_OF_MESSAGES = ("message_id", "campaign", "message", "purpose", "subject", "occasion", "first_name")
_OF_EVENTS = ("row_id", "event", "occurred_at", "profile_id", "email", "phone", "first_name", "last_name")


@cache
def internal_name(column: str, prefix: str = PREFIX, longest: int = 100) -> str:
    """Lower-case letters, digits and underscores; columns that differ otherwise only are told apart by a hash."""
    plain = re.sub(r"[^a-z0-9_]", "_", column)
    if plain != column or len(prefix) + len(plain) > longest or not (prefix or plain[:1].isalpha()):
        start = "" if prefix else "p_"
        plain = f"{start}{plain[: longest - len(prefix) - 12]}_{hashlib.sha256(column.encode(errors='replace')).hexdigest()[:8]}"
    return prefix + plain


def contact(row: Mapping[str, Any]) -> bytes:
    """A contact, known by their e-mail address; the trace id tells which entry of a batch an answer is about."""
    email = email_of(row)
    if email is None:
        return unsendable("invalid_email" if row.get("email") else "email_missing", "email")
    values = {theirs: as_text(row.get(ours)) for ours, theirs in _NAMED.items() if row.get(ours)}
    values[internal_name("profile_id")] = as_text(row.get("profile_id"))
    for name, value in properties(row).items():
        values[internal_name(name)] = text = _text(value)
        if len(text) > _VALUE_CHARACTERS:
            return unsendable("value_too_long", name)
    trace = hashlib.sha256(email.lower().encode(errors="replace")).hexdigest()[:32]
    return as_json({"id": email, "idProperty": "email", "objectWriteTraceId": trace, "properties": values})


def member(row: Mapping[str, Any]) -> bytes:
    """Someone to be taken off a list: by the number of their record, else by their address."""
    return as_json([row.get("provider_ref"), email_of(row)])


def message(row: Message) -> bytes:
    """An occurrence of the custom event that is named like the campaign. Its texts are those of HubSpot's workflow: a value has 256
    characters at most.
    """
    if row.channel != "email":
        return unsendable("channel_not_supported", "channel")
    values = {name: as_text(getattr(row, name))[:_EVENT_VALUE_CHARACTERS] for name in _OF_MESSAGES if getattr(row, name)}
    return _occurrence(row.campaign, row.message_id, row.occurred_at, email_of({"email": row.address}), values)


def event(row: Mapping[str, Any]) -> bytes:
    """An occurrence of the custom event that is named like the row's event."""
    values: dict[str, str] = {}
    for name, value in properties(row, _OF_EVENTS).items():
        values[internal_name(name, "", _EVENT_NAME_CHARACTERS)] = text = _text(value)
        if len(text) > _EVENT_VALUE_CHARACTERS:
            return unsendable("value_too_long", name)
    if len(values) > _EVENT_PROPERTIES:
        return unsendable("too_many_properties")
    return _occurrence(str(row["event"]), str(row["row_id"]), row["occurred_at"], email_of(row), values)


def _occurrence(name: str, key: str, at: datetime, email: str | None, values: dict[str, str]) -> bytes:
    if email is None:
        return unsendable("email_missing", "email")
    entry = {"eventName": internal_name(name, "", _EVENT_NAME_CHARACTERS), "email": email, "occurredAt": _moment(at), "properties": values}
    return as_json(entry | {"uuid": str(uuid.uuid5(_KEYS, key.encode(errors="replace").decode()))})


def _text(value: object) -> str:
    return _moment(value) if isinstance(value, datetime) else as_text(value)


def _moment(at: datetime) -> str:
    zoned = at if at.tzinfo else at.replace(tzinfo=UTC)
    return zoned.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def definition(column: str, kind: str) -> dict[str, object]:
    """A property to be created, for columns of this kind of values: text, number, date, moment or truth."""
    types = {"number": ("number", "number"), "date": ("date", "date"), "moment": ("datetime", "date"), "truth": ("bool", "booleancheckbox")}
    type_, field = types.get(kind, ("string", "text"))
    label = as_text(column).strip() or "column"
    made: dict[str, object] = {"name": internal_name(column), "label": label[:100], "type": type_, "fieldType": field}
    if kind == "truth":
        made["options"] = [
            {"label": label, "value": value, "displayOrder": number, "hidden": False}
            for number, (label, value) in enumerate((("Yes", "true"), ("No", "false")))
        ]
    return made
