"""Contacts as SendGrid keeps them: one per e-mail, phone number id, external id and anonymous id."""

import sqlite3
from dataclasses import dataclass, field
from typing import Any

import orjson

from demo.provider.checks import EMAIL, PHONE
from demo.provider.schema import marks, to_json
from demo.provider.sendgrid_dialect import SendGridError

IDENTIFIERS = ("email", "phone_number_id", "external_id", "anonymous_id")
# The longest value of each text, by the specification; None: any.
LENGTHS: dict[str, int | None] = {
    **dict.fromkeys(("email", "external_id", "anonymous_id"), 254),
    **dict.fromkeys(("address_line_1", "address_line_2"), 100),
    **dict.fromkeys(("country", "first_name", "last_name", "state_province_region"), 50),
    **{"city": 60, "phone_number_id": None},
}
_NOT_FIELDS = {*IDENTIFIERS, "custom_fields"}
Contact = dict[str, Any]


@dataclass
class Done:
    """What a job did; an error is the contact's identifiers and a sentence under `error`."""

    created: int = 0
    updated: int = 0
    deleted: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)


def check(contact: Contact, place: str) -> None:
    """Raise SendGridError (400 for the whole request) for a contact that cannot be taken at all."""
    if not any(contact.get(name) for name in IDENTIFIERS):
        raise SendGridError(400, "at least one identifier is required", f"{place}.identifier")
    if contact.get("email") and not EMAIL.fullmatch(contact["email"].strip()):
        raise SendGridError(400, "email is not valid", f"{place}.identifier")
    for name, most in LENGTHS.items():
        if most is not None and len(contact.get(name, "")) > most:
            raise SendGridError(400, f"length should be less than {most + 1}", f"{place}.{name}")


def apply(connection: sqlite3.Connection, contacts: list[Contact], lists: list[int], now_us: int, *, is_partial: bool) -> Done:
    """Upsert contacts one by one and put them on the lists; `is_partial`: every third one fails."""
    done = Done()
    members: list[int] = []
    for position, given in enumerate(contacts):
        contact = {**given, "email": given["email"].strip().lower()} if given.get("email") else given
        named = {name: contact[name] for name in IDENTIFIERS if contact.get(name)}
        problem = "the contact could not be processed" if is_partial and position % 3 == 2 else _misfit(named)
        found: list[sqlite3.Row] = []
        if problem is None:
            where = " or ".join(f"{name} = ?" for name in named)
            found = connection.execute(f"select * from sendgrid_contacts where {where}", list(named.values())).fetchall()
            problem = _conflict(found, named)
        if problem is not None:
            done.errors.append({**dict.fromkeys(IDENTIFIERS, ""), **named, "error": problem})
        elif found:
            members.append(_update(connection, found[0], contact, named, now_us))
            done.updated += 1
        else:
            members.append(_create(connection, contact, named, now_us))
            done.created += 1
    rows = [(list_seq, contact_seq) for list_seq in lists for contact_seq in members]
    connection.executemany("insert or ignore into sendgrid_members values (?, ?)", rows)
    return done


def _misfit(named: dict[str, str]) -> str | None:
    phone = named.get("phone_number_id")
    return None if phone is None or PHONE.fullmatch(phone) else "phone_number_id is not a valid phone number"


def _conflict(found: list[sqlite3.Row], named: dict[str, str]) -> str | None:
    if len(found) > 1:
        return "the identifiers belong to more than one contact"
    if found and any(found[0][name] is not None and found[0][name] != named.get(name) for name in IDENTIFIERS):
        return "all existing identifiers of a contact must be present to update it"
    return None


def _create(connection: sqlite3.Connection, contact: Contact, named: dict[str, str], now_us: int) -> int:
    fields = {name: value for name, value in contact.items() if name not in _NOT_FIELDS}
    cursor = connection.execute(
        f"insert into sendgrid_contacts ({', '.join(IDENTIFIERS)}, fields, custom, created_us, updated_us)"
        f" values ({marks(IDENTIFIERS)}, ?, ?, ?, ?)",
        (*(named.get(name) for name in IDENTIFIERS), to_json(fields), to_json(contact.get("custom_fields", {})), now_us, now_us),
    )
    return int(cursor.lastrowid or 0)


def _update(connection: sqlite3.Connection, row: sqlite3.Row, contact: Contact, named: dict[str, str], now_us: int) -> int:
    fields = orjson.loads(row["fields"]) | {name: value for name, value in contact.items() if name not in _NOT_FIELDS}
    custom = orjson.loads(row["custom"]) | contact.get("custom_fields", {})
    columns = f"{', '.join(IDENTIFIERS)}, fields, custom, updated_us"
    connection.execute(
        f"update sendgrid_contacts set ({columns}) = ({marks(IDENTIFIERS)}, ?, ?, ?) where seq = ?",
        (*(named.get(name) or row[name] for name in IDENTIFIERS), to_json(fields), to_json(custom), now_us, row["seq"]),
    )
    return int(row["seq"])
