"""Pipedrive's persons and organizations, from its API v2 (developers.pipedrive.com: GET /persons, GET /organizations).

A list costs 10 tokens of the account's daily budget whatever its length, so that pages are as long as they may be. Sorted by when they
changed, records that change while they are paged come again at the end. A deleted record is no longer listed, and no list says so: now and
then the ids of all are compared. One that is listed as `is_deleted` is taken as such.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from orchestration.sources.rest import OTHER, Endpoint, Vendor, Via, timestamp
from orchestration.sources.rest.http import Request
from orchestration.sources.rest.paging import NextCursor
from orchestration.sources.table import EACH_WEEK, Column, Table, moment, text

PAGE_SIZE = "500"
_OBJECT = ("an object",)

PERSONS = Table(
    "pipedrive",
    "persons",
    deletes=EACH_WEEK,
    key=("person_id",),
    event_time="created_at",
    description="Persons of Pipedrive that changed since the last run.",
    columns=(
        text("person_id", required=True),
        text("name", personal=True),
        text("first_name", personal=True),
        text("last_name", personal=True),
        text("email", personal=True),
        text("phone", personal=True),
        text("birth_date", personal=True, optional=True),
        text("street", personal=True, optional=True),
        text("postal_code", optional=True),
        text("city", optional=True),
        text("country_code", optional=True),
        text("organization_id"),
        text("marketing_status", optional=True, values=("no_consent", "unsubscribed", "subscribed", "archived")),
        text("custom_fields", personal=True, optional=True),
        Column("is_deleted", "BOOLEAN"),
        moment("created_at", required=True),
        moment("updated_at", required=True),
        OTHER,
    ),
)

ORGANIZATIONS = Table(
    "pipedrive",
    "organizations",
    deletes=EACH_WEEK,
    key=("organization_id",),
    event_time="created_at",
    description="Organizations of Pipedrive that changed since the last run.",
    columns=(
        text("organization_id", required=True),
        text("name"),
        text("website", optional=True),
        text("custom_fields", personal=True, optional=True),
        Column("is_deleted", "BOOLEAN"),
        moment("created_at", required=True),
        moment("updated_at", required=True),
        OTHER,
    ),
)


def _primary(listed: list[Mapping[str, object]]) -> object:
    """The value that is marked as primary, else the first: [{"value": "ann@example.com", "primary": true, "label": "work"}]."""
    values = sorted((one for one in listed if one.get("value")), key=lambda one: one.get("primary") is not True)
    return values[0]["value"] if values else None


def _street(address: Mapping[str, object]) -> object:
    parts = [str(address[part]) for part in ("route", "street_number") if address.get(part)]
    return " ".join(parts) or None


def _country(address: Mapping[str, object]) -> object:
    """The country where it is given as a code; a country's name says nothing to what reads telephone numbers."""
    country = str(address.get("country") or "")
    return country if len(country) == 2 else None


def _as_json(fields: Mapping[str, object]) -> object:
    return json.dumps(fields, sort_keys=True, ensure_ascii=False) if fields else None


def _part(name: str) -> Callable[[Mapping[str, object]], object]:
    return lambda address: address.get(name) or None


def _list(table: Table, fields: Mapping[str, str | Via], known: tuple[str, ...], **params: str) -> Endpoint:
    return Endpoint(
        table,
        Request(f"api/v2/{table.name}", {"limit": PAGE_SIZE, "sort_by": "update_time", "sort_direction": "asc", **params}),
        NextCursor("additional_data.next_cursor", "cursor"),
        rows="data",
        fields={
            **fields,
            "custom_fields": Via("custom_fields", _as_json, _OBJECT),
            "is_deleted": "is_deleted",
            "created_at": "add_time",
            "updated_at": "update_time",
        },
        since=lambda request, moment: request.having(updated_since=timestamp(moment)),
        known=("owner_id", "visible_to", "label_ids", *known),
    )


def _ids(table: Table) -> Endpoint:
    request = Request(f"api/v2/{table.name}", {"limit": PAGE_SIZE, "sort_by": "id", "sort_direction": "asc"})
    (key,) = table.key
    return Endpoint(table, request, NextCursor("additional_data.next_cursor", "cursor"), "data", {key: "id"}, says_present=True)


PIPEDRIVE = Vendor(
    "pipedrive",
    "https://api.pipedrive.com",
    lambda token: {"x-api-token": token},
    endpoints=(
        _list(
            PERSONS,
            {
                "person_id": "id",
                "name": "name",
                "first_name": "first_name",
                "last_name": "last_name",
                "email": Via("emails", _primary),
                "phone": Via("phones", _primary),
                "birth_date": "birthday",
                "street": Via("postal_address", _street, _OBJECT),
                "postal_code": Via("postal_address", _part("postal_code"), _OBJECT),
                "city": Via("postal_address", _part("locality"), _OBJECT),
                "country_code": Via("postal_address", _country, _OBJECT),
                "organization_id": "org_id",
                "marketing_status": "marketing_status",
            },
            ("picture_id", "notes", "im", "job_title", "doi_status"),
            include_fields="marketing_status,doi_status",
        ),
        _list(ORGANIZATIONS, {"organization_id": "id", "name": "name", "website": "website"}, ("address",)),
        _ids(PERSONS),
        _ids(ORGANIZATIONS),
    ),
)
