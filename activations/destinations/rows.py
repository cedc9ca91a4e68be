"""Rows on their way into a provider's request: values that JSON knows, and rows that no request can carry."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from activations.model import Outcome, Refused, Rejected

PEOPLE = ("profile_id", "email", "phone", "first_name", "last_name")
_UNSENDABLE = b"!"


def properties(row: Mapping[str, Any], known: Sequence[str] = PEOPLE) -> dict[str, Any]:
    """The columns of a row that are neither `known` nor bookkeeping."""
    return {name: value for name, value in row.items() if name not in known and name not in ("audience", "row_hash")}


def to_json(value: object) -> bytes:
    """The same value always as the same bytes: dates as ISO text, decimals as numbers, what is no number as null."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"), default=_plain)
    return text.encode(errors="replace")  # half of a surrogate pair is no character


def _plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "as_tuple"):  # a decimal
        return float(value) if value.is_finite() else None
    return str(value)


def _finite(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def email_of(row: Mapping[str, Any], longest: int = 254) -> str | None:
    """The row's e-mail address if a request can carry it: one @, nothing blank or unprintable, no longer than the provider takes."""
    address = str(row.get("email") or "").strip()
    name, _, domain = address.rpartition("@")
    is_address = name and domain and "@" not in name and address.isprintable() and " " not in address
    return address if is_address and len(address) <= longest else None


def unsendable(code: str, field: str = "") -> bytes:
    """Stands for a row that no request can carry, with the reason and the column that it lies in."""
    return _UNSENDABLE + f"{code} {field}".strip().encode(errors="replace")


def sending(rows: Sequence[bytes], send: Callable[[Sequence[bytes]], list[Outcome]]) -> list[Outcome]:
    """Sends rows of which all can be sent. If some cannot, they are rejected and nothing leaves: the others are to come again."""
    if not any(row.startswith(_UNSENDABLE) for row in rows):
        return send(rows)
    return [_reason(row) if row.startswith(_UNSENDABLE) else Refused("held_up", "by others of its request") for row in rows]


def _reason(row: bytes) -> Rejected:
    code, _, field = row[1:].decode().partition(" ")
    return Rejected(code, field=field or None)
