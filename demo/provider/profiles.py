"""Profiles as Klaviyo keeps them: one per e-mail, per phone and per external id.

A request may name ten thousand people, so all of them are read at once, changed in memory and written at once.
"""

import sqlite3
from collections.abc import Iterable
from typing import Any

import orjson

from demo.provider import ids
from demo.provider.checks import normalised
from demo.provider.schema import marks, to_json

# Column of the table: name in the API. The identifiers come first, in the order in which they are believed.
_IDENTIFIERS = {"external_id": "external_id", "email": "email", "phone": "phone_number"}
_FIELDS = {**_IDENTIFIERS, "first_name": "first_name", "last_name": "last_name"}
_MORE = ("organization", "locale", "image", "location")
_WRITTEN = (*_FIELDS, "more", "properties", "created_us", "updated_us")
Attributes = dict[str, Any]
Named = tuple[str | None, Attributes]  # an id, if any, and the attributes


class DuplicateProfileError(Exception):
    """The identifiers given belong to two different profiles."""


class Directory:
    """The profiles that one request is about: who is who, and what is to be written by `flush`."""

    def __init__(self, connection: sqlite3.Connection, named: Iterable[Named], now_us: int) -> None:
        self._connection = connection
        self._now_us = now_us
        self._rows: dict[int, dict[str, Any]] = {}
        self._by: dict[str, dict[Any, int]] = {"seq": {}, **{column: {} for column in _IDENTIFIERS}}
        self._changed: set[int] = set()
        self._renamed: set[int] = set()
        wanted: dict[str, set[Any]] = {column: set() for column in self._by}
        for profile_id, attributes in named:
            if profile_id is not None:
                wanted["seq"].add(ids.long_row(ids.PROFILE, profile_id))
            for column, name in _IDENTIFIERS.items():
                if attributes.get(name):
                    wanted[column].add(attributes[name].strip().lower() if name == "email" else attributes[name])
        for column, values in wanted.items():
            self._load(column, sorted(values))
        last = connection.execute("select coalesce(max(seq), 0) from profiles")
        self._first = self._next = int(last.fetchone()[0]) + 1

    def upsert(self, profile_id: str | None, given: Attributes) -> int:
        """Create or update one profile; returns its row. None clears a field, an absent field stays.

        Raises DuplicateProfileError when the identifiers belong to two profiles, or when only the phone matches a
        profile with another e-mail: taking the address over would send one person's mail to another.
        """
        attributes = normalised(given)
        found = self._find(profile_id, attributes)
        if len(found) > 1:
            raise DuplicateProfileError
        if not found:
            return self._create(attributes)
        row = self._rows[found[0]]
        email, external_id = attributes.get("email"), attributes.get("external_id")
        is_same = (email and row["email"] == email) or (external_id and row["external_id"] == external_id)
        if profile_id is None and not is_same and email and row["email"]:
            raise DuplicateProfileError
        self._update(row, attributes)
        return found[0]

    def of_event(self, profile_id: str | None, given: Attributes) -> tuple[int, str | None] | None:
        """Row and e-mail of an event's profile, created or completed; None for an id that does not exist."""
        attributes = normalised(given)
        found = self._find(profile_id, attributes)
        if not found:
            return None if profile_id is not None else (self._create(attributes), attributes.get("email") or None)
        row = self._rows[found[0]]
        # An event fills in what is missing, but moves no address from one profile to another and changes none.
        held = {name for column, name in _IDENTIFIERS.items() if len(found) > 1 or row[column] is not None}
        self._update(row, {name: value for name, value in attributes.items() if value is not None and name not in held})
        return found[0], row["email"]

    def flush(self) -> None:
        """Write what is new and what changed, inside the caller's transaction."""
        # Identifiers that move between profiles are let go first, so that no two rows hold one at the same time.
        self._connection.executemany(
            "update profiles set external_id = null, email = null, phone = null where seq = ?",
            [(seq,) for seq in self._renamed],
        )
        columns = ", ".join(_WRITTEN)
        self._connection.executemany(
            f"update profiles set ({columns}) = ({marks(_WRITTEN)}) where seq = ?",
            [(*(self._rows[seq][column] for column in _WRITTEN), seq) for seq in self._changed],
        )
        new = [row for seq, row in self._rows.items() if seq >= self._first]
        self._connection.executemany(
            f"insert into profiles ({columns}, seq) values ({marks(_WRITTEN)}, ?)",
            [(*(row[column] for column in _WRITTEN), row["seq"]) for row in new],
        )

    def _load(self, column: str, values: list[Any]) -> None:
        rows = self._connection.execute(f"select * from profiles where {column} in ({marks(values)})", values)
        for row in rows.fetchall():
            if row["seq"] not in self._rows:
                self._register(dict(row))

    def _register(self, row: dict[str, Any]) -> None:
        self._rows[row["seq"]] = row
        for column, rows in self._by.items():
            if row[column] is not None:
                rows[row[column]] = row["seq"]

    def _find(self, profile_id: str | None, attributes: Attributes) -> list[int]:
        found: dict[int | None, None] = {}
        if profile_id is not None:
            found[self._by["seq"].get(ids.long_row(ids.PROFILE, profile_id))] = None
        for column, name in _IDENTIFIERS.items():
            found[self._by[column].get(attributes.get(name))] = None
        return [seq for seq in found if seq is not None]

    def _create(self, attributes: Attributes) -> int:
        more = {name: attributes[name] for name in _MORE if attributes.get(name) is not None}
        row = {column: attributes.get(name) or None for column, name in _FIELDS.items()}
        row |= {"seq": self._next, "more": to_json(more), "properties": to_json(attributes.get("properties") or {})}
        row |= {"created_us": self._now_us, "updated_us": self._now_us}
        self._next += 1
        self._register(row)
        return self._next - 1

    def _update(self, row: dict[str, Any], attributes: Attributes) -> None:
        changed = {column: attributes[name] or None for column, name in _FIELDS.items() if name in attributes}
        more = {name: attributes[name] for name in _MORE if name in attributes}
        for column, addition in (("properties", attributes.get("properties")), ("more", more)):
            if addition:
                changed[column] = to_json({**orjson.loads(row[column]), **addition})
        changed = {column: value for column, value in changed.items() if row[column] != value}
        if not changed:
            return
        is_stored = row["seq"] < self._first
        for column in _IDENTIFIERS.keys() & changed.keys():
            self._by[column].pop(row[column], None)
            if changed[column] is not None:
                self._by[column][changed[column]] = row["seq"]
            if is_stored:
                self._renamed.add(row["seq"])
        row.update(changed, updated_us=self._now_us)
        if is_stored:
            self._changed.add(row["seq"])
