"""A server that answers as HubSpot's CRM, lists and events APIs do, as far as the destination asks; refuses what they refuse. One file."""

import re
import uuid
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from api_kit import Asked, Reply

TOKEN = "pat-secret"
OWN = {"email", "firstname", "lastname", "phone", "hs_email_optout"}
TYPES = {"string": {"text", "textarea"}, "number": {"number"}, "date": {"date"}, "datetime": {"date"}, "bool": {"booleancheckbox"}}


def error(message: str, status: int = 400, category: str = "VALIDATION_ERROR", **more: Any) -> Reply:
    return Reply({"status": "error", "message": message, "correlationId": str(uuid.uuid4()), "category": category, **more}, status)


def dated(path: str) -> str:
    """What has a number as it is called by date; lists are made at a path with a slash at its end there, and at none without."""
    if path == "/crm/v3/lists":
        return "nowhere"
    path = re.sub(r"^/crm/v3/(objects|properties)/", r"/crm/\1/2026-09/", path)
    return re.sub(r"^/(crm/lists|events)/v3\b", r"/\1/2026-09", re.sub(r"^/crm/v3/lists", "/crm/lists/v3", path.rstrip("/")))


@dataclass
class Portal:
    """Contacts by the number of their record; properties by name; lists and who is on them; occurrences by uuid."""

    contacts: dict[str, dict[str, str]] = field(default_factory=dict)
    properties: dict[str, dict[str, Any]] = field(default_factory=lambda: {name: {"name": name} for name in OWN})
    groups: set[str] = field(default_factory=set)
    lists: dict[str, dict[str, Any]] = field(default_factory=dict)
    on: dict[str, set[str]] = field(default_factory=dict)
    not_yet: set[str] = field(default_factory=set)
    definitions: list[dict[str, Any]] = field(default_factory=list)
    occurrences: dict[str, dict[str, Any]] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Reply:
        assert asked.headers["Authorization"] == f"Bearer {TOKEN}"
        routes = {
            ("POST", r"/crm/objects/2026-09/contacts/batch/upsert"): self._upsert,
            ("POST", r"/crm/objects/2026-09/contacts/batch/read"): self._read,
            ("POST", r"/crm/objects/2026-09/contacts/search"): self._search,
            ("GET", r"/crm/properties/2026-09/contacts"): lambda _: Reply({"results": list(self.properties.values())}),
            ("POST", r"/crm/properties/2026-09/contacts/batch/create"): self._create,
            ("GET", r"/crm/properties/2026-09/contacts/groups/(\w+)"): lambda _: Reply({}, 200 if self.groups else 404),
            ("POST", r"/crm/properties/2026-09/contacts/groups"): lambda a: self.groups.add(a.body["name"]) or Reply(a.body, 201),  # type: ignore[func-returns-value]
            ("GET", r"/crm/lists/2026-09/object-type-id/0-1/name/([^/]+)"): self._list,
            ("POST", r"/crm/lists/2026-09"): self._new_list,
            ("PUT", r"/crm/lists/2026-09/(\d+)/memberships/(add|remove)"): self._change,
            ("GET", r"/crm/lists/2026-09/(\d+)/memberships"): self._members,
            ("GET", r"/events/2026-09/event-definitions"): self._definitions,
            ("POST", r"/events/2026-09/send/batch"): self._send,
        }
        asked = replace(asked, path=dated(asked.path))
        for (method, path), route in routes.items():
            if method == asked.method and re.fullmatch(path, asked.path):
                return route(asked)
        return error("not found", 404, "OBJECT_NOT_FOUND")

    def _upsert(self, asked: Asked) -> Reply:
        assert set(asked.body) == {"inputs"} and 1 <= len(asked.body["inputs"]) <= 100
        ids = [entry["id"].lower() for entry in asked.body["inputs"]]
        if len(set(ids)) < len(ids):
            return error(f"Duplicate IDs found in batch input: [{ids[0]}]. IDs must be unique")
        results, errors = [], []
        for entry in asked.body["inputs"]:
            assert set(entry) <= {"id", "idProperty", "objectWriteTraceId", "properties"} and entry["idProperty"] == "email"
            assert all(isinstance(value, str) for value in entry["properties"].values())
            unknown = [name for name in entry["properties"] if name not in self.properties]
            if unknown or "bad" in entry["id"]:
                errors.append({"status": "error", "category": "VALIDATION_ERROR", "message": f"Property {unknown} of {entry['id']}",
                               "context": {"objectWriteTraceId": [entry["objectWriteTraceId"]]}})  # fmt: skip
                continue
            number = next((one for one, person in self.contacts.items() if person["email"] == entry["id"].lower()), None)
            is_new, number = number is None, number or str(100 + len(self.contacts))
            self.contacts.setdefault(number, {"email": entry["id"].lower()}).update(entry["properties"])
            results.append({"id": number, "new": is_new, "properties": {}, "objectWriteTraceId": entry["objectWriteTraceId"]})
        body = {"status": "COMPLETE", "results": results[::-1]}
        return Reply(body | {"numErrors": len(errors), "errors": errors}, 207) if errors else Reply(body)

    def _read(self, asked: Asked) -> Reply:
        assert {"inputs", "properties", "propertiesWithHistory"} <= set(asked.body) and len(asked.body["inputs"]) <= 100
        wanted = {one["id"].lower() for one in asked.body["inputs"]}
        found = [
            {"id": number, "properties": {name: person.get(name) for name in asked.body["properties"]}}
            for number, person in self.contacts.items()
            if (person["email"] if asked.body.get("idProperty") == "email" else number) in wanted
        ]
        return Reply({"status": "COMPLETE", "results": found}, 200 if len(found) == len(wanted) else 207)

    def _search(self, asked: Asked) -> Reply:
        assert set(asked.body) == {"filterGroups", "sorts", "properties", "limit", "after"} and asked.body["limit"] <= 200
        assert len(asked.body["filterGroups"]) <= 5 and asked.body["sorts"] == ["hs_object_id"]

        def holds(number: str, person: dict[str, str], one: dict[str, str]) -> bool:
            value = number if one["propertyName"] == "hs_object_id" else person.get(one["propertyName"], "")
            operator = one["operator"]
            if operator == "HAS_PROPERTY":
                return bool(value)
            return value == one["value"] if operator == "EQ" else bool(value) and int(value) >= int(one["value"]) + (operator == "GT")

        groups = [group["filters"] for group in asked.body["filterGroups"]]
        found = [
            {"id": number, "properties": {name: person.get(name) for name in asked.body["properties"]}}
            for number, person in sorted(self.contacts.items(), key=lambda one: int(one[0]))
            if any(all(holds(number, person, one) for one in filters) for filters in groups)
        ]
        return Reply({"total": len(found), "results": found[: asked.body["limit"]]})

    def _create(self, asked: Asked) -> Reply:
        for one in asked.body["inputs"]:
            assert {"name", "label", "type", "fieldType", "groupName"} <= set(one) and one["groupName"] in self.groups
            assert one["fieldType"] in TYPES[one["type"]] and re.fullmatch(r"[a-z][a-z0-9_]*", one["name"]) and one["label"]
            assert one["type"] != "bool" or [option["value"] for option in one["options"]] == ["true", "false"]
            assert one["name"] not in self.properties
            self.properties[one["name"]] = one
        return Reply({"status": "COMPLETE", "results": asked.body["inputs"]}, 201)

    def _list(self, asked: Asked) -> Reply:
        name = unquote(asked.path.rpartition("/")[2])
        found = [one for one in self.lists.values() if one["name"].lower() == name.lower()]
        return Reply({"list": found[0]}) if found else error("no list", 404, "OBJECT_NOT_FOUND")

    def _new_list(self, asked: Asked) -> Reply:
        assert asked.body["objectTypeId"] == "0-1" and asked.body["processingType"] == "MANUAL"
        number = str(len(self.lists) + 1)
        self.lists[number] = {"listId": number, **asked.body}
        self.on[number] = set()
        return Reply({"list": self.lists[number]})

    def _change(self, asked: Asked) -> Reply:
        _, number, what = re.split(r"/crm/lists/2026-09/|/memberships/", asked.path)
        assert isinstance(asked.body, list) and all(isinstance(one, str) for one in asked.body)
        there = [one for one in asked.body if one in self.contacts and one not in self.not_yet]
        self.on[number] = self.on[number] | set(there) if what == "add" else self.on[number] - set(there)
        missing = [one for one in asked.body if one not in there]
        self.not_yet.clear()
        return Reply({"recordsIdsAdded" if what == "add" else "recordIdsRemoved": there, "recordIdsMissing": missing})

    def _members(self, asked: Asked) -> Reply:
        assert int(asked.params["limit"]) <= 250
        ids, start = sorted(self.on[asked.path.split("/")[4]]), int(asked.params.get("after", 0))
        paging = {"paging": {"next": {"after": str(start + 2)}}} if start + 2 < len(ids) else {}
        return Reply({"results": [{"recordId": one} for one in ids[start : start + 2]], **paging})

    def _definitions(self, asked: Asked) -> Reply:
        assert asked.params["includeProperties"] == "true"
        return Reply({"total": 1, "results": [one for one in self.definitions if asked.params["searchString"] in one["name"]]})

    def _send(self, asked: Asked) -> Reply:
        assert set(asked.body) == {"inputs"} and len(asked.body["inputs"]) <= 500
        known = {one["fullyQualifiedName"]: {each["name"] for each in one["properties"]} for one in self.definitions}
        for one in asked.body["inputs"]:
            assert set(one) <= {"eventName", "email", "occurredAt", "properties", "uuid"}
            assert set(one["properties"]) <= known[one["eventName"]] and len(one["properties"]) <= 50
            assert all(isinstance(value, str) and len(value) <= 256 for value in one["properties"].values())
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", one["occurredAt"])
            if str(uuid.UUID(one["uuid"])) in self.occurrences:
                return error(f"Event with uuid {one['uuid']} already exists")
            self.occurrences[one["uuid"]] = one
        return Reply(b"", 204)
