"""Rows as Brevo takes them (developers.brevo.com/reference).

Attributes of contacts are named REGULARS_<COLUMN>, so that no column, whatever it is called, is one of Brevo's own: those of
consent (OPT_IN, DOUBLE_OPT-IN, BLACKLIST) among them. EMAIL is never an attribute: to change it would let a blocked contact in.
"""

import hashlib
import math
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from activations.destinations.as_json import as_json, as_text
from activations.destinations.rows import email_of, properties, unsendable
from activations.model import Message

PREFIX = "REGULARS_"
_NAMED = {"first_name": "FIRSTNAME", "last_name": "LASTNAME"}
_EVENT_BYTES, _NAME_CHARACTERS, _VALUE_CHARACTERS = 50_000, 255, 60_000
_PHONE = re.compile(r"\+?[1-9]\d{5,14}")
_KEYS = uuid.UUID("5c0f2f0e-61c5-5b0c-8a86-0d6e3a1f7c55")
_OF_EVENTS = ("row_id", "event", "occurred_at", "profile_id", "email", "phone", "first_name", "last_name")
_LETTERS = re.compile(r"[^A-Za-z0-9_-]")


@cache
def attribute_name(column: str) -> str:
    """Capital letters, digits and underscores, 50 at most; columns that differ otherwise only are told apart by a hash."""
    return PREFIX + _name(column.upper() if column == column.lower() else column, re.compile(r"[^A-Z0-9_]"), 50 - len(PREFIX))


def contact(row: Mapping[str, Any]) -> bytes:
    """A contact, known by their e-mail address. What is not known is left out, so that it stays as it is there."""
    email = email_of(row)
    if email is None:
        return unsendable("invalid_email" if row.get("email") else "email_missing", "email")
    attributes: dict[str, Any] = {theirs: as_text(row[ours]) for ours, theirs in _NAMED.items() if row.get(ours)}
    attributes[attribute_name("profile_id")] = as_text(row.get("profile_id"))
    if phone := phone_digits(row.get("phone")):
        attributes["SMS"] = f"+{phone}"
    for name, value in properties(row).items():
        plain = _attribute(value)
        if isinstance(plain, str) and len(plain) > _VALUE_CHARACTERS:
            return unsendable("value_too_long", name)
        if plain is not None:
            attributes[attribute_name(name)] = plain
    return as_json({"email": email, "attributes": attributes})


def member(row: Mapping[str, Any]) -> bytes:
    """Someone to be taken off a list; nobody is known there but by an address."""
    return as_json(email_of(row))


def mail(row: Message, sender: Mapping[str, str]) -> bytes:
    """The key makes Brevo drop a repeat, though for half an hour only; the tags, and X-Mailin-custom in webhooks, tell which message
    it is."""
    email = email_of({"email": row.address})
    if email is None:
        return unsendable("invalid_email", "address")
    if not (texts := {name: text for name, text in (("textContent", row.body), ("htmlContent", row.html_body)) if text}):
        return unsendable("body_missing", "body")
    name = " ".join((row.first_name or "").split())[:70]
    to = {"email": email} | ({"name": name} if name else {})
    body: dict[str, Any] = {"sender": sender, "to": [to], "subject": " ".join((row.subject or "").split()) or row.campaign, **texts}
    headers = {"idempotencyKey": key(row), "X-Mailin-custom": as_json({"message_key": row.message_id}).decode()}
    return as_json(body | {"tags": [marker(row), row.campaign], "headers": headers})


def sms(row: Message, sender: str) -> bytes:
    """Digits without plus; what is not transactional is marketing, which Brevo holds back at night and on Sundays in France."""
    phone = phone_digits(row.address)
    if phone is None:
        return unsendable("invalid_number", "address")
    if not row.body.strip():
        return unsendable("body_missing", "body")
    kind = "transactional" if row.purpose == "transactional" else "marketing"
    body = {"sender": sender, "recipient": phone, "content": row.body, "type": kind, "tag": marker(row)}
    return as_json(body | {"unicodeEnabled": not row.body.isascii()})


def event(row: Mapping[str, Any]) -> bytes:
    """Something that happened to a contact, with values as /events/batch takes them: texts, whole numbers, lists, objects."""
    who: dict[str, str] = {}
    if email := email_of(row):
        who["email_id"] = email
    if phone := phone_digits(row.get("phone")):
        who["phone_id"] = f"+{phone}"
    if not who:
        return unsendable("email_missing", "email")
    values = {_name(name, _LETTERS, _NAME_CHARACTERS): _event_value(value) for name, value in properties(row, _OF_EVENTS).items()}
    kept = {name: value for name, value in values.items() if value is not None}
    if len(as_json(kept)) > _EVENT_BYTES:
        return unsendable("row_too_large")
    name = _name(str(row["event"]), _LETTERS, _NAME_CHARACTERS)
    return as_json({"event_name": name, "event_date": _moment(row["occurred_at"]), "identifiers": who, "event_properties": kept})


def marker(row: Message) -> str:
    """What a message is looked up by."""
    return f"message-{row.message_id}"


def key(row: Message) -> str:
    return str(uuid.uuid5(_KEYS, row.message_id.encode(errors="replace").decode()))


def _name(column: str, wrong: re.Pattern[str], longest: int) -> str:
    plain = wrong.sub("_", column)
    if plain != column or not plain or len(plain) > longest:
        digest = hashlib.sha256(column.encode(errors="replace")).hexdigest()[:8]
        plain = f"{plain[: longest - 9]}_{digest.upper() if wrong is not _LETTERS else digest}"
    return plain


def phone_digits(value: object) -> str | None:
    """A phone number as E.164 without its plus, 6 to 15 digits; None where it is none."""
    text = re.sub(r"[\s()./-]", "", str(value or ""))
    return text.removeprefix("+") if _PHONE.fullmatch(text) and text.isascii() else None


def _attribute(value: Any) -> str | float | bool | None:
    if isinstance(value, date):
        return _moment(value)[:10]  # attributes of type date hold days
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float | Decimal):
        if isinstance(value, int):
            return value if value.bit_length() < 53 else None
        is_number = value.is_finite() if isinstance(value, Decimal) else True
        return float(value) if is_number and math.isfinite(float(value)) else None
    return as_text(value)


def _event_value(value: Any) -> str | int | list[str] | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value.bit_length() < 64):
        return value
    if isinstance(value, list | tuple):
        return [as_text(item) for item in value]
    return _moment(value) if isinstance(value, date) else as_text(value)


def _moment(at: date) -> str:
    if not isinstance(at, datetime):
        return at.isoformat()
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).isoformat(timespec="milliseconds")
