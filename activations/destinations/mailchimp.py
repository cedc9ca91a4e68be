"""Mailchimp: contacts of one audience (called a list in the API), and a static segment for each audience of ours.

Credentials: an API key (…-us6: its end names the data centre) of an account with the role Manager or above; the audience's id.
Limits (mailchimp.com/developer/marketing/docs/fundamentals/#api-limits): 10 connections at once, answers within 120 s, 429 and, when there
is very much, 403 without a document; neither says for how long. 500 addresses a change of a segment (…/api/list-segments), 500 batches of
operations at once (…/release-notes). Contacts are added and updated by PUT, which changes nobody's subscription: `status_if_new` says what
only a contact becomes whom the audience does not have yet; no request has a `status`. Who is archived stays so, and joins no segment
(mailchimp.com/help/archive-unarchive-contacts): they are rejected. A few are put directly, many as a batch, which Mailchimp works on by
itself and answers by an archive (…/guides/run-async-requests-batch-endpoint). Joining a segment may start an automation; a first load
marks contacts by tags with `is_syncing` instead, which starts none (a static segment and a tag are the same thing there). Properties
become audience fields, at most 30 (80 in the largest plan). An event knows no repeats: it is not told again after a lost answer.
One file, a little long.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import pyarrow as pa

from activations.destination import Ability, Limits, ListMember, Request, Suppression, Work
from activations.destinations.as_json import as_json
from activations.destinations.auth import BasicAuth
from activations.destinations.mailchimp_answers import after, document, from_archive, operation_outcome
from activations.destinations.mailchimp_audience import Audience
from activations.destinations.mailchimp_rows import address_in, event, member, member_path
from activations.destinations.odd_answers import bears_odd_answers
from activations.destinations.rows import email_of, sending, unsendable
from activations.model import Accepted, Job, Outcome
from activations.transport.download import download
from activations.transport.http import Http, NoAnswer
from activations.transport.pacing import ACCOUNT, AtOnce, ByEndpoint, Pacer

PACE: ByEndpoint = {ACCOUNT: (AtOnce(10),)}
_DIRECTLY = 10


@bears_odd_answers
class Mailchimp:
    """`list_id`: of the audience at Mailchimp. `status_if_new`: what somebody becomes who is new there. 'transactional' is a contact who
    is not subscribed; 'subscribed' is for audiences that hold only people who agreed, 'pending' asks them by e-mail.
    """

    abilities: Mapping[Work, Ability] = {
        Work.UPSERT: Ability(Limits(rows=500, size_bytes=4_000_000, row_bytes=200_000), is_repeatable=True),
        Work.REMOVE: Ability(Limits(rows=500, size_bytes=200_000), is_repeatable=True),
        Work.APPEND: Ability(Limits(rows=1, size_bytes=200_000, concurrency=8, row_bytes=200_000), is_repeatable=False),
    }

    def __init__(
        self,
        api_key: str,
        list_id: str,
        *,
        status_if_new: Literal["transactional", "subscribed", "pending", "unsubscribed"] = "transactional",
        base_url: str = "",
        timeout_seconds: tuple[float, float] = (5.0, 120.0),
        pacer: Pacer | None = None,
        name: str = "mailchimp",
    ) -> None:
        data_centre = api_key.rpartition("-")[2] if "-" in api_key else ""
        if not (base_url or data_centre.isalnum()):
            raise ValueError("a Mailchimp API key ends in the name of its data centre, like -us6")
        self.name = name
        self._list, self._status_if_new = list_id, status_if_new
        url, auth = base_url or f"https://{data_centre}.api.mailchimp.com/3.0", BasicAuth("regulars", api_key)
        pace = pacer.of(f"mailchimp {api_key}", PACE) if pacer else None
        more: dict[str, Any] = {"timeout_seconds": timeout_seconds, "is_bare_403_throttling": True}
        self._http = Http(url, auth, {"Content-Type": "application/json"}, connections=8, pace=pace, **more)
        self._audience = Audience(self._http, list_id)
        self._second: dict[str, tuple[str, list[bytes], list[Outcome]]] = {}
        """By handle of a first load's contacts: the batch that tags them, its operations, and what became of the contacts."""

    def encode(self, work: Work, row: Any) -> bytes:
        if work is Work.UPSERT:
            return member(row, self._list, self._status_if_new)
        if work is Work.APPEND:
            return event(row, self._list)
        return as_json(email) if (email := email_of(row)) else unsendable("invalid_address")

    def send(self, request: Request) -> list[Outcome]:
        try:
            return sending(request.rows, lambda rows: self._send(request, rows))
        except NoAnswer as failure:
            return [failure.outcome] * len(request.rows)

    def _send(self, request: Request, rows: Sequence[bytes]) -> list[Outcome]:
        if request.work is Work.REMOVE:
            return self._audience.change(request.target, "members_to_remove", [json.loads(row) for row in rows])
        if request.work is Work.APPEND:
            told = json.loads(rows[0])
            return [self._put(told | {"body": json.dumps(json.loads(told["body"]) | {"is_syncing": request.is_first_load})})]
        if len(rows) > _DIRECTLY:
            kind = "first" if request.is_first_load else "later"
            return [Job(f"{kind}:{request.target}:{self._start(rows)}")] * len(rows)
        outcomes = [self._put(json.loads(row)) for row in rows]
        if request.is_first_load:
            tagged = [self._put(json.loads(row)) for row in self._tags(request.target, rows, outcomes)]
            return after(outcomes, tagged)
        return self._join(request.target, rows, outcomes)

    def _put(self, operation: Mapping[str, Any]) -> Outcome:
        answer = self._http.ask(operation["method"], operation["path"], params=operation.get("params"), data=operation["body"].encode())
        return operation_outcome(answer.status, answer.body, is_event=operation["path"].endswith("/events"))

    def _join(self, target: str, rows: Sequence[bytes], outcomes: list[Outcome]) -> list[Outcome]:
        """Puts those on the segment who are in the audience now."""
        emails = [address_in(row) for row, outcome in zip(rows, outcomes, strict=True) if isinstance(outcome, Accepted)]
        return after(outcomes, self._audience.change(target, "members_to_add", emails)) if emails else outcomes

    def _tags(self, target: str, rows: Sequence[bytes], outcomes: list[Outcome]) -> list[bytes]:
        name = self._audience.segment_name(target)
        body = as_json({"tags": [{"name": name, "status": "active"}], "is_syncing": True}).decode()
        accepted = [row for row, outcome in zip(rows, outcomes, strict=True) if isinstance(outcome, Accepted)]
        paths = [member_path(self._list, address_in(row)) for row in accepted]
        return [as_json({"method": "POST", "path": f"{path}/tags", "operation_id": path, "body": body}) for path in paths]

    def _start(self, operations: Sequence[bytes]) -> str:
        return str(document(self._http.ask("POST", "/batches", data=b'{"operations":[%b]}' % b",".join(operations)))["id"])

    def poll(self, handle: str, rows: Sequence[bytes]) -> list[Outcome] | None:
        kind, target, batch = handle.split(":")
        if handle in self._second:
            tagging, operations, outcomes = self._second[handle]
            tagged = self._results(tagging, operations)
            if tagged is not None:
                del self._second[handle]
            return None if tagged is None else after(outcomes, tagged)
        done = self._results(batch, rows)
        if done is None or not any(isinstance(outcome, Accepted) for outcome in done):
            return done
        if kind == "later":
            return self._join(target, rows, done)
        operations = self._tags(target, rows, done)
        self._second[handle] = (self._start(operations), operations, done)
        return None

    def _results(self, batch: str, operations: Sequence[bytes]) -> list[Outcome] | None:
        state = document(self._http.ask("GET", f"/batches/{batch}"))
        if state["status"] != "finished":
            return None
        is_plain_allowed = self._http.base_url.startswith("http://")
        return from_archive(download(state["response_body_url"], is_plain_allowed=is_plain_allowed), operations)

    def prepare(self, audience: str, columns: pa.Schema) -> str:
        return "" if "row_id" in columns.names else self._audience.segment(audience, columns)  # events need neither segment nor fields

    def find(self, audience: str) -> str | None:
        return self._audience.segment_named(audience)

    def members(self, target: str, cursor: str | None) -> tuple[list[ListMember], str | None]:
        return self._audience.members(target, cursor)

    def suppressed(self, since: datetime | None) -> Iterator[Suppression]:
        return self._audience.suppressed(since)
