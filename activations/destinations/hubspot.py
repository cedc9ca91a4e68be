"""HubSpot: contacts and manual lists, messages and events as occurrences of custom events that start workflows.

Credentials: a private app's token with the scopes crm.objects.contacts.read and .write, crm.schemas.contacts.read and .write,
crm.lists.read and .write, analytics.behavioral_events.send, behavioral_events.event_definitions.read_write. Limits: 100
requests in 10 s (190, or 250 with the add-on, where they are bought) and 250,000 a day (developers.hubspot.com/docs/
developer-tooling/platform/usage-guidelines); 100 contacts a batch (…/docs/api-reference/latest/crm/objects/contacts/guide), 4
searches a second (…/crm/search); 500 occurrences of 50 properties of 256 characters (…/events/send-event-data/guide), for which an
Enterprise subscription is needed.

Contacts are known by their e-mail address; the answer names the number of their record, which lists go by. Where HubSpot answers in
part (207), a trace id tells which entry is meant (…/error-handling); by address it may refuse all for one, which is then found by
halving; an address twice in one request is such a case, so the second waits. An occurrence has a `uuid`: of two in a year the first is
taken. Its event must be defined in HubSpot, and carries those of the properties that are defined there. Joining a list and occurrences
may start workflows and HubSpot has no mark against it: load a list, and back-fill events, before a workflow is made to listen.

Properties are named regulars_<column>: consent, subscriptions and opt-outs are never touched.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import pyarrow as pa

from activations.destination import Ability, Limits, ListMember, Request, Suppression, Work
from activations.destinations import hubspot_rows as rows_as
from activations.destinations.as_json import as_json
from activations.destinations.hubspot_answers import occurrences_refused, refusal, upserted
from activations.destinations.hubspot_lists import Lists
from activations.destinations.hubspot_paths import NUMBERED, paths
from activations.destinations.odd_answers import bears_odd_answers
from activations.destinations.rows import are_events, sending
from activations.model import Accepted, Outcome, Refused, Throttled
from activations.transport.http import HeaderAuth, Http, NoAnswer
from activations.transport.pacing import ACCOUNT, ByEndpoint, Pacer, Window

PACE: ByEndpoint = {ACCOUNT: (Window(100, 10.0), Window(250_000, 86_400.0)), "search": (Window(4, 1.0),)}
_REQUEST_BYTES = 4_000_000
_ENCODERS: Mapping[Work, Callable[[Any], bytes]] = {
    Work.MESSAGE: rows_as.message,
    Work.UPSERT: rows_as.contact,
    Work.REMOVE: rows_as.member,
    Work.APPEND: rows_as.event,
}


@bears_odd_answers
class HubSpot:
    """`token` is sent and never shown. `version`: of the API, as hubspot_paths.py has them. `pace`: the account's limits, where more than
    the least are bought."""

    abilities: Mapping[Work, Ability] = {
        Work.MESSAGE: Ability(Limits(rows=500, size_bytes=_REQUEST_BYTES), is_repeatable=True),
        Work.UPSERT: Ability(Limits(rows=100, size_bytes=_REQUEST_BYTES), is_repeatable=True),
        Work.REMOVE: Ability(Limits(rows=100, size_bytes=_REQUEST_BYTES), is_repeatable=True),
        Work.APPEND: Ability(Limits(rows=500, size_bytes=_REQUEST_BYTES), is_repeatable=True),
    }

    def __init__(
        self,
        token: str,
        *,
        version: str = NUMBERED,
        base_url: str = "https://api.hubapi.com",
        timeout_seconds: tuple[float, float] = (5.0, 60.0),
        pacer: Pacer | None = None,
        pace: ByEndpoint = PACE,
        name: str = "hubspot",
    ) -> None:
        self.name = name
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        account = pacer.of(f"hubspot {token}", pace) if pacer else None
        self._http = Http(base_url, HeaderAuth(f"Bearer {token}"), headers, timeout_seconds=timeout_seconds, pace=account)
        self._paths = paths(version)
        self._lists = Lists(self._http, self._paths)

    def encode(self, work: Work, row: Any) -> bytes:
        return _ENCODERS[work](row)

    def send(self, request: Request) -> list[Outcome]:
        try:
            match request.work:
                case Work.UPSERT:
                    return sending(request.rows, lambda rows: self._upsert(rows, request.target))
                case Work.REMOVE:
                    return self._remove(request)
                case _:
                    return sending(request.rows, self._tell)
        except NoAnswer as failure:
            return [failure.outcome] * len(request.rows)

    def prepare(self, audience: str, columns: pa.Schema) -> str:
        return "" if are_events(columns) else self._lists.prepare(audience, columns)

    def find(self, audience: str) -> str | None:
        return self._lists.list_named(audience)

    def members(self, target: str, cursor: str | None) -> tuple[list[ListMember], str | None]:
        return self._lists.members(target, cursor)

    def suppressed(self, since: datetime | None) -> Iterator[Suppression]:
        return self._lists.suppressed(since)

    def _upsert(self, rows: Sequence[bytes], target: str) -> list[Outcome]:
        entries = [orjson.loads(row) for row in rows]
        first: dict[str, int] = {}
        for number, entry in enumerate(entries):
            first.setdefault(entry["objectWriteTraceId"], number)
        numbers = list(first.values())
        body = b'{"inputs":[%b]}' % b",".join(rows[number] for number in numbers)
        answers = upserted(
            self._http.ask("POST", f"{self._paths.contacts}/batch/upsert", data=body), [entries[number] for number in numbers]
        )
        outcomes: list[Outcome] = [Refused("address_twice", one_by_one=True)] * len(rows)
        for number, outcome in zip(numbers, answers, strict=True):
            outcomes[number] = outcome
        refs = {outcome.provider_ref: number for number, outcome in enumerate(outcomes) if isinstance(outcome, Accepted)}
        if target and refs:
            missing = self._change(target, "add", [ref for ref in refs if ref])
            for number in [refs[ref] for ref in missing if ref in refs]:
                outcomes[number] = Throttled()  # a record that was made a moment ago is not to be found everywhere at once
        return outcomes

    def _remove(self, request: Request) -> list[Outcome]:
        """Who has no record is on no list."""
        people = [orjson.loads(row) for row in request.rows]
        unknown = [email for ref, email in people if not ref and email]
        records = self._lists.records(unknown) if unknown else {}
        refs = [ref or (records.get(email.lower()) if email else None) for ref, email in people]
        if wanted := list(dict.fromkeys(ref for ref in refs if ref)):
            self._change(request.target, "remove", wanted)
        return [Accepted()] * len(people)

    def _change(self, target: str, what: str, records: list[str]) -> list[str]:
        """Puts records on the list or takes them off; returns those that HubSpot does not know. Raises NoAnswer."""
        answer = self._http.ask("PUT", f"{self._paths.lists}/{target}/memberships/{what}", data=as_json(records))
        if not answer.is_success:
            raise refusal(answer)
        return [str(one) for one in ((answer.body or {}).get("recordIdsMissing") or [])]

    def _tell(self, rows: Sequence[bytes]) -> list[Outcome]:
        inputs = []
        for row in rows:
            entry = orjson.loads(row)
            name, known = self._lists.event(entry["eventName"])
            values = {key: value for key, value in entry["properties"].items() if key in known}
            inputs.append(entry | {"eventName": name, "properties": values})
        answer = self._http.ask("POST", f"{self._paths.events}/send/batch", data=as_json({"inputs": inputs}), expects_json=False)
        return [Accepted()] * len(rows) if answer.is_success else occurrences_refused(answer, len(rows))
