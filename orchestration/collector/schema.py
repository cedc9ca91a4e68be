"""What an event must look like to be taken, as a JSON schema, and what is wrong with one in words: the field, never its value in clear."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError, best_match

from activations.masking import mask
from orchestration.sources.table import EARLIEST, MOST_MONEY

#: A landing refuses what is dated more than a day after it began, which may be before the event came: what is taken must land.
AHEAD = timedelta(hours=12)
_ID = {"type": ["string", "integer"], "pattern": r"\S", "maxLength": 200, "minimum": 0, "maximum": 2**63 - 1}
_MAYBE_ID = {**_ID, "type": ["string", "integer", "null"]}
_WORD = {"type": ["string", "null"], "maxLength": 500}
_LINK = {"type": ["string", "null"], "maxLength": 8000}
_AMOUNT = {"type": ["number", "null"], "minimum": -MOST_MONEY, "maximum": MOST_MONEY}

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "An event",
    "type": "object",
    "required": ["event_id", "event_name", "event_at"],
    "properties": {
        "event_id": _ID,
        "event_name": {"type": "string", "pattern": r"\S", "maxLength": 200},
        "event_at": {"type": "string", "format": "date-time"},
        **dict.fromkeys(("anonymous_id", "user_id", "session_id", "item_id", "order_id"), _MAYBE_ID),
        **dict.fromkeys(("source", "medium", "campaign", "item_name", "item_category", "device_category", "brand", "email"), _WORD),
        **dict.fromkeys(("page_url", "referrer"), _LINK),
        "item_price": {**_AMOUNT, "minimum": 0},
        "item_quantity": {"type": ["integer", "null"], "minimum": 0, "maximum": 10**9},
        "value": _AMOUNT,
        "currency": {"type": ["string", "null"], "pattern": "^[A-Z]{3}$"},
        "properties": {"type": ["object", "null"]},
    },
}

_WORDS: dict[str, Callable[[Any], str]] = {
    "required": lambda _: "is missing",
    "type": lambda wanted: f"must be {' or '.join([wanted] if isinstance(wanted, str) else wanted)}",
    "pattern": lambda wanted: "must not be blank" if wanted == r"\S" else f"must match {wanted}",
    "maxLength": lambda wanted: f"must not be longer than {wanted} characters",
    "minimum": lambda wanted: f"must not be below {wanted}",
    "maximum": lambda wanted: f"must not be above {wanted}",
    "format": lambda _: "must be a date and time with its offset from UTC, such as 2026-06-30T09:00:00Z",
}

_formats = FormatChecker(formats=())


def _is_instant(value: object) -> bool:
    if not isinstance(value, str):
        return True  # what is no text is told by `type`
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


_formats.checks("date-time")(_is_instant)
_validator = Draft202012Validator(SCHEMA, format_checker=_formats)


def fault_of(event: object, now: datetime) -> dict[str, str] | None:
    """The gravest fault of an event, as field (`` for the event itself), error and, where it shows something, the masked value;
    `None`: it may be taken. now: aware."""
    error = best_match(_validator.iter_errors(event))
    if error is not None:
        return _told(error)
    at = datetime.fromisoformat(event["event_at"])  # type: ignore[index]
    earliest = datetime(EARLIEST.year, EARLIEST.month, EARLIEST.day, tzinfo=UTC)
    if not earliest <= at <= now + AHEAD:
        return {"field": "event_at", "error": f"must lie between {EARLIEST} and {AHEAD} from now", "value": at.isoformat()}
    return None


def _told(error: ValidationError) -> dict[str, str]:
    field = ".".join(str(step) for step in error.absolute_path)
    if error.validator == "required":
        given: Mapping[str, Any] = error.instance
        return {"field": next(name for name in error.validator_value if name not in given), "error": "is missing"}
    told = {"field": field, "error": _WORDS[str(error.validator)](error.validator_value)}
    if isinstance(error.instance, (str, int, float)) and field:
        told["value"] = mask(str(error.instance)[:100])
    return told
