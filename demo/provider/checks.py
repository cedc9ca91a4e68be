"""What a Klaviyo request must look like: one shape per endpoint, and what no shape can say."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from demo.provider.answers import KlaviyoError
from demo.provider.shapes import Shape

MAX_PROFILES_PER_IMPORT = 10_000
MAX_EVENTS_PER_CALL = 1_000
MAX_MEMBERS_PER_CALL = 1_000
MAX_SUPPRESSIONS_PER_CALL = 100
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
PHONE = re.compile(r"\+[1-9]\d{6,14}")
_DAY_ONE = datetime(1990, 1, 1, tzinfo=UTC)

_PROFILE = {
    **dict.fromkeys(
        ("email", "phone_number", "external_id", "_kx", "first_name", "last_name", "organization", "locale", "image"),
        str,
    ),
    "location": dict,
    "properties": dict,
}
_EVENT_PROFILE = {"data!": {"type!": "profile", "id": str, "attributes!": {**_PROFILE, "anonymous_id": str, "meta": dict}}}
_METRIC = {"data!": {"type!": "metric", "attributes!": {"name!": str, "service": str}}}
_EVENT = {
    "properties!": dict,
    "time": str,
    "value": float,
    "value_currency": str,
    "unique_id": str,
    "backfill": bool,
    "metric!": _METRIC,
}
_MEMBERS = [{"type!": "profile", "id!": str}, 1, MAX_MEMBERS_PER_CALL]
_LIST = {"type!": "list", "id!": str}
_ADDRESSES = [{"type!": "profile", "attributes!": {"email!": str}}, 0, MAX_SUPPRESSIONS_PER_CALL]
_IMPORTED = [{"type!": "profile", "id": str, "attributes!": _PROFILE, "meta": dict}, 1, MAX_PROFILES_PER_IMPORT]
_BULK_EVENTS = [
    {
        "type!": "event-bulk-create",
        "attributes!": {
            "backfill": bool,
            "profile!": _EVENT_PROFILE,
            "events!": {"data!": [{"type!": "event", "attributes!": _EVENT}, 1, MAX_EVENTS_PER_CALL]},
        },
    },
    1,
    MAX_EVENTS_PER_CALL,
]

IMPORT_JOB = Shape(
    {
        "data!": {
            "type!": "profile-bulk-import-job",
            "attributes!": {"profiles!": {"data!": _IMPORTED}},
            "relationships": {"lists": {"data": [_LIST, 0, 1000]}},
        }
    }
)
EVENT = Shape({"data!": {"type!": "event", "attributes!": {**_EVENT, "profile!": _EVENT_PROFILE}}})
EVENT_JOB = Shape({"data!": {"type!": "event-bulk-create-job", "attributes!": {"events-bulk-create!": {"data!": _BULK_EVENTS}}}})
MEMBERS = Shape({"data!": _MEMBERS})
NEW_LIST = Shape({"data!": {"type!": "list", "attributes!": {"name!": str, "opt_in_process": str}}})
SUPPRESSION_JOB = Shape(
    {
        "data!": {
            "type!": "profile-suppression-bulk-create-job",
            "attributes!": {"profiles": {"data!": _ADDRESSES}},
            "relationships": dict,
        }
    }
)


def check_time(text: str, now: datetime, pointer: str) -> None:
    """Raise KlaviyoError unless the event's time is a date with a zone, after 1990 and at most a year ahead."""
    try:
        moment = datetime.fromisoformat(text)
        is_right = moment.tzinfo is not None and _DAY_ONE < moment < now + timedelta(days=366)
    except ValueError:
        is_right = False
    if not is_right:
        detail = "The time must be an ISO 8601 date-time after the year 1990 and at most one year in the future."
        raise KlaviyoError(400, "invalid", detail, pointer=pointer)


def profile_misfit(profile_id: str | None, attributes: dict[str, Any]) -> tuple[str, str] | None:
    """What is wrong with a profile's identifiers, as (field, sentence), or None. The sentence names no address."""
    email, phone = attributes.get("email"), attributes.get("phone_number")
    if email is not None and not EMAIL.fullmatch(email.strip()):
        return "email", "Invalid email address."
    if phone is not None and not PHONE.fullmatch(phone):
        return "phone_number", "Invalid phone number format (must be E.164)."
    if profile_id is None and not (email or phone or attributes.get("external_id") or attributes.get("_kx")):
        return "", "At least one profile identifier is required."
    return None


def normalised(attributes: dict[str, Any]) -> dict[str, Any]:
    """The attributes with the e-mail in lower case, as profiles are matched."""
    email = attributes.get("email")
    return attributes if email is None else {**attributes, "email": email.strip().lower()}
