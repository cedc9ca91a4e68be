"""What is asked of Customer.io's App API: manual segments and who is on them, campaigns, addresses that are not written to."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from activations.destination import ListMember, Suppression
from activations.destinations.as_json import as_json
from activations.destinations.customer_io_answers import document
from activations.model import Unreachable
from activations.transport.http import Http, NoAnswer

_SUPPRESSIONS = {"bounces": "bounced", "invalid_emails": "bounced", "spam_reports": "complained"}
_PAGE = 1_000
_UNSUBSCRIBED = as_json(
    {"filter": {"or": [{"attribute": {"field": "unsubscribed", "operator": "eq", "value": value}} for value in ("true", True)]}}
)
"""The attribute is a boolean, or its text where somebody wrote it so."""


class App:
    """`http`: None where there is no key for it."""

    def __init__(self, http: Http | None) -> None:
        self.http = http
        self._quiet: set[str] = set()

    def segment(self, name: str) -> str:
        """The number of the manual segment of that name, found or made."""
        if found := self.segment_named(name):
            return found
        body = as_json({"segment": {"name": name, "description": f"The audience {name}, kept by Regulars"}})
        return str(document(self._reached().ask("POST", "/v1/segments", data=body, endpoint="app"))["segment"]["id"])

    def segment_named(self, name: str) -> str | None:
        segments = self._read("/v1/segments").get("segments") or []
        return next((str(one["id"]) for one in segments if one.get("name") == name and one.get("type") == "manual"), None)

    def members(self, target: str, cursor: str | None) -> tuple[list[ListMember], str | None]:
        page = self._read(f"/v1/segments/{target}/membership", {"limit": str(_PAGE)} | ({"start": cursor} if cursor else {}))
        people = page.get("identifiers") or []
        found = [ListMember(str(one.get("cio_id")), one.get("id") or None, one.get("email") or None) for one in people]
        return found, page.get("next") or None

    def suppressed(self, since: datetime | None) -> Iterator[Suppression]:
        """Addresses that mail is not delivered to any more, and all who unsubscribed, of whom no time is told. Without a key nobody is
        named: Customer.io itself keeps messages from them. Who left a topic, or texts of one sender, is told by the reporting webhooks.
        """
        for kind, reason in _SUPPRESSIONS.items() if self.http else ():
            offset = 0
            while page := self._read(f"/v1/esp/suppression/{kind}", {"limit": str(_PAGE), "offset": str(offset)}).get("suppressions") or []:
                for entry in page:
                    at = datetime.fromtimestamp(entry["created"], UTC) if entry.get("created") else None
                    if since is None or at is None or at >= since:
                        yield Suppression(entry["email"], "email", reason, at)
                offset += len(page)
                if len(page) < _PAGE:
                    break

        start: str | None = ""
        while self.http and start is not None:
            params = {"limit": str(_PAGE)} | ({"start": start} if start else {})
            page = document(self.http.ask("POST", "/v1/customers", params=params, data=_UNSUBSCRIBED, endpoint="app"))
            for person in page.get("identifiers") or []:
                if person.get("email"):
                    yield Suppression(person["email"], "email", "unsubscribed", None)
            start = page.get("next") or None

    def check_quiet(self, segment: str) -> None:
        """Raises NoAnswer where a campaign would start for everyone who joins the segment."""
        if segment in self._quiet:
            return
        for campaign in (self._read(f"/v1/segments/{segment}/used_by").get("used_by") or {}).get("campaigns") or []:
            if (self._read(f"/v1/campaigns/{campaign}").get("campaign") or {}).get("active"):
                detail = f"the active campaign {campaign} uses the segment, and a first load would start it for everyone: stop it first"
                raise NoAnswer(Unreachable(detail))
        self._quiet.add(segment)

    def _read(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        return document(self._reached().ask("GET", path, params=params or {}, endpoint="app"))

    def _reached(self) -> Http:
        if self.http is None:
            raise NoAnswer(Unreachable("audiences and suppressions need an App API key of Customer.io"))
        return self.http
