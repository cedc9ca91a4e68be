"""How HubSpot is asked for its records (developers.hubspot.com: "Search the CRM", "Associations").

What changed is searched for. A search gives 10,000 records at most, sorts by one property alone, and thousands of records may share one
millisecond: so each page asks for those changed since the last run whose id is beyond the last one read. An id is unique and never changes.
Archived records no search finds: they are listed, as long as HubSpot keeps them (90 days), each time. What was deleted for good is in no
list: now and then the ids of all that there are are compared (100 a page, by id). One that was merged into another stays with that one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from orchestration.sources.errors import SourceError
from orchestration.sources.rest import Endpoint, Via
from orchestration.sources.rest.fields import Json
from orchestration.sources.rest.http import Api, Request
from orchestration.sources.rest.paging import Keyset, NextCursor
from orchestration.sources.table import Table

PAGE_SIZE = 200  # of a search; a list gives 100
NUMBERED = {"objects": "v3", "associations": "v4"}


def spoken(path: str, version: str) -> str:
    """A path such as `crm/objects/contacts` in the version that the account is spoken to in. v3, or ``, means the versions with numbers,
    of which 4 is supported until March 2027 and 3 until September 2027; else a month such as 2026-09
    (developers.hubspot.com/docs/api-reference/legacy/migration-guide). Raises SourceError for anything else.
    """
    crm, kind, rest = path.split("/", 2)
    if version in ("", "v3"):
        return f"{crm}/{NUMBERED[kind]}/{kind}/{rest}"
    if not re.fullmatch(r"20\d\d-\d\d", version):
        remedy = "Set HUBSPOT_API_VERSION in .env to v3, or to a month as 2026-09."
        raise SourceError("hubspot", "", f"its API has no version {version!r}.", remedy)
    return f"{crm}/{kind}/{version}/{rest}"


def companies_of(api: Api, contacts: list[Json]) -> None:
    """Adds to each contact the ids of its companies. Contacts without any come back as errors of a 207, which are none."""
    companies: dict[str, set[str]] = {str(contact["id"]): set() for contact in contacts}
    inputs: list[dict[str, str]] = [{"id": contact} for contact in companies]
    while inputs:
        answer = api.ask(Request("crm/associations/contacts/companies/batch/read", method="POST", body={"inputs": inputs}))
        inputs = []  # more of those contacts that have more companies than one answer holds
        for result in answer.body.get("results", []):
            contact = str(result["from"]["id"])
            companies[contact].update(str(to["toObjectId"]) for to in result.get("to", []))
            after = ((result.get("paging") or {}).get("next") or {}).get("after")
            if after:
                inputs.append({"id": contact, "after": after})
    for record in contacts:
        record["companies"] = sorted(companies[str(record["id"])])


def _and_merged(_: Api, listed: list[Json]) -> None:
    """Adds the ids of those that became part of the listed ones: their addresses are still those of the person."""
    merged = ((record.get("properties") or {}).get("hs_merged_object_ids") or "" for record in listed)
    listed += [{"id": one} for ids in list(merged) for one in ids.split(";") if one]


def lists(
    table: Table, changed: str, fields: dict[str, str | Via], widen: Callable[[Api, list[Json]], None] | None = None
) -> list[Endpoint]:
    """The search for what changed (`changed`: the property that says when) and the list of what is archived."""
    properties = [way.removeprefix("properties.") for way in fields.values() if isinstance(way, str) and way.startswith("properties.")]
    properties += ["phone", "mobilephone"] if "phone" in fields else []

    def beyond(request: Request, last: Any) -> Request:
        (group,) = request.body["filterGroups"]
        filters = [one for one in group["filters"] if one["propertyName"] != "hs_object_id"]
        filters.append({"propertyName": "hs_object_id", "operator": "GT", "value": str(last)})
        return replace(request, body={**request.body, "filterGroups": [{"filters": filters}]})

    def since(request: Request, moment: datetime) -> Request:
        (group,) = request.body["filterGroups"]
        newer = {"propertyName": changed, "operator": "GTE", "value": str(int(moment.timestamp() * 1000))}
        return replace(request, body={**request.body, "filterGroups": [{"filters": [newer, *group["filters"]]}]})

    body = {"limit": PAGE_SIZE, "properties": properties, "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]}
    search = Endpoint(
        table,
        beyond(Request(f"crm/objects/{table.name}/search", method="POST", body={**body, "filterGroups": [{"filters": []}]}), 0),
        Keyset(place=lambda record: int(record["id"]), beyond=beyond, total="total"),
        rows="results",
        fields={**fields, "updated_at": f"properties.{changed}"},
        since=since,
        widen=widen,
        known=("companies", "archived", "createdAt", "updatedAt", "url"),
    )
    (key,) = table.key
    archived = Endpoint(
        table,
        Request(f"crm/objects/{table.name}", {"archived": "true", "limit": "100", "properties": "hs_object_id"}),
        NextCursor("paging.next.after", "after"),
        rows="results",
        fields={key: "id"},
        says_deleted=True,
    )
    there = archived.request.having(archived="false", properties="hs_merged_object_ids")
    present = replace(archived, request=there, says_deleted=False, says_present=True, widen=_and_merged)
    return [search, archived, present]
