"""Klaviyo: messages and events that start flows, audiences as lists. One file, a little long.

Credentials: a private API key (pk_…) with the scopes events:write, flows:read, lists:read, lists:write, profiles:read,
profiles:write. Limits per account, windows of 1 s and 1 min, 429 with Retry-After
(developers.klaviyo.com/en/docs/rate_limits_and_error_handling; each operation's in its reference page). At most 10,000
profiles (100 kB each), 1,000 events (100 kB a text), 1,000 removals and 5 MB a request.

A message is an event of the metric named like its campaign. The first event of a profile, metric and `unique_id` is kept, so
a repeat does no harm. A bulk request with a repeat in it fails as a whole (…/reference/bulk_create_events): its rows are then
sent one by one, where repeats are dropped. Back-fills carry `backfill`: recorded, no flow starts. For people who join a list
Klaviyo has no such mark, so the first load of a list that starts a flow which is not a draft is not made. An import leaves
alone what it does not name, and cannot clear a field (…/docs/use_klaviyos_bulk_profile_import_api).

Lists are changed without touching consent or suppression: nobody is subscribed from here. Suppressions are read by their
time, e-mail only: Klaviyo has no such filter for SMS.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import pyarrow as pa

from activations.destination import Ability, Limits, ListMember, Request, Suppression, Work
from activations.destinations import klaviyo_rows as rows_as
from activations.destinations.as_json import as_json
from activations.destinations.klaviyo_answers import document, import_outcomes, refusals, removals
from activations.destinations.klaviyo_pace import PACE
from activations.destinations.klaviyo_reads import Reads
from activations.destinations.odd_answers import bears_odd_answers
from activations.destinations.rows import are_events
from activations.model import Accepted, Job, Outcome, Unknown, Unreachable
from activations.transport.http import HeaderAuth, Http, NoAnswer
from activations.transport.pacing import Pacer

_REQUEST_BYTES = 5_000_000 - 1_000
"""Less the envelope."""


@bears_odd_answers
class Klaviyo:
    """`api_key` is sent and never shown. `revision` is the API's dated version that this code was written for."""

    abilities: Mapping[Work, Ability] = {
        Work.MESSAGE: Ability(Limits(rows=1_000, size_bytes=_REQUEST_BYTES, row_bytes=200_000), is_repeatable=True),
        Work.UPSERT: Ability(Limits(rows=10_000, size_bytes=_REQUEST_BYTES, row_bytes=100_000), is_repeatable=True),
        Work.REMOVE: Ability(Limits(rows=1_000, size_bytes=_REQUEST_BYTES), is_repeatable=True),
        Work.APPEND: Ability(Limits(rows=1_000, size_bytes=_REQUEST_BYTES, row_bytes=200_000), is_repeatable=True),
    }

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str = "https://a.klaviyo.com",
        revision: str = "2026-07-15",
        timeout_seconds: tuple[float, float] = (5.0, 60.0),
        pacer: Pacer | None = None,
        name: str = "klaviyo",
    ) -> None:
        self.name = name
        headers = {"revision": revision, "Accept": "application/vnd.api+json", "Content-Type": "application/vnd.api+json"}
        auth, pace = HeaderAuth(f"Klaviyo-API-Key {api_key}"), pacer.of(f"klaviyo {api_key}", PACE) if pacer else None
        self._http = Http(base_url, auth, headers, timeout_seconds=timeout_seconds, pace=pace)
        self._reads = Reads(self._http)
        self._ids: dict[str, str] = {}
        self._quiet_lists: set[str] = set()

    def encode(self, work: Work, row: Any) -> bytes:
        if work is Work.UPSERT:
            return rows_as.profile(row)
        if work is Work.REMOVE:
            return rows_as.member(row)
        return rows_as.event(row) if work is Work.APPEND else rows_as.message(row)

    def encode_together(self, work: Work, batch: pa.RecordBatch) -> list[bytes] | None:
        """People of a list, of whom there may be millions."""
        return rows_as.profiles(batch) if work is Work.UPSERT else None

    def send(self, request: Request) -> list[Outcome]:
        rows = list(request.rows)
        try:
            match request.work:
                case Work.UPSERT:
                    return self._import(rows, request)
                case Work.REMOVE:
                    return self._remove(rows, request.target)
                case _ if len(rows) == 1:
                    return self._post("/api/events", rows_as.one_event(rows[0], request.is_first_load), 1)
                case _:
                    return self._post("/api/event-bulk-create-jobs", rows_as.many_events(rows, request.is_first_load), len(rows))
        except NoAnswer as failure:
            return [failure.outcome] * len(rows)

    def prepare(self, audience: str, columns: pa.Schema) -> str:
        """The oldest list of that name, which Klaviyo does not keep unique. Properties and events need no preparation."""
        if are_events(columns):
            return ""
        if found := self.find(audience):
            return found
        answer = self._reads.ask("POST", "/api/lists", data=as_json({"data": {"type": "list", "attributes": {"name": audience}}}))
        return str(document(answer)["data"]["id"])

    def poll(self, handle: str, rows: Sequence[bytes]) -> list[Outcome] | None:
        path = f"/api/profile-bulk-import-jobs/{handle}"
        job = self._reads.one(path)["data"]["attributes"]
        if job["status"] == "cancelled":
            return [Unknown("Klaviyo cancelled the import")] * len(rows)
        if job["status"] != "complete":
            return None
        failed = job.get("failed_count") or 0
        pages = self._reads.pages(f"{path}/import-errors", {"page[size]": "100"}) if failed else []
        return import_outcomes(rows, [error for page in pages for error in page["data"]], failed)

    def find(self, audience: str) -> str | None:
        return self._reads.list_named(audience)

    def members(self, target: str, cursor: str | None) -> tuple[list[ListMember], str | None]:
        return self._reads.members(target, cursor)

    def suppressed(self, since: datetime | None) -> Iterator[Suppression]:
        return self._reads.suppressed(since)

    def _import(self, rows: list[bytes], request: Request) -> list[Outcome]:
        if request.is_first_load and request.target not in self._quiet_lists:
            if self._reads.starts_flows(request.target):
                return [Unreachable("the list starts a flow, which a first load would send to everyone: make it a draft first")] * len(rows)
            self._quiet_lists.add(request.target)
        answer = self._reads.ask("POST", "/api/profile-bulk-import-jobs", data=rows_as.import_job(rows, request.target))
        return [Job(str(document(answer)["data"]["id"]))] * len(rows) if answer.is_success else refusals(answer, len(rows))

    def _remove(self, rows: list[bytes], audience_id: str) -> list[Outcome]:
        """Who is not known at Klaviyo is on none of its lists."""
        ids = self._ids_of([orjson.loads(row) for row in rows])
        known = list(dict.fromkeys(key for key in ids if key))
        if not known:
            return [Accepted()] * len(rows)
        body = as_json({"data": [{"type": "profile", "id": key} for key in known]})
        answers = removals(self._reads.ask("DELETE", f"/api/lists/{audience_id}/relationships/profiles", data=body), len(known))
        outcome_of = dict(zip(known, answers, strict=True))
        return [outcome_of[key] if key else Accepted() for key in ids]

    def _ids_of(self, people: list[list[str | None]]) -> list[str | None]:
        ids = [ref or self._ids.get(profile_id or "") for ref, profile_id, _, _ in people]
        for position, field in ((1, "external_id"), (2, "email"), (3, "phone_number")):
            wanted = {number: value for number, key in enumerate(ids) if not key and (value := people[number][position])}
            found = self._reads.ids(field, list(wanted.values())) if wanted else {}
            for number, value in wanted.items():
                ids[number] = key = found.get(value)
                if key and (profile_id := people[number][1]):
                    self._ids[profile_id] = key
        return ids

    def _post(self, path: str, body: bytes, rows: int) -> list[Outcome]:
        answer = self._reads.ask("POST", path, data=body)
        return [Accepted()] * rows if answer.is_success else refusals(answer, rows)
