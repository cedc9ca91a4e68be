"""Rows as operations of Mailchimp's API: a contact, an event of a contact, the audience fields that properties need."""

import hashlib
import math
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import orjson
import pyarrow as pa

from activations.destinations.as_json import as_json
from activations.destinations.rows import PEOPLE, email_of, properties, unsendable

_NAMES = {"first_name": "FNAME", "last_name": "LNAME"}
_TAG_LETTERS = 10
_EVENT_KNOWN = ("row_id", "event", "occurred_at", "profile_id", "email", "phone")
#: Tags that mean something else in campaigns: mailchimp.com/help/reserved-field-names-to-avoid.
_RESERVED = {
    "EMAIL", "EMAIL_TYPE", "FNAME", "LNAME", "ADDRESS", "PHONE", "BIRTHDAY", "INTERESTS", "UNSUB", "FORWARD", "REWARDS", "ARCHIVE",
    "USER_URL", "DATE", "ARCHIVE_LI", "TWITTER", "FACEBOOK", "LIST", "SUBJECT", "CAMPAIGN", "HTML", "REFERRAL", "TRANSLATE", "SURVEY",
}  # fmt: skip


def member_path(list_id: str, email: str) -> str:
    """Contacts are known by the MD5 of their address in lower case."""
    return f"/lists/{list_id}/members/{hashlib.md5(email.lower().encode(errors='replace'), usedforsecurity=False).hexdigest()}"


def member(row: Mapping[str, Any], list_id: str, status_if_new: str) -> bytes:
    """Adds or updates a contact, whose subscription stays as it is."""
    email = email_of(row)
    if not email:
        return unsendable("invalid_address" if row.get("email") else "email_missing")
    fields = {tag: str(row[name]) for name, tag in _NAMES.items() if row.get(name)}
    fields |= {tag_of(name): _value(value) for name, value in properties(row).items()}
    body = {"email_address": email, "status_if_new": status_if_new, "merge_fields": fields}
    path = member_path(list_id, email)
    operation = {"method": "PUT", "path": path, "params": {"skip_merge_validation": "true"}, "operation_id": path}
    return as_json(operation | {"body": as_json(body).decode()})


def address_in(row: bytes) -> str:
    """The address of an encoded contact."""
    return str(orjson.loads(orjson.loads(row)["body"])["email_address"])


def event(row: Mapping[str, Any], list_id: str) -> bytes:
    """Something that a contact did. Names have 2 to 30 characters, properties are texts."""
    email, name = email_of(row), re.sub(r"\W+", "_", str(row["event"]), flags=re.ASCII)[:30]
    if not email or len(name) < 2:
        return unsendable("invalid_event_name" if email else "invalid_address" if row.get("email") else "email_missing")
    told = {key: str(_value(value)) for key, value in properties(row, _EVENT_KNOWN).items() if value is not None}
    at = row["occurred_at"]
    moment = {"occurred_at": at.isoformat() + ("" if at.tzinfo else "+00:00")} if hasattr(at, "tzinfo") else {}
    body = as_json({"name": name, "properties": told | {"row_id": str(row["row_id"])}, **moment}).decode()
    return as_json({"method": "POST", "path": f"{member_path(list_id, email)}/events", "body": body})


def merge_fields(columns: pa.Schema) -> Iterator[dict[str, Any]]:
    """The audience fields that these columns need, each once, as they are created; seen by nobody but those who write campaigns."""
    made = set()
    for column in columns:
        tag = tag_of(column.name)
        if column.name in PEOPLE or column.name in ("audience", "row_hash") or tag in made:
            continue
        made.add(tag)
        kind = column.type
        is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
        name = column.name[:50] if column.name.strip() else tag
        yield {"tag": tag, "name": name, "type": "number" if is_number else "text", "required": False, "public": False}


@cache
def tag_of(column: str) -> str:
    """Up to 10 capital letters, digits and underscores; the same for ever, and no two columns' the same."""
    tag = re.sub(r"[^A-Z0-9_]", "_", column.upper())
    if len(tag) <= _TAG_LETTERS and tag not in _RESERVED and tag[:1].isalpha() and tag.lower() == column:
        return tag
    return f"P{tag[:4]}_{hashlib.sha256(column.encode(errors='replace')).hexdigest()[:4].upper()}"


def _value(value: Any) -> Any:
    """Empty clears a field; a list stands in one text."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "; ".join(map(str, value))
    if isinstance(value, Decimal):
        return float(value) if value.is_finite() else ""
    return value if isinstance(value, int | float) else value.isoformat() if hasattr(value, "isoformat") else str(value)
