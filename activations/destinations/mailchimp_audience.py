"""What Mailchimp's audience holds: its fields, segments, members, and whom it must not write to; read in pages of 1,000."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import count
from typing import Any

import pyarrow as pa

from activations.destination import ListMember, Suppression
from activations.destinations.as_json import as_json
from activations.destinations.mailchimp_answers import document, unadded
from activations.destinations.mailchimp_rows import merge_fields
from activations.model import Outcome
from activations.transport.http import Http

_PAGE = 1_000
_SUPPRESSED = {"unsubscribed": "unsubscribed", "cleaned": "bounced"}


class Audience:
    """The audience with this id."""

    def __init__(self, http: Http, list_id: str) -> None:
        self._http, self._id = http, list_id

    def segment(self, name: str, columns: pa.Schema) -> str:
        """The static segment of this name, found or created, and the fields that the columns need. Raises NoAnswer."""
        known = {field["tag"] for field in self._pages(f"/lists/{self._id}/merge-fields", "merge_fields")}
        for field in merge_fields(columns):
            if field["tag"] not in known:
                document(self._http.ask("POST", f"/lists/{self._id}/merge-fields", data=as_json(field)))
        if found := self.segment_named(name):
            return found
        body = as_json({"name": name, "static_segment": []})
        return str(document(self._http.ask("POST", f"/lists/{self._id}/segments", data=body))["id"])

    def segment_named(self, name: str) -> str | None:
        """The static segment of this name. Raises NoAnswer."""
        segments = self._pages(f"/lists/{self._id}/segments", "segments", {"type": "static"})
        return next((str(one["id"]) for one in segments if one["name"] == name), None)

    def segment_name(self, target: str) -> str:
        """Raises NoAnswer."""
        return str(document(self._http.ask("GET", f"/lists/{self._id}/segments/{target}", params={"fields": "id,name"}))["name"])

    def change(self, target: str, change: str, emails: list[str]) -> list[Outcome]:
        """Puts up to 500 addresses on a segment ("members_to_add") or takes them off ("members_to_remove"). Raises NoAnswer."""
        return unadded(self._http.ask("POST", f"/lists/{self._id}/segments/{target}", data=as_json({change: emails})), emails)

    def members(self, target: str, cursor: str | None) -> tuple[list[ListMember], str | None]:
        """A page of a segment. Raises NoAnswer."""
        everyone = dict.fromkeys(("include_cleaned", "include_transactional", "include_unsubscribed"), "true")
        params = everyone | {"count": str(_PAGE), "offset": cursor or "0"}
        page = document(self._http.ask("GET", f"/lists/{self._id}/segments/{target}/members", params=params))["members"]
        following = str(int(cursor or 0) + _PAGE) if len(page) == _PAGE else None
        return [ListMember(entry["id"], None, entry["email_address"]) for entry in page], following

    def suppressed(self, since: datetime | None) -> Iterator[Suppression]:
        """Who unsubscribed, bounced or complained since then. Raises NoAnswer."""
        for status, reason in _SUPPRESSED.items():
            params = {"status": status, "sort_field": "last_changed", "sort_dir": "ASC"}
            params |= {"since_last_changed": since.isoformat(timespec="seconds")} if since else {}
            for entry in self._pages(f"/lists/{self._id}/members", "members", params):
                yield Suppression(entry["email_address"], "email", reason, _moment(entry["last_changed"]))
        for entry in self._pages(f"/lists/{self._id}/abuse-reports", "abuse_reports"):
            at = _moment(entry["date"])
            if since is None or at is None or at >= since:
                yield Suppression(entry["email_address"], "email", "complained", at)

    def _pages(self, path: str, name: str, params: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
        for offset in count(0, _PAGE):
            page = document(self._http.ask("GET", path, params={"count": str(_PAGE), "offset": str(offset), **(params or {})}))[name]
            yield from page
            if len(page) < _PAGE:
                return


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None
