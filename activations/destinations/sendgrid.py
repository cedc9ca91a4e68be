"""SendGrid: contacts of Marketing Campaigns by import jobs, e-mail by Mail Send.

Credentials: an API key with the scopes marketing.read, marketing.update, mail.send, suppression.read and
asm.groups.suppressions.read; a verified sender. Limits: 30,000 contacts or 6 MB an import, 100 addresses a search
(twilio.com/docs/sendgrid/api-reference/contacts/add-or-update-a-contact, …/get-contacts-by-emails); no rate is published,
every answer says what is left (…/how-to-use-the-sendgrid-v3-api/rate-limits, a reset as a Unix time). Contacts are known
by their e-mail address, or by their phone number where there is none: an update must name every identifier that a contact has,
so no second one is given to them. Properties become custom fields; a property without a value leaves what is there. Joining a list
may start an automation, and nothing in a request can prevent it: load a list before an automation is attached to it.
Mail Send knows no repeats (…/mail-send/mail-send): a message whose answer was lost is held. Membership and messages touch no
suppression: no request made here lifts one or passes one by. EU accounts (https://api.eu.sendgrid.com) have mail and
suppressions, and no contacts.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parseaddr
from itertools import count
from typing import Any

import pyarrow as pa

from activations.destination import Ability, Limits, Request, Suppression, Work
from activations.destinations.as_json import as_json
from activations.destinations.odd_answers import bears_odd_answers
from activations.destinations.rows import email_of, sending, unsendable
from activations.destinations.sendgrid_contacts import Contacts
from activations.destinations.sendgrid_errors import document, import_refusals, mail_refusal
from activations.model import Accepted, Job, Message, Outcome, Unknown, Unreachable
from activations.transport.http import HeaderAuth, Http, NoAnswer
from activations.transport.pacing import ByEndpoint, Pacer

PACE: ByEndpoint = {}
"""No number is published: each endpoint's answers say what is left there."""
_EU = "https://api.eu.sendgrid.com"
_SUPPRESSIONS = {
    "unsubscribes": "unsubscribed",
    "spam_reports": "complained",
    "bounces": "bounced",
    "invalid_emails": "bounced",
}
"""Not its blocks: a receiving server refused one message then, and SendGrid goes on sending there."""
_PAGE = 500


@bears_odd_answers
class SendGrid:
    """`sender`: 'shop@example.com' or 'Shop <shop@example.com>', for messages. `unsubscribe_group`: the number of the
    group that marketing messages belong to.
    """

    def __init__(
        self,
        api_key: str,
        *,
        sender: str = "",
        unsubscribe_group: int | None = None,
        base_url: str = "https://api.sendgrid.com",
        timeout_seconds: tuple[float, float] = (5.0, 60.0),
        pacer: Pacer | None = None,
        name: str = "sendgrid",
    ) -> None:
        self.name = name
        # A message is a request of its own, since no two have the same text.
        self.abilities: Mapping[Work, Ability] = {
            Work.MESSAGE: Ability(Limits(rows=1, size_bytes=20_000_000, concurrency=8, row_bytes=19_000_000), is_repeatable=False)
        }
        if base_url.rstrip("/") != _EU:
            imports = Limits(rows=30_000, size_bytes=5_000_000, row_bytes=500_000)  # ids for names make a row a little longer
            self.abilities |= {
                Work.UPSERT: Ability(imports, is_repeatable=True),
                Work.REMOVE: Ability(Limits(rows=100, size_bytes=100_000), is_repeatable=True),
            }
        display, address = parseaddr(sender)
        self._sender, self._group = {"email": address} | ({"name": display} if display else {}), unsubscribe_group
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        auth, pace = HeaderAuth(f"Bearer {api_key}"), pacer.of(f"sendgrid {api_key}", PACE) if pacer else None
        self._http = Http(base_url, auth, headers, connections=8, timeout_seconds=timeout_seconds, pace=pace)
        self._contacts = Contacts(self._http)

    def encode(self, work: Work, row: Any) -> bytes:
        if work is Work.MESSAGE:
            return self._mail(row)
        return self._contacts.identifier(row) if work is Work.REMOVE else self._contacts.contact(row)

    def _mail(self, message: Message) -> bytes:
        address = email_of({"email": message.address}, longest=320)
        texts = [("text/plain", message.body), ("text/html", message.html_body)]
        content = [{"type": kind, "value": text} for kind, text in texts if text]
        subject = " ".join((message.subject or "").split())
        if not (address and subject and content):
            return unsendable("subject_missing" if address and content else "body_missing" if address else "invalid_address")
        # No address or name in custom_args: they come back in webhooks and are kept by the provider.
        args = {"message_key": message.message_id, "campaign": message.campaign}
        mail: dict[str, Any] = {"personalizations": [{"to": [{"email": address}], "custom_args": args}], "from": self._sender}
        mail |= {"subject": subject, "content": content, "categories": [message.campaign[:255]]}
        if self._group is not None and message.purpose == "marketing":
            mail["asm"] = {"group_id": self._group}
        return as_json(mail)

    def send(self, request: Request) -> list[Outcome]:
        work = {Work.MESSAGE: self._send_mail, Work.REMOVE: self._remove, Work.UPSERT: self._import}[request.work]
        try:
            return sending(request.rows, lambda rows: work(rows, request.target))
        except NoAnswer as failure:
            return [failure.outcome] * len(request.rows)

    def _send_mail(self, rows: Sequence[bytes], _: str) -> list[Outcome]:
        if not self._sender["email"]:
            return [Unreachable("SendGrid needs a sender: an address that is verified there")] * len(rows)
        answer = self._http.ask("POST", "/v3/mail/send", data=rows[0], expects_json=False, endpoint="mail")
        if answer.is_success and answer.status != 202:  # a page of something on the way, perhaps
            return [Unknown(f"SendGrid answered {answer.status}, which is no acceptance")]
        return [Accepted(answer.headers.get("X-Message-Id")) if answer.is_success else mail_refusal(answer)]

    def _import(self, rows: Sequence[bytes], target: str) -> list[Outcome]:
        body = self._contacts.upsert_body(rows, target)
        answer = self._http.ask("PUT", "/v3/marketing/contacts", data=body, endpoint="contacts")
        return [Job(str(document(answer)["job_id"]))] * len(rows) if answer.is_success else import_refusals(answer, len(rows))

    def _remove(self, rows: Sequence[bytes], target: str) -> list[Outcome]:
        ids = self._contacts.ids(rows)
        if ids:  # who is not found is on no list
            path, params = f"/v3/marketing/lists/{target}/contacts", {"contact_ids": ",".join(ids)}
            answer = self._http.ask("DELETE", path, params=params, endpoint="list contacts")
            if not answer.is_success:  # 404: somebody was deleted since they were found, or the list was; the next sync sees which
                return import_refusals(answer, len(rows), is_missing_refused=True)
        return [Accepted()] * len(rows)

    def prepare(self, audience: str, columns: pa.Schema) -> str:
        self._contacts.define_fields(columns)
        return self._contacts.find_or_create_list(audience)

    def poll(self, handle: str, rows: Sequence[bytes]) -> list[Outcome] | None:
        return self._contacts.outcomes(handle, rows)

    def suppressed(self, since: datetime | None) -> Iterator[Suppression]:
        start = {"start_time": str(int(since.timestamp()))} if since else {}
        for kind, reason in _SUPPRESSIONS.items():
            for offset in count(0, _PAGE):
                params = {"limit": str(_PAGE), "offset": str(offset), **start}
                page = document(self._http.ask("GET", f"/v3/suppression/{kind}", params=params, endpoint=kind), list)
                for entry in page:
                    yield Suppression(entry["email"], "email", reason, datetime.fromtimestamp(entry["created"], UTC))
                if len(page) < _PAGE:
                    break
        if self._group is not None:
            path = f"/v3/asm/groups/{self._group}/suppressions"
            for address in document(self._http.ask("GET", path, endpoint="group"), list):
                yield Suppression(address, "email", "unsubscribed", None)
