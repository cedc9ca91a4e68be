"""Customer.io: messages and events that start campaigns, people, audiences as manual segments.

Credentials: site id and API key of the Track API, and for audiences and suppressions an App API key (bearer). Regions: 'us' and
'eu', each with hosts of its own. Limits: a batch below 500 kB, each entry at most 32 kB, 1,000 people a change of a segment
(docs.customer.io/integrations/api/track), values of 1,000 bytes, 300 attributes, App API 10 requests a second; the Track API's
fair use is 1,000 requests a second, 100 in older copies, and no header says what is left. Whatever is larger is rejected here.
Who unsubscribed is searched for by the App API (…/api/app, Search for customers), 1,000 a page.

An entry that is refused does not hold up the others of its batch (207, by `batch_index`). An event has a ULID made of its key and
time: of two with the same one is kept, so repeats do no harm. The API has no mark for back-fills: a first load of a segment that
an active campaign uses is not made, and events of a back-fill may start campaigns that are active and listen to them.

Not touched from here: `unsubscribed`, subscription preferences, suppress and unsuppress (which deletes, or lets back in).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import pyarrow as pa

from activations.destination import Ability, Limits, ListMember, Request, Suppression, Work
from activations.destinations import customer_io_rows as rows_as
from activations.destinations.as_json import as_json
from activations.destinations.auth import BasicAuth
from activations.destinations.customer_io_answers import batch_outcomes, refused
from activations.destinations.customer_io_app import App
from activations.destinations.odd_answers import bears_odd_answers
from activations.destinations.rows import are_events, sending
from activations.model import Accepted, Outcome
from activations.transport.http import HeaderAuth, Http, NoAnswer
from activations.transport.pacing import ByEndpoint, Pacer, Window

PACE: ByEndpoint = {"track": (Window(100, 1.0),), "app": (Window(10, 1.0),)}

_BATCH = Limits(rows=1_000, size_bytes=499_000, row_bytes=32_000)
_HOSTS = {"us": "", "eu": "-eu"}
_ENCODERS: Mapping[Work, Callable[[Any], bytes]] = {
    Work.MESSAGE: rows_as.message,
    Work.UPSERT: rows_as.profile,
    Work.REMOVE: rows_as.member,
    Work.APPEND: rows_as.event,
}


@bears_odd_answers
class CustomerIo:
    """`app_key` may be left out where nothing but messages and events is sent."""

    abilities: Mapping[Work, Ability] = {
        Work.MESSAGE: Ability(_BATCH, is_repeatable=True),
        Work.UPSERT: Ability(_BATCH, is_repeatable=True),
        Work.REMOVE: Ability(Limits(rows=1_000, size_bytes=499_000), is_repeatable=True),
        Work.APPEND: Ability(_BATCH, is_repeatable=True),
    }

    def __init__(
        self,
        site_id: str,
        api_key: str,
        *,
        app_key: str | None = None,
        region: str = "us",
        track_url: str | None = None,
        app_url: str | None = None,
        timeout_seconds: tuple[float, float] = (5.0, 30.0),
        pacer: Pacer | None = None,
        name: str = "customer_io",
    ) -> None:
        if region not in _HOSTS:
            raise ValueError(f"Customer.io has the regions us and eu, not {region!r}")
        self.name = name
        track, app = track_url or f"https://track{_HOSTS[region]}.customer.io", app_url or f"https://api{_HOSTS[region]}.customer.io"
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        pace = pacer.of(f"customer_io {site_id}", PACE) if pacer else None
        self._track = Http(track, BasicAuth(site_id, api_key), headers, timeout_seconds=timeout_seconds, pace=pace)
        app_http = Http(app, HeaderAuth(f"Bearer {app_key}"), headers, timeout_seconds=timeout_seconds, pace=pace)
        self._app = App(app_http if app_key else None)

    def encode(self, work: Work, row: Any) -> bytes:
        return _ENCODERS[work](row)

    def send(self, request: Request) -> list[Outcome]:
        try:
            if request.work is Work.REMOVE:
                return self._remove(request)
            if request.work is Work.UPSERT and request.is_first_load:
                self._app.check_quiet(request.target)
            works = {Work.UPSERT: self._upsert(request.target), Work.MESSAGE: self._tell}
            return sending(request.rows, works.get(request.work, self._batch))
        except NoAnswer as failure:
            return [failure.outcome] * len(request.rows)

    def _batch(self, rows: Sequence[bytes]) -> list[Outcome]:
        return batch_outcomes(
            self._track.ask("POST", "/api/v2/batch", data=b'{"batch":[%b]}' % b",".join(rows), endpoint="track"), len(rows)
        )

    def _tell(self, rows: Sequence[bytes]) -> list[Outcome]:
        """Reports name the event that started a campaign, so the event's id is what the message is known by there."""
        outcomes = zip(rows, self._batch(rows), strict=True)
        return [Accepted(orjson.loads(row)["id"]) if isinstance(outcome, Accepted) else outcome for row, outcome in outcomes]

    def _upsert(self, segment: str) -> Any:
        def upsert(rows: Sequence[bytes]) -> list[Outcome]:
            outcomes = self._batch(rows)
            taken = [number for number, outcome in enumerate(outcomes) if isinstance(outcome, Accepted)]
            if segment and taken:
                ids = [orjson.loads(rows[number])["identifiers"]["id"] for number in taken]
                for number, outcome in zip(taken, self._change(segment, "add_customers", "id", ids), strict=True):
                    outcomes[number] = outcome
            return outcomes

        return upsert

    def _remove(self, request: Request) -> list[Outcome]:
        people = [orjson.loads(row) for row in request.rows]
        outcomes: list[Outcome] = [Accepted()] * len(people)  # whoever has neither id nor e-mail address is on no segment
        for id_type in ("id", "email"):
            meant = [number for number, person in enumerate(people) if person[0] == id_type]
            if meant:
                answers = self._change(request.target, "remove_customers", id_type, [people[number][1] for number in meant])
                for number, outcome in zip(meant, answers, strict=True):
                    outcomes[number] = outcome
        return outcomes

    def _change(self, segment: str, what: str, id_type: str, ids: list[str]) -> list[Outcome]:
        answer = self._track.ask(
            "POST", f"/api/v1/segments/{segment}/{what}", params={"id_type": id_type}, data=as_json({"ids": ids}), endpoint="track"
        )
        return [Accepted()] * len(ids) if answer.is_success else refused(answer, len(ids))

    def prepare(self, audience: str, columns: pa.Schema) -> str:
        """The manual segment of that name. Attributes and events need no preparation."""
        return "" if are_events(columns) else self._app.segment(audience)

    def find(self, audience: str) -> str | None:
        return self._app.segment_named(audience)

    def members(self, target: str, cursor: str | None) -> tuple[list[ListMember], str | None]:
        return self._app.members(target, cursor)

    def suppressed(self, since: datetime | None) -> Iterator[Suppression]:
        return self._app.suppressed(since)
