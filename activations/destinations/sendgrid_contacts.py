"""SendGrid's contacts: what a row is there, custom fields by their ids, lists by name, and what became of an import."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pyarrow as pa

from activations.destinations.as_json import as_json
from activations.destinations.rows import PEOPLE, email_of, properties, unsendable
from activations.destinations.sendgrid_errors import document, import_errors
from activations.model import Accepted, Outcome, Unreachable
from activations.transport.download import download
from activations.transport.http import Http, NoAnswer

_LONGEST_SEARCHED, _NAME_LETTERS, _LIST_LETTERS = 100, 50, 100


class Contacts:
    """The part of the API below /v3/marketing."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._fields: dict[str, tuple[str, str]] = {}
        """Id and type of a custom field, by its name in lower case."""

    def contact(self, row: Mapping[str, Any]) -> bytes:
        """A contact whose custom fields still have their names, since ids are the account's."""
        contact: dict[str, Any] = {"email": email} if (email := email_of(row)) else {}
        if not contact:
            if row.get("email") or not row.get("phone"):
                return unsendable("invalid_address")
            contact = {"phone_number_id": str(row["phone"])}
        contact |= {name: str(row[name])[:_NAME_LETTERS] for name in ("first_name", "last_name") if row.get(name)}
        contact["custom_fields"] = {_field_name(name): value for name, value in properties(row).items() if value is not None}
        return as_json(contact)

    def identifier(self, row: Mapping[str, Any]) -> bytes:
        """How a contact is searched for."""
        if email := email_of(row, _LONGEST_SEARCHED):
            return as_json({"emails": [email]})
        if row.get("phone") and not row.get("email"):
            return as_json({"emails": [], "phone_number_id": str(row["phone"])})
        return unsendable("invalid_address")

    def upsert_body(self, rows: Sequence[bytes], target: str) -> bytes:
        """The request that puts these contacts on a list. Raises NoAnswer."""
        contacts = [orjson.loads(row) for row in rows]
        if unknown := {name for contact in contacts for name in contact["custom_fields"] if name.lower() not in self._fields}:
            self._read_fields()
            if missing := {name for name in unknown if name.lower() not in self._fields}:
                raise NoAnswer(Unreachable(f"SendGrid has no custom field {', '.join(sorted(missing))}; prepare the list first"))
        for contact in contacts:
            values = {self._fields[name.lower()]: value for name, value in contact.pop("custom_fields").items()}
            contact |= {"custom_fields": {key: _value(value, kind) for (key, kind), value in values.items()}} if values else {}
        return as_json({"list_ids": [target]} | {"contacts": contacts} if target else {"contacts": contacts})

    def ids(self, rows: Sequence[bytes]) -> list[str]:
        """The provider's ids of those that it knows. Raises NoAnswer."""
        identifiers = [orjson.loads(row) for row in rows]
        phones = [identifier for identifier in identifiers if not identifier["emails"]]
        emails = [email for identifier in identifiers for email in identifier["emails"]]
        found: dict[str, None] = {}
        for body in ([{"emails": emails}] if emails else []) + phones:
            answer = self._http.ask("POST", "/v3/marketing/contacts/search/emails", data=as_json(body), endpoint="search")
            is_nobody_found = answer.status == 404 and isinstance(answer.body, dict) and "errors" in answer.body
            if not is_nobody_found:
                result = document(answer)["result"].values()
                found |= {entry["contact"]["id"]: None for entry in result if entry.get("contact")}
        return list(found)

    def define_fields(self, columns: pa.Schema) -> None:
        """Custom fields for all columns that are properties. Raises NoAnswer."""
        wanted = {_field_name(field.name): field.type for field in columns if field.name in properties(dict.fromkeys(columns.names))}
        if not wanted:
            return
        self._read_fields()
        for name, kind in wanted.items():
            if name.lower() not in self._fields:
                body = {"name": name, "field_type": _field_type(kind)}
                made = document(self._http.ask("POST", "/v3/marketing/field_definitions", data=as_json(body), endpoint="fields"))
                self._fields[name.lower()] = (made["id"], made["field_type"])

    def _read_fields(self) -> None:
        defined = document(self._http.ask("GET", "/v3/marketing/field_definitions", endpoint="fields")).get("custom_fields") or []
        self._fields = {field["name"].lower(): (field["id"], field["field_type"]) for field in defined}

    def find_or_create_list(self, name: str) -> str:
        if len(name) > _LIST_LETTERS:
            raise NoAnswer(Unreachable(f"SendGrid's lists have names of at most {_LIST_LETTERS} characters; shorten {name}"))
        params = {"page_size": "1000"}
        while params:
            page = document(self._http.ask("GET", "/v3/marketing/lists", params=params, endpoint="lists"))
            for entry in page.get("result") or []:
                if entry["name"] == name:
                    return str(entry["id"])
            following = parse_qs(urlsplit((page.get("_metadata") or {}).get("next") or "").query)
            params = {"page_size": "1000", "page_token": following["page_token"][0]} if "page_token" in following else {}
        made = self._http.ask("POST", "/v3/marketing/lists", data=as_json({"name": name}), endpoint="lists")
        return str(document(made)["id"])

    def outcomes(self, job_id: str, rows: Sequence[bytes]) -> list[Outcome] | None:
        """What became of an import; None while it is under way. Raises NoAnswer."""
        job = document(self._http.ask("GET", f"/v3/marketing/contacts/imports/{job_id}", endpoint="imports"))
        results = job.get("results") or {}
        errored = int(results.get("errored_count") or 0)
        if job["status"] not in ("completed", "errored", "failed"):
            return None
        if job["status"] == "completed" and not errored:
            return [Accepted()] * len(rows)
        url = results.get("errors_url")
        file = download(url, is_plain_allowed=self._http.base_url.startswith("http://")) if url else b""
        return import_errors(rows, file, errored or len(rows))


@cache
def _field_name(column: str) -> str:
    """Letters, digits and underscores, not starting with a digit; names of SendGrid's own fields are left to it."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", column)[:90]
    return f"_{name}" if name[:1].isdigit() or name.lower() in _RESERVED or not name.strip("_") else name


_RESERVED = {
    *PEOPLE, "alternate_emails", "address_line_1", "address_line_2", "city", "state_province_region", "postal_code", "country",
    "phone_number", "whatsapp", "line", "facebook", "unique_name", "email_domains", "last_clicked", "last_opened", "last_emailed",
    "singlesend_id", "automation_id", "created_at", "updated_at", "contact_id", "phone_number_id", "external_id", "anonymous_id",
}  # fmt: skip


def _field_type(kind: pa.DataType) -> str:
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return "Date"
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return "Number" if is_number else "Text"


def _value(value: Any, field_type: str) -> Any:
    """The value as a field of this type takes it."""
    if field_type == "Number" and isinstance(value, int | float):
        return int(value) if isinstance(value, bool) else value
    if isinstance(value, list):
        return "; ".join(map(str, value))
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if field_type == "Date":
        day, _, time = text.partition("T")
        return f"{day}T{time or '00:00:00'}{'' if '+' in time or '-' in time or time.endswith('Z') else 'Z'}"
    return text
