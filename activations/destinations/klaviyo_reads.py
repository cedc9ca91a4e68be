"""What is asked of Klaviyo: who has which id, who is on a list, who is suppressed, which flows a list starts."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from activations.destination import ListMember, Suppression
from activations.destinations.as_json import as_json
from activations.destinations.klaviyo_answers import document, next_cursor
from activations.destinations.klaviyo_pace import endpoint
from activations.transport.http import Answer, Http

_IDS_A_FILTER = 100
_FILTER_CHARACTERS = 4_000
"""In the address of a request, whose whole length servers bound at about 8,000."""
_REASONS = {"HARD_BOUNCE": "bounced", "INVALID_EMAIL": "bounced", "SPAM_COMPLAINT": "complained", "UNSUBSCRIBE": "unsubscribed"}
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class Reads:
    """Over one account's API."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def ask(self, method: str, path: str, *, params: Mapping[str, str] | None = None, data: bytes | None = None) -> Answer:
        return self._http.ask(method, path, params=params, data=data, endpoint=endpoint(method, path))

    def one(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        return document(self.ask("GET", path, params=params or {}))

    def pages(self, path: str, params: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Page after page. Only the cursor of a next page's address is used, so that the key never goes to another host."""
        page = self.one(path, params)
        yield page
        while cursor := next_cursor(page):
            page = self.one(path, {**params, "page[cursor]": cursor})
            yield page

    def ids(self, field: str, values: Sequence[str]) -> dict[str, str]:
        """Klaviyo's profile ids by external_id, email or phone_number; who is not known there is missing."""
        found: dict[str, str] = {}
        wanted = {value.lower() if field == "email" else value: value for value in values}
        for some in _filters(values):
            params = {"filter": f"any({field},[{','.join(some)}])", "fields[profile]": field, "page[size]": "100"}
            for page in self.pages("/api/profiles", params):
                for entry in page["data"]:
                    value = str(entry["attributes"].get(field) or "")
                    if (key := value.lower() if field == "email" else value) in wanted:
                        found[wanted[key]] = str(entry["id"])
        return found

    def list_named(self, name: str) -> str | None:
        """The oldest of that name."""
        for page in self.pages("/api/lists", {"filter": f"equals(name,{as_json(name).decode()})", "sort": "created"}):
            for entry in page["data"]:
                if entry["attributes"]["name"] == name:
                    return str(entry["id"])
        return None

    def members(self, audience_id: str, cursor: str | None) -> tuple[list[ListMember], str | None]:
        params = {"fields[profile]": "email,phone_number,external_id", "page[size]": "100"} | ({"page[cursor]": cursor} if cursor else {})
        page = self.one(f"/api/lists/{audience_id}/profiles", params)
        people = [(entry["id"], entry["attributes"]) for entry in page["data"]]
        addresses = [(person.get("email"), person.get("phone_number")) for _, person in people]
        found = [
            ListMember(key, person.get("external_id"), email or phone, phone)
            for (key, person), (email, phone) in zip(people, addresses, strict=True)
        ]
        return found, next_cursor(page)

    def suppressed(self, since: datetime | None) -> Iterator[Suppression]:
        """E-mail addresses by the time of their suppression. One person may have several reasons; the latest counts."""
        field = "subscriptions.email.marketing.suppression.timestamp"
        start = (since or _BEGINNING).astimezone(UTC).isoformat()
        params = {"filter": f"greater-or-equal({field},{start})", "sort": field, "page[size]": "100"}
        params |= {"additional-fields[profile]": "subscriptions", "fields[profile]": "email,subscriptions.email.marketing.suppression"}
        for page in self.pages("/api/profiles", params):
            for entry in page["data"]:
                attributes = entry["attributes"]
                marketing = ((attributes.get("subscriptions") or {}).get("email") or {}).get("marketing") or {}
                causes = sorted(marketing.get("suppression") or [], key=lambda cause: str(cause["timestamp"]))
                if causes and attributes.get("email"):
                    at = datetime.fromisoformat(causes[-1]["timestamp"])
                    reason = _REASONS.get(causes[-1]["reason"], "blocked")
                    yield Suppression(attributes["email"], "email", reason, at if at.tzinfo else at.replace(tzinfo=UTC))

    def starts_flows(self, audience_id: str) -> bool:
        """Whether a flow that is not a draft starts when people join this list."""
        params = {"filter": f"equals(id,{as_json(audience_id).decode()})", "include": "flow-triggers", "fields[flow]": "status,archived"}
        flows = [entry.get("attributes") or {} for entry in self.one("/api/lists", params).get("included") or []]
        return any(flow.get("status") not in (None, "draft") and not flow.get("archived") for flow in flows)


def _filters(values: Sequence[str]) -> Iterator[list[str]]:
    """The values as they stand in a filter, as many together as one request may carry."""
    some: list[str] = []
    length = 0
    for value in dict.fromkeys(values):
        quoted = as_json(value).decode()
        size = len(quote(quoted)) + 3
        if some and (len(some) >= _IDS_A_FILTER or length + size > _FILTER_CHARACTERS):
            yield some
            some, length = [], 0
        some.append(quoted)
        length += size
    if some:
        yield some
