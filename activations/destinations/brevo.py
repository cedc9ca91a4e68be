"""Brevo: contacts and lists by imports, transactional e-mail and SMS, events. One file, a little long.

Credentials: an API key (header `api-key`); a verified sender for e-mail; for SMS a sender of 11 letters and digits or 15 digits.
Limits by endpoint (developers.brevo.com/docs/api-limits): e-mail and its blocked addresses 1,000 a second, SMS 150, contacts and
events 10 a second and 36,000 an hour, all else of e-mail 300 an hour, and anything else 100 an hour together: asking after an import
is spread over the hour. Headers tell the seconds left, no Retry-After (…/docs/limit-headers). An import has at most 10 MB, 8 advised
(…/reference/import-contacts); a removal 150 addresses; an event 50 kB; how many events a request takes is not said.

An import drops attributes that it does not know without a word, so they are made before (…/reference/create-attribute). Its reports
name the addresses that it left out. It is repeatable, and does not clear what a row has no value for. E-mail carries a key of ours,
which Brevo remembers for 30 minutes (…/docs/heterogenous-versions-batch-emails): too short to build on, so a message whose answer was
lost is looked up by its tag, and otherwise held. SMS and events have no key at all. Joining a list, and events, may start automations,
against which Brevo has no mark: load a list before one is made to listen.

emailBlacklisted, smsBlacklisted and consent groups are never named in a request. Who left campaigns still gets transactional e-mail
from Brevo, which keeps two lists (help.brevo.com/hc/en-us/articles/209458705): both are read back, so nobody on either is written to.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from email.utils import parseaddr
from typing import Any

import orjson
import pyarrow as pa

from activations.destination import Ability, Found, Limits, ListMember, Request, Suppression, Work
from activations.destinations import brevo_rows as rows_as
from activations.destinations.as_json import as_json
from activations.destinations.auth import KeyAuth
from activations.destinations.brevo_answers import document, events_told, imported, message_sent, refused, taken_off
from activations.destinations.brevo_reads import Reads
from activations.destinations.odd_answers import bears_odd_answers
from activations.destinations.rows import are_events, sending, unsendable
from activations.model import Accepted, Job, Message, Outcome, Refused, Unknown
from activations.transport.download import download
from activations.transport.http import Http, NoAnswer
from activations.transport.pacing import ByEndpoint, Pacer, Window

PACE: ByEndpoint = {
    "mail": (Window(1_000, 1.0),),
    "sms": (Window(150, 1.0),),
    "contacts": (Window(10, 1.0), Window(36_000, 3_600.0)),
    "events": (Window(10, 1.0), Window(36_000, 3_600.0)),
    "blocked": (Window(1_000, 1.0),),
    "statistics": (Window(300, 3_600.0),),
    "processes": (Window(1, 40.0),),
    "sms statistics": (Window(10, 3_600.0),),
}


@bears_odd_answers
class Brevo:
    """`sender`: 'shop@example.com' or 'Shop <shop@example.com>', for e-mail; `sms_sender` for SMS."""

    abilities: Mapping[Work, Ability] = {
        Work.MESSAGE: Ability(Limits(rows=1, size_bytes=4_000_000, concurrency=8, row_bytes=3_900_000), is_repeatable=False),
        Work.UPSERT: Ability(Limits(rows=20_000, size_bytes=7_900_000, row_bytes=500_000), is_repeatable=True),
        Work.REMOVE: Ability(Limits(rows=150, size_bytes=100_000), is_repeatable=True),
        Work.APPEND: Ability(Limits(rows=100, size_bytes=4_000_000), is_repeatable=False),
    }

    def __init__(
        self,
        api_key: str,
        *,
        sender: str = "",
        sms_sender: str = "",
        base_url: str = "https://api.brevo.com/v3",
        timeout_seconds: tuple[float, float] = (5.0, 60.0),
        pacer: Pacer | None = None,
        name: str = "brevo",
    ) -> None:
        self.name = name
        display, address = parseaddr(sender)
        self._sender = {"email": address} | ({"name": display[:70]} if display else {})
        self._sms_sender = sms_sender
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        pace = pacer.of(f"brevo {api_key}", PACE) if pacer else None
        self._http = Http(base_url, KeyAuth("api-key", api_key), headers, connections=8, timeout_seconds=timeout_seconds, pace=pace)
        self._reads = Reads(self._http)

    def encode(self, work: Work, row: Any) -> bytes:
        match work:
            case Work.UPSERT:
                return rows_as.contact(row)
            case Work.REMOVE:
                return rows_as.member(row)
            case Work.APPEND:
                return rows_as.event(row)
        if row.channel == "sms":
            return rows_as.sms(row, self._sms_sender) if self._sms_sender else unsendable("sender_missing")
        return rows_as.mail(row, self._sender) if self._sender["email"] else unsendable("sender_missing")

    def send(self, request: Request) -> list[Outcome]:
        try:
            match request.work:
                case Work.UPSERT:
                    return sending(request.rows, lambda rows: self._import(rows, request.target))
                case Work.REMOVE:
                    return self._remove(request.rows, request.target)
                case Work.APPEND:
                    return sending(request.rows, self._tell)
                case _:
                    return [outcome for row in request.rows for outcome in sending([row], self._message)]
        except NoAnswer as failure:
            return [failure.outcome] * len(request.rows)

    def prepare(self, audience: str, columns: pa.Schema) -> str:
        return "" if are_events(columns) else self._reads.prepare(audience, columns)

    def poll(self, handle: str, rows: Sequence[bytes]) -> list[Outcome] | None:
        process = self._reads.get(f"/processes/{handle}", endpoint="processes")
        if process["status"] in ("failed", "cancelled"):
            ended: Outcome = Refused("import_failed") if process["status"] == "failed" else Unknown("Brevo's import was cancelled")
            return [ended] * len(rows)
        if process["status"] != "completed":
            return None
        reports = {kind: url for kind, url in ((process.get("info") or {}).get("import") or {}).items() if url}
        is_plain = self._http.base_url.startswith("http://")
        return imported(rows, {kind: download(url, is_plain_allowed=is_plain).decode("utf-8", "replace") for kind, url in reports.items()})

    def find(self, audience: str) -> str | None:
        return self._reads.list_named(audience)

    def members(self, target: str, cursor: str | None) -> tuple[list[ListMember], str | None]:
        return self._reads.members(target, cursor)

    def look_up(self, message: Message, since: datetime) -> list[Found]:
        return self._reads.texts(message, since) if message.channel == "sms" else self._reads.mails(message, since)

    def suppressed(self, since: datetime | None) -> Iterator[Suppression]:
        return self._reads.suppressed(since)

    def _message(self, rows: Sequence[bytes]) -> list[Outcome]:
        is_sms = b'"recipient":' in (row := rows[0]) and "recipient" in orjson.loads(row)
        path, endpoint = ("/transactionalSMS/sms", "sms") if is_sms else ("/smtp/email", "mail")
        return [message_sent(self._http.ask("POST", path, data=row, endpoint=endpoint))]

    def _import(self, rows: Sequence[bytes], target: str) -> list[Outcome]:
        options = {"listIds": [int(target)], "updateExistingContacts": True, "emptyContactsAttributes": False, "disableNotification": True}
        body = b'{"jsonBody":[%b],%b' % (b",".join(rows), as_json(options).removeprefix(b"{"))
        answer = self._http.ask("POST", "/contacts/import", data=body, endpoint="contacts")
        return [Job(str(document(answer)["processId"]))] * len(rows) if answer.is_success else refused(answer, len(rows))

    def _remove(self, rows: Sequence[bytes], target: str) -> list[Outcome]:
        emails = [email for email in map(orjson.loads, rows) if email]
        if not emails:
            return [Accepted()] * len(rows)
        body = as_json({"emails": emails})
        return taken_off(self._http.ask("POST", f"/contacts/lists/{target}/contacts/remove", data=body, endpoint="contacts"), len(rows))

    def _tell(self, rows: Sequence[bytes]) -> list[Outcome]:
        answer = self._http.ask("POST", "/events/batch", data=b'{"events":[%b]}' % b",".join(rows), expects_json=False, endpoint="events")
        return events_told(answer, len(rows))
