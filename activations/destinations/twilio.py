"""Twilio: SMS, one message a request.

Credentials: Account SID and auth token, or an API key (SK…) and its secret; a Messaging Service (MG…) or a sending
number. Scopes: an API key of type Standard may create and read messages. Limits: no rate is published; too many at
once are answered by 429 (code 20429, never processed: twilio.com/docs/api/errors/20429), so no more than 8 are under way; a body
has at most 1,600 characters; senders queue up to 10 hours (…/errors/30001), which is longer than a message is good for: it is
dropped after `valid_for_seconds`. Twilio has no idempotency key. A message whose answer was lost is looked up by recipient, day
and text (twilio.com/docs/messaging/api/message-resource) and otherwise held. 21610 (the person answered STOP) and unusable
numbers are final for the row; codes about the sender or account are not. Who answered STOP, or a keyword like it
(…/messaging/tutorials/advanced-opt-out), is read back from the messages that came in; a later START counts.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, urlencode

from activations.destination import Ability, Found, Limits, Request, Suppression, Work
from activations.destinations.auth import BasicAuth
from activations.destinations.odd_answers import bears_odd_answers
from activations.destinations.rows import sending, unsendable
from activations.destinations.twilio_codes import refusal
from activations.model import Accepted, Message, Outcome, Unknown, Unreachable
from activations.transport.http import Http, NoAnswer
from activations.transport.pacing import ACCOUNT, AtOnce, ByEndpoint, Pacer

_AT_ONCE = 8
_LONGEST_BODY = 1_600
_NUMBER = re.compile(r"(whatsapp|messenger|rcs):.+|\+[1-9][0-9]{6,14}")
PACE: ByEndpoint = {ACCOUNT: (AtOnce(_AT_ONCE),)}
_STOP = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
_START = {"START", "YES", "UNSTOP"}


@bears_odd_answers
class Twilio:
    """Exactly one of `messaging_service_sid` and `from_number`. `api_key_sid`: the SK… whose secret `token` is;
    without it, `token` is the account's.

    `status_callback` is the address where Twilio reports what became of messages; campaign and message_id are put
    into its query. `valid_for_seconds`: 1 to 36,000.
    """

    abilities: Mapping[Work, Ability] = {
        Work.MESSAGE: Ability(Limits(rows=1, size_bytes=100_000, concurrency=_AT_ONCE), is_repeatable=False)
    }

    def __init__(
        self,
        account_sid: str,
        token: str,
        *,
        messaging_service_sid: str | None = None,
        from_number: str | None = None,
        api_key_sid: str | None = None,
        status_callback: str | None = None,
        valid_for_seconds: int = 14_400,
        base_url: str = "https://api.twilio.com",
        timeout_seconds: tuple[float, float] = (5.0, 30.0),
        pacer: Pacer | None = None,
        name: str = "twilio",
    ) -> None:
        if (messaging_service_sid is None) == (from_number is None):
            raise ValueError("Twilio needs a messaging_service_sid or a from_number, and not both")
        if not 1 <= valid_for_seconds <= 36_000:
            raise ValueError(f"Twilio keeps a message for 1 to 36,000 seconds, not {valid_for_seconds}")
        self.name = name
        sender = {"MessagingServiceSid": messaging_service_sid, "From": from_number, "ValidityPeriod": str(valid_for_seconds)}
        self._sender = {key: value for key, value in sender.items() if value}
        self._from_number = from_number
        self._status_callback = status_callback
        self._path = f"/2010-04-01/Accounts/{account_sid}/Messages.json"
        auth, pace = BasicAuth(api_key_sid or account_sid, token), pacer.of(f"twilio {account_sid}", PACE) if pacer else None
        self._http = Http(base_url, auth, {}, connections=_AT_ONCE, timeout_seconds=timeout_seconds, pace=pace)

    def encode(self, work: Work, message: Message) -> bytes:
        if not _NUMBER.fullmatch(message.address):
            return unsendable("invalid_number", "address")
        if not message.body.strip() or len(message.body) > _LONGEST_BODY:
            return unsendable("body_too_long" if message.body.strip() else "body_missing", "body")
        form = {"To": message.address, "Body": message.body, **self._sender}
        if self._status_callback:
            joint = "&" if "?" in self._status_callback else "?"
            query = urlencode({"campaign": message.campaign, "message_key": message.message_id})
            form["StatusCallback"] = f"{self._status_callback}{joint}{query}"
        return urlencode(form, errors="replace").encode()

    def send(self, request: Request) -> list[Outcome]:
        return [outcome for row in request.rows for outcome in sending([row], self._send_one)]

    def _send_one(self, rows: Sequence[bytes]) -> list[Outcome]:
        try:
            answer = self._http.ask("POST", self._path, data=rows[0], headers={"Content-Type": "application/x-www-form-urlencoded"})
        except NoAnswer as failure:
            return [failure.outcome]
        if not answer.is_success:
            return [refusal(answer)]
        sid = answer.body.get("sid") if isinstance(answer.body, dict) else None
        return [Accepted(str(sid)) if sid else Unknown("Twilio answered without a message's sid")]

    def look_up(self, message: Message, since: datetime) -> list[Found]:
        found = []
        for entry in self._messages({"To": message.address, **_from_day(since)}):
            created_at = parsedate_to_datetime(entry["date_created"])
            is_ours = str(entry.get("direction", "")).startswith("outbound") and entry.get("to") == message.address
            if is_ours and created_at >= since and (entry.get("body") or "").strip() == message.body.strip():
                found.append(Found(entry["sid"], created_at))
        return sorted(found, key=lambda entry: entry.created_at)

    def suppressed(self, since: datetime | None) -> Iterator[Suppression]:
        """By what each number wrote last: a keyword that ends messages, or one that lets them in again."""
        to = {"To": self._from_number} if self._from_number else {}
        last: dict[str, tuple[datetime, str]] = {}
        for entry in self._messages(to | (_from_day(since) if since else {})):
            word = (entry.get("body") or "").strip().upper()
            if entry.get("direction") == "inbound" and word in _STOP | _START:
                at = parsedate_to_datetime(entry["date_created"])
                if (since is None or at >= since) and (entry["from"] not in last or at > last[entry["from"]][0]):
                    last[entry["from"]] = at, word
        for address, (at, word) in last.items():
            if word in _STOP:
                yield Suppression(address, "sms", "unsubscribed", at)

    def _messages(self, params: dict[str, str]) -> Iterator[dict[str, Any]]:
        """Page after page; of a next page's address only where it begins is used, so that the token never goes to another host."""
        params |= {"PageSize": "1000"}
        while True:
            answer = self._http.ask("GET", self._path, params=params)
            if not answer.is_success or not isinstance(answer.body, dict):
                raise NoAnswer(Unreachable(f"Twilio answered {answer.status} when asked for messages"))
            yield from answer.body["messages"]
            next_page = parse_qs((answer.body.get("next_page_uri") or "").partition("?")[2])
            if not next_page:
                return
            params |= {key: next_page[key][0] for key in ("Page", "PageToken") if key in next_page}


def _from_day(since: datetime) -> dict[str, str]:
    """The filter works by day; the time of day is there because the specification's type is a date-time."""
    return {"DateSent>": f"{since.astimezone(UTC).date().isoformat()}T00:00:00Z"}
