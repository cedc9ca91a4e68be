"""Rows on their way into a provider's request: what they say besides who it is, and rows that no request can carry."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from activations.model import Outcome, Refused, Rejected

PEOPLE = ("profile_id", "email", "phone", "first_name", "last_name")
_BOOKKEEPING = {"audience", "row_hash"}
_UNSENDABLE = b"!"


def properties(row: Mapping[str, Any], known: Sequence[str] = PEOPLE) -> dict[str, Any]:
    """The columns of a row that are neither `known` nor bookkeeping."""
    return {name: value for name, value in row.items() if name not in known and name not in _BOOKKEEPING}


def are_events(columns: pa.Schema) -> bool:
    """Whether these are columns of what happened (Work.APPEND), for which no list and no field of people is needed."""
    return "row_id" in columns.names


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
