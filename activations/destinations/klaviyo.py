"""Klaviyo: messages as events that start a flow, audiences as lists. One file, a little long.

Credentials: a private API key (pk_…) with the scopes events:write, lists:read, lists:write, profiles:read,
profiles:write. Limits per account (developers.klaviyo.com/en/docs/rate_limits_and_error_handling; windows of 1 s and
1 min): bulk events, imports and list changes 10/s and 150/m, single events 350/s and 3,500/m, reads of lists 75/s and
750/m; 429 carries Retry-After. At most 1,000 events, 10,000 profiles, 1,000 removals and 5 MB a request. A message is
an event of the metric named like its campaign; the first event of a profile, metric and `unique_id` is kept, so a
repeat does no harm. By the specification a bulk request with a repeat in it may fail as a whole: its rows are then
sent one by one, where repeats are dropped. Lists are changed without touching consent or suppression: nobody is
subscribed from here.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from activations.destination import Ability, Limits, ListMember, Request, Work
from activations.destinations.klaviyo_answers import document, import_outcomes, next_cursor, refusals
from activations.model import Accepted, Job, Message, Outcome, Unknown
from activations.transport.http import HeaderAuth, Http, NoAnswer

_ENVELOPE_BYTES = 1_000
_PROFILE_FIELDS = {
    "profile_id": "external_id",
    "email": "email",
    "phone": "phone_number",
    "first_name": "first_name",
    "last_name": "last_name",
}
_NOT_PROPERTIES = {*_PROFILE_FIELDS, "audience", "row_hash"}


class Klaviyo:
    """`api_key` is sent and never shown. `revision` is the API's dated version that this code was written for."""

    abilities: Mapping[Work, Ability] = {
        Work.MESSAGE: Ability(Limits(rows=1_000, size_bytes=5_000_000 - _ENVELOPE_BYTES), is_repeatable=True),
        Work.UPSERT: Ability(Limits(rows=10_000, size_bytes=5_000_000 - _ENVELOPE_BYTES, row_bytes=100_000), is_repeatable=True),
        Work.REMOVE: Ability(Limits(rows=1_000, size_bytes=1_000_000), is_repeatable=True),
    }

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str = "https://a.klaviyo.com",
        revision: str = "2026-07-15",
        timeout_seconds: tuple[float, float] = (5.0, 60.0),
        name: str = "klaviyo",
    ) -> None:
        self.name = name
        headers = {"revision": revision, "Accept": "application/vnd.api+json", "Content-Type": "application/vnd.api+json"}
        self._http = Http(base_url, HeaderAuth(f"Klaviyo-API-Key {api_key}"), headers, timeout_seconds=timeout_seconds)

    def encode(self, work: Work, row: Any) -> bytes:
        if work is Work.REMOVE:
            return _json({"type": "profile", "id": row["provider_ref"]})
        return _member(row) if work is Work.UPSERT else _event(row)

    def send(self, request: Request) -> list[Outcome]:
        match request.work:
            case Work.UPSERT:
                return self._import(request.target, request.rows)
            case Work.REMOVE:
                path = f"/api/lists/{request.target}/relationships/profiles"
                return self._post(path, b'{"data":[%b]}' % b",".join(request.rows), len(request.rows), method="DELETE")
            case _:
                return self._tell(request.rows)

    def _tell(self, rows: Sequence[bytes]) -> list[Outcome]:
        if len(rows) == 1:
            attributes = json.loads(rows[0])["attributes"]
            event = attributes["events"]["data"][0]["attributes"] | {"profile": attributes["profile"]}
            return self._post("/api/events", _json({"data": {"type": "event", "attributes": event}}), 1)
        body = b'{"data":{"type":"event-bulk-create-job","attributes":{"events-bulk-create":{"data":[%b]}}}}' % b",".join(rows)
        return self._post("/api/event-bulk-create-jobs", body, len(rows))

    def prepare(self, audience: str, columns: pa.Schema) -> str:
        """The oldest list of that name, which Klaviyo does not keep unique."""
        quoted = json.dumps(audience, ensure_ascii=False)
        found = self._get("/api/lists", {"filter": f"equals(name,{quoted})", "sort": "created"})
        for entry in found["data"]:
            if entry["attributes"]["name"] == audience:
                return str(entry["id"])
        answer = self._http.ask("POST", "/api/lists", data=_json({"data": {"type": "list", "attributes": {"name": audience}}}))
        return str(document(answer)["data"]["id"])

    def _import(self, audience_id: str, rows: Sequence[bytes]) -> list[Outcome]:
        lists = _json({"lists": {"data": [{"type": "list", "id": audience_id}]}})
        body = b'{"data":{"type":"profile-bulk-import-job","attributes":{"profiles":{"data":[%b]}},"relationships":%b}}'
        return self._post("/api/profile-bulk-import-jobs", body % (b",".join(rows), lists), len(rows), is_job=True)

    def poll(self, handle: str, rows: Sequence[bytes]) -> list[Outcome] | None:
        path = f"/api/profile-bulk-import-jobs/{handle}"
        job = self._get(path, {})["data"]["attributes"]
        if job["status"] == "cancelled":
            return [Unknown("Klaviyo cancelled the import")] * len(rows)
        if job["status"] != "complete":
            return None
        failed = job.get("failed_count") or 0
        return import_outcomes(rows, self._import_errors(path) if failed else [], failed)

    def _import_errors(self, path: str) -> list[dict[str, Any]]:
        page = self._get(f"{path}/import-errors", {"page[size]": "100"})
        errors = list(page["data"])
        while cursor := next_cursor(page):
            page = self._get(f"{path}/import-errors", {"page[size]": "100", "page[cursor]": cursor})
            errors += page["data"]
        return errors

    def members(self, audience_id: str, cursor: str | None) -> tuple[list[ListMember], str | None]:
        params = {"fields[profile]": "email,phone_number,external_id", "page[size]": "100"} | ({"page[cursor]": cursor} if cursor else {})
        page = self._get(f"/api/lists/{audience_id}/profiles", params)
        people = [(entry["id"], entry["attributes"]) for entry in page["data"]]
        found = [ListMember(key, person.get("external_id"), person.get("email") or person.get("phone_number")) for key, person in people]
        return found, next_cursor(page)

    def _post(self, path: str, body: bytes, rows: int, *, method: str = "POST", is_job: bool = False) -> list[Outcome]:
        try:
            answer = self._http.ask(method, path, data=body)
            if not answer.is_success:
                return refusals(answer, rows)
            return [Job(str(document(answer)["data"]["id"])) if is_job else Accepted()] * rows
        except NoAnswer as failure:
            return [failure.outcome] * rows

    def _get(self, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        return document(self._http.ask("GET", path, params=params))


def _event(message: Message) -> bytes:
    reached_by = "phone_number" if message.channel == "sms" else "email"
    profile = {"external_id": message.profile_id, reached_by: message.address}
    if message.first_name:
        profile["first_name"] = message.first_name
    names = ("campaign", "message", "purpose", "subject", "body", "html_body", "occasion")
    event = {
        "properties": {name: getattr(message, name) for name in names},
        "time": message.occurred_at.isoformat(),
        "unique_id": message.message_id,
        "metric": {"data": {"type": "metric", "attributes": {"name": message.campaign}}},
    }
    attributes = {
        "profile": {"data": {"type": "profile", "attributes": profile}},
        "events": {"data": [{"type": "event", "attributes": event}]},
    }
    return _json({"type": "event-bulk-create", "attributes": attributes})


def _member(member: Mapping[str, Any]) -> bytes:
    attributes: dict[str, Any] = {theirs: member[ours] for ours, theirs in _PROFILE_FIELDS.items() if member.get(ours)}
    attributes["properties"] = {name: value for name, value in member.items() if name not in _NOT_PROPERTIES}
    return _json({"type": "profile", "attributes": attributes})


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain).encode()


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else float(value)  # dates as text, decimals as numbers
