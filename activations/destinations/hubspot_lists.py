"""What must be there in HubSpot before contacts go in, and what is asked of it: properties, lists, records, event definitions."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.types as kinds

from activations.destination import ListMember, Suppression
from activations.destinations.as_json import as_json
from activations.destinations.hubspot_answers import document
from activations.destinations.hubspot_paths import Paths
from activations.destinations.hubspot_rows import definition, internal_name
from activations.destinations.rows import PEOPLE
from activations.model import Unreachable
from activations.transport.http import Http, NoAnswer

GROUP = "regulars"
_OF_CONTACTS = "0-1"
_AT_ONCE = 100
_LISTED_AT_ONCE = 250
_FOUND_AT_ONCE = 200
_OPTED_OUT, _BOUNCED = "hs_email_optout", "hs_email_hard_bounce_reason_enum"


class Lists:
    """Over one account's API."""

    def __init__(self, http: Http, paths: Paths) -> None:
        self._http = http
        self._paths = paths
        self._events: dict[str, tuple[str, set[str]]] = {}

    def prepare(self, audience: str, columns: pa.Schema) -> str:
        """The properties that the columns need, then the list."""
        wanted = {field.name: _kind(field.type) for field in columns if field.name not in (*PEOPLE, "audience", "row_hash")}
        there = {one["name"] for one in self._get(self._paths.properties)["results"]}
        missing = [definition(name, kind) for name, kind in (wanted | {"profile_id": "text"}).items() if internal_name(name) not in there]
        if missing:
            if not self._http.ask("GET", f"{self._paths.properties}/groups/{GROUP}").is_success:
                group = {"name": GROUP, "label": "Regulars", "displayOrder": -1}
                document(self._http.ask("POST", f"{self._paths.properties}/groups", data=as_json(group)))
            inputs = [one | {"groupName": GROUP} for one in missing]
            for start in range(0, len(inputs), _AT_ONCE):
                body = as_json({"inputs": inputs[start : start + _AT_ONCE]})
                made = document(self._http.ask("POST", f"{self._paths.properties}/batch/create", data=body))
                if made.get("numErrors") or made.get("errors"):
                    raise NoAnswer(Unreachable(f"HubSpot did not create all of {len(inputs)} properties"))
        if found := self.list_named(audience):
            return found
        body = as_json({"name": audience, "objectTypeId": _OF_CONTACTS, "processingType": "MANUAL"})
        return str(document(self._http.ask("POST", self._paths.new_list, data=body))["list"]["listId"])

    def list_named(self, name: str) -> str | None:
        """Raises NoAnswer for a list that nobody can be put on."""
        found = self._http.ask("GET", f"{self._paths.lists}/object-type-id/{_OF_CONTACTS}/name/{quote(name, safe='')}")
        if found.status == 404:
            return None
        listed = document(found)["list"]
        if listed.get("processingType") not in ("MANUAL", "SNAPSHOT"):
            raise NoAnswer(Unreachable(f"HubSpot has a list named {name} that follows rules of its own: rename one of them"))
        return str(listed["listId"])

    def records(self, emails: Sequence[str]) -> dict[str, str]:
        """The numbers of the records by address in small letters; who has none is missing. Addresses: at most 100."""
        inputs = [{"id": email} for email in dict.fromkeys(emails)]
        body = as_json({"idProperty": "email", "inputs": inputs, "properties": ["email"], "propertiesWithHistory": []})
        answer = self._http.ask("POST", f"{self._paths.contacts}/batch/read", data=body)
        return {str(one["properties"].get("email")).lower(): str(one["id"]) for one in document(answer)["results"]}

    def members(self, target: str, cursor: str | None) -> tuple[list[ListMember], str | None]:
        params = {"limit": str(_LISTED_AT_ONCE)} | ({"after": cursor} if cursor else {})
        page = self._get(f"{self._paths.lists}/{target}/memberships", params)
        ids = [str(one["recordId"]) for one in page["results"]]
        found: list[ListMember] = []
        ours = internal_name("profile_id")
        for start in range(0, len(ids), _AT_ONCE):
            inputs = [{"id": one} for one in ids[start : start + _AT_ONCE]]
            body = as_json({"inputs": inputs, "properties": ["email", ours], "propertiesWithHistory": []})
            for one in document(self._http.ask("POST", f"{self._paths.contacts}/batch/read", data=body))["results"]:
                found.append(ListMember(str(one["id"]), one["properties"].get(ours), one["properties"].get("email")))
        return found, ((page.get("paging") or {}).get("next") or {}).get("after")

    def suppressed(self, since: datetime | None) -> Iterator[Suppression]:
        """Contacts who opted out of all e-mail, and addresses that bounced, by the number of their record: a search shows 10,000 at most,
        so each page asks for higher numbers. HubSpot tells when a contact was changed, not when they came to be suppressed.
        """
        changed = [] if since is None else [_filter("lastmodifieddate", "GTE", str(int(since.timestamp() * 1000)))]
        after = "0"
        while True:
            beyond = [*changed, _filter("hs_object_id", "GT", after)]
            groups = [[_filter(_OPTED_OUT, "EQ", "true"), *beyond], [_filter(_BOUNCED, "HAS_PROPERTY"), *beyond]]
            body: dict[str, Any] = {"filterGroups": [{"filters": filters} for filters in groups], "sorts": ["hs_object_id"], "after": "0"}
            body |= {"properties": ["email", _OPTED_OUT, _BOUNCED], "limit": _FOUND_AT_ONCE}
            answer = self._http.ask("POST", f"{self._paths.contacts}/search", data=as_json(body), endpoint="search")
            people = document(answer)["results"]
            for one in people:
                if email := one["properties"].get("email"):
                    yield Suppression(email, "email", "bounced" if one["properties"].get(_BOUNCED) else "unsubscribed", None)
            if len(people) < _FOUND_AT_ONCE:
                return
            after = str(max(int(one["id"]) for one in people))

    def event(self, name: str) -> tuple[str, set[str]]:
        """The full name of a custom event (pe<account>_<name>) and the names of its properties."""
        if name not in self._events:
            for page in self._pages(
                f"{self._paths.events}/event-definitions", {"searchString": name, "includeProperties": "true", "limit": "100"}
            ):
                for one in page["results"]:
                    full = str(one["fullyQualifiedName"])
                    if not one.get("archived") and name in (one.get("name"), full, full.partition("_")[2]):
                        self._events[name] = (full, {str(each["name"]) for each in one.get("properties") or []})
        if name not in self._events:
            raise NoAnswer(Unreachable(f"HubSpot has no custom event named {name}: define it, with the properties that it should carry"))
        return self._events[name]

    def _pages(self, path: str, params: dict[str, str]) -> Iterator[dict[str, Any]]:
        page = self._get(path, params)
        yield page
        while after := ((page.get("paging") or {}).get("next") or {}).get("after"):
            page = self._get(path, params | {"after": str(after)})
            yield page

    def _get(self, path: str, params: dict[str, str] | None = None) -> dict[str, Any]:
        return document(self._http.ask("GET", path, params=params or {}))


def _filter(name: str, operator: str, value: str | None = None) -> dict[str, str]:
    return {"propertyName": name, "operator": operator} | ({"value": value} if value is not None else {})


def _kind(type_: pa.DataType) -> str:
    if kinds.is_boolean(type_):
        return "truth"
    if kinds.is_integer(type_) or kinds.is_floating(type_) or kinds.is_decimal(type_):
        return "number"
    return "moment" if kinds.is_timestamp(type_) else "date" if kinds.is_date(type_) else "text"
