"""Mailchimp Transactional (Mandrill): e-mail, one message a request.

Credentials: an API key of the Transactional part, which goes in the body of each request; a verified sending domain. Limits: 25 MB a
message (mailchimp.com/developer/transactional/docs/fundamentals); no rate is published, an hourly quota belongs to the account. 200
is no success: it has a status for the recipient, who may be rejected for what is known there (…/api/messages/send-new-message). An
error comes as a document with a name, under 4xx or 500. There is no key to drop repeats by: a message whose answer was lost is held.
Nothing sent from here takes anybody off the denylist, of which the newest 1,000 entries can be read back (…/api/rejects).
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parseaddr
from typing import Any

from activations.destination import Ability, Limits, Request, Suppression, Work
from activations.destinations.as_json import as_json
from activations.destinations.odd_answers import bears_odd_answers
from activations.destinations.rows import email_of, sending, unsendable
from activations.masking import mask_text
from activations.model import Accepted, Message, Outcome, Rejected, Throttled, Unknown, Unreachable
from activations.transport.download import NoAuth
from activations.transport.http import Answer, Http, NoAnswer
from activations.transport.pacing import ByEndpoint, Pacer

PACE: ByEndpoint = {}
"""No number is published: an answer of 429 says when there were too many."""
_REASONS = {"hard-bounce": "bounced", "soft-bounce": "bounced", "spam": "complained", "unsub": "opted_out", "custom": "suppressed"}
_REASONS |= {"invalid": "invalid_address", "rule": "refused_by_policy"}
_SETUP = {"invalid-sender", "unsigned", "test-mode-limit"}
_SUPPRESSED = {"hard-bounce": "bounced", "soft-bounce": "bounced", "spam": "complained", "unsub": "unsubscribed"}
_TAG_LETTERS = 50


@bears_odd_answers
class MailchimpTransactional:
    """`sender`: 'shop@example.com' or 'Shop <shop@example.com>'."""

    abilities: Mapping[Work, Ability] = {
        Work.MESSAGE: Ability(Limits(rows=1, size_bytes=24_000_000, concurrency=8, row_bytes=24_000_000), is_repeatable=False)
    }

    def __init__(
        self,
        api_key: str,
        *,
        sender: str,
        subaccount: str = "",
        base_url: str = "https://mandrillapp.com/api/1.0",
        timeout_seconds: tuple[float, float] = (5.0, 60.0),
        pacer: Pacer | None = None,
        name: str = "mailchimp_transactional",
    ) -> None:
        self.name = name
        self._with_key: Callable[[bytes], bytes] = lambda body: b'{"key":%b,%b' % (as_json(api_key), body[1:])
        display, address = parseaddr(sender)
        self._sender = {"from_email": address} | ({"from_name": display} if display else {})
        self._account = {"subaccount": subaccount} if subaccount else {}
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        pace = pacer.of(f"mandrill {api_key}", PACE) if pacer else None
        self._http = Http(base_url, NoAuth(), headers, connections=8, timeout_seconds=timeout_seconds, pace=pace)

    def encode(self, work: Work, row: Message) -> bytes:
        address = email_of({"email": row.address}, longest=320)
        subject = " ".join((row.subject or "").split())
        texts = {name: text for name, text in (("text", row.body), ("html", row.html_body)) if text}
        if not (address and subject and texts):
            return unsendable("invalid_address" if not address else "body_missing" if subject else "subject_missing")
        message: dict[str, Any] = {"to": [{"email": address, "type": "to"}], "subject": subject, **texts, **self._sender, **self._account}
        tag = row.campaign[:_TAG_LETTERS].lstrip("_")  # tags with an underscore in front are the provider's own
        # No address or name in the metadata: it comes back in webhooks.
        message |= {"metadata": {"message_key": row.message_id, "campaign": row.campaign}} | ({"tags": [tag]} if tag else {})
        return as_json({"message": message, "async": False})

    def send(self, request: Request) -> list[Outcome]:
        try:
            return sending(request.rows, self._send_one)
        except NoAnswer as failure:
            return [failure.outcome] * len(request.rows)

    def _send_one(self, rows: Sequence[bytes]) -> list[Outcome]:
        answer = self._ask("/messages/send", rows[0])
        if not answer.is_success:
            return [_refusal(answer)]
        entries = answer.body if isinstance(answer.body, list) else []
        if len(entries) != 1 or not isinstance(entries[0], Mapping):
            return [Unknown("Mailchimp Transactional answered without a status for the recipient")]
        return [_delivered(entries[0])]

    def _ask(self, path: str, body: bytes) -> Answer:
        return self._http.ask("POST", path, data=self._with_key(body), reads_errors=True)

    def suppressed(self, since: datetime | None) -> Iterator[Suppression]:
        answer = self._ask("/rejects/list", as_json({"include_expired": False} | self._account))
        if not answer.is_success or not isinstance(answer.body, list):
            raise NoAnswer(Unreachable(f"Mailchimp Transactional answered {answer.status} when asked for its denylist"))
        for entry in answer.body:
            at = datetime.fromisoformat(entry["created_at"]).replace(tzinfo=UTC)
            if since is None or at >= since:
                yield Suppression(entry["email"], "email", _SUPPRESSED.get(entry["reason"], "blocked"), at)


def _delivered(entry: Mapping[str, Any]) -> Outcome:
    status, reason = str(entry.get("status")), str(entry.get("reject_reason") or "")
    if status in ("sent", "queued", "scheduled"):
        return Accepted(entry.get("_id"))
    if reason in _SETUP:
        return Unreachable(f"Mailchimp Transactional refused the sender or the account: {reason}")
    if status == "invalid":
        return Rejected("invalid_address", f"{status} {reason}".strip())
    if status == "rejected":
        return Rejected(_REASONS.get(reason, "refused"), f"{status} {reason}".strip())
    return Unknown(f"Mailchimp Transactional answered with a status that is not known: {mask_text(status)}")


def _refusal(answer: Answer) -> Outcome:
    problem = answer.body if isinstance(answer.body, Mapping) else {}
    name, said = str(problem.get("name") or ""), mask_text(json.dumps(problem.get("message") or ""))
    if name == "ServiceUnavailable":
        return Throttled()
    if name == "ValidationError":
        return Rejected("refused", f"{answer.status} {name} {said}")
    if answer.status >= 500 and name in ("", "GeneralError"):
        return Unknown(f"Mailchimp Transactional answered {answer.status} {name} {said}")
    return Unreachable(f"Mailchimp Transactional refused the account: {answer.status} {name} {said}")
