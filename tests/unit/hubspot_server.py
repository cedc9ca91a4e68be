"""HubSpot's CRM as its documentation says it answers: search with its limits, lists of archived records, associations."""

import functools
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from api_kit import Asked, Reply

TOKEN = "pat-test"
#: The properties that the account defines; others are not in an answer, those without a value are null.
DEFINED = {
    "contacts": {
        *("email", "phone", "mobilephone", "firstname", "lastname", "date_of_birth", "address", "zip", "city", "company"),
        *("hs_merged_object_ids", "hs_email_optout", "hs_legal_basis", "createdate", "lastmodifieddate", "hs_object_id"),
    },
    "companies": {"name", "domain", "hs_merged_object_ids", "createdate", "hs_lastmodifieddate", "hs_object_id"},
}
OBJECTS = {"v3": "crm/v3/objects", "2026-09": "crm/objects/2026-09"}
ASSOCIATIONS = {"v3": "crm/v4/associations", "2026-09": "crm/associations/2026-09"}
CHANGED = {"contacts": "lastmodifieddate", "companies": "hs_lastmodifieddate"}


def iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


@dataclass
class HubSpot:
    """records: by kind and id, the properties. archived: when, by kind and id. companies: of each contact.
    version: the one that it answers in."""

    records: dict[str, dict[int, dict[str, str]]] = field(default_factory=lambda: {"contacts": {}, "companies": {}})
    archived: dict[str, dict[int, tuple[dict[str, str], datetime]]] = field(default_factory=lambda: {"contacts": {}, "companies": {}})
    companies: dict[int, list[int]] = field(default_factory=dict)
    version: str = "v3"

    def put(self, kind: str, number: int, changed: datetime, created: datetime | None = None, **properties: str) -> None:
        """Makes or changes a record."""
        before = self.records[kind].get(number, {"createdate": iso(created or changed)})
        self.records[kind][number] = {**before, **properties, "hs_object_id": str(number), CHANGED[kind]: iso(changed)}

    def archive(self, kind: str, number: int, moment: datetime) -> None:
        self.archived[kind][number] = (self.records[kind].pop(number), moment)

    def merge(self, winner: int, loser: int, moment: datetime) -> None:
        """The loser is gone; the winner names it."""
        before = self.records["contacts"].pop(loser)
        ids = [self.records["contacts"][winner].get("hs_merged_object_ids"), before.get("hs_merged_object_ids"), str(loser)]
        self.put("contacts", winner, moment, hs_merged_object_ids=";".join(one for one in ids if one))

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Reply({"status": "error", "category": "INVALID_AUTHENTICATION"}, 401)
        objects, associations = OBJECTS[self.version], ASSOCIATIONS[self.version]
        if found := re.fullmatch(rf"/{objects}/(\w+)/search", asked.path):
            return self._search(found[1], asked.body)
        if (found := re.fullmatch(rf"/{objects}/(\w+)", asked.path)) and asked.method == "GET":
            return self._list(found[1], asked.params)
        if asked.path == f"/{associations}/contacts/companies/batch/read" and asked.method == "POST":
            return self._associated(asked.body)
        return Reply({"status": "error", "message": "resource not found"}, 404)

    def _search(self, kind: str, body: dict[str, Any]) -> Reply:
        limit, after = body.get("limit", 10), int(body.get("after") or 0)
        groups, sorts = body.get("filterGroups", []), body.get("sorts", [])
        if limit > 200 or len(sorts) > 1 or len(groups) > 5 or any(len(group["filters"]) > 10 for group in groups):
            return _wrong("a search is limited to 200 results a page, one sort, five groups and ten filters each")
        if after + limit > 10_000:
            return _wrong("paging is limited to 10,000 total results")
        found = [(number, one) for number, one in self.records[kind].items() if not groups or any(_meets(one, group) for group in groups)]
        for sort in sorts:
            name = sort["propertyName"]
            found.sort(key=lambda one: _comparable(name, one[1][name]), reverse=sort.get("direction") == "DESCENDING")
        page = found[after : after + limit]
        results = [_shown(kind, number, one, body.get("properties", [])) for number, one in page]
        more = {"paging": {"next": {"after": str(after + limit)}}} if after + limit < len(found) else {}
        return Reply({"total": len(found), "results": results, **more})

    def _list(self, kind: str, params: dict[str, str]) -> Reply:
        limit, start, wanted = int(params.get("limit", 10)), int(params.get("after", 0)), params.get("properties", "").split(",")
        if limit > 100:
            return _wrong("a list is limited to 100 results a page")
        if params.get("archived") != "true":
            there = [number for number in sorted(self.records[kind]) if number > start]
            results = [_shown(kind, number, self.records[kind][number], wanted) for number in there[:limit]]
            return Reply({"results": results, **({"paging": {"next": {"after": str(there[limit - 1])}}} if len(there) > limit else {})})
        beyond = [number for number in sorted(self.archived[kind]) if number > start]
        results = []
        for number in beyond[:limit]:
            properties, moment = self.archived[kind][number]
            results.append({**_shown(kind, number, properties, wanted), "archived": True, "archivedAt": iso(moment)})
        more = {"paging": {"next": {"after": str(beyond[limit - 1])}}} if len(beyond) > limit else {}
        return Reply({"results": results, **more})

    def _associated(self, body: dict[str, Any]) -> Reply:
        inputs = [int(one["id"]) for one in body["inputs"]]
        if len(inputs) > 1000:
            return _wrong("a batch is limited to 1000 inputs")
        kinds = [{"category": "HUBSPOT_DEFINED", "typeId": 279, "label": None}]
        results = [
            {"from": {"id": str(one)}, "to": [{"toObjectId": company, "associationTypes": kinds} for company in self.companies[one]]}
            for one in inputs
            if self.companies.get(one)
        ]
        alone = [one for one in inputs if not self.companies.get(one)]
        errors = [{"category": "OBJECT_NOT_FOUND", "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND"} for _ in alone]
        wrong = {"numErrors": len(errors), "errors": errors} if errors else {}
        return Reply({"status": "COMPLETE", "results": results, **wrong}, 207 if errors else 200)


def _wrong(message: str) -> Reply:
    return Reply({"status": "error", "category": "VALIDATION_ERROR", "message": message}, 400)


@functools.cache
def _milliseconds(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1000)


def _comparable(name: str, value: str) -> int:
    return int(value) if name == "hs_object_id" else _milliseconds(value)


def _meets(properties: dict[str, str], group: dict[str, Any]) -> bool:
    for one in group["filters"]:
        value, bound = _comparable(one["propertyName"], properties[one["propertyName"]]), int(one["value"])
        if not {"GT": value > bound, "GTE": value >= bound}[one["operator"]]:
            return False
    return True


def _shown(kind: str, number: int, properties: dict[str, str], wanted: list[str]) -> dict[str, Any]:
    always = ["createdate", CHANGED[kind], "hs_object_id"]
    names = [name for name in dict.fromkeys([*always, *wanted]) if name in DEFINED[kind]]
    told = {name: properties.get(name) for name in names}
    return {"id": str(number), "properties": told, "createdAt": told["createdate"], "updatedAt": told[CHANGED[kind]], "archived": False}
