"""Twilio: SMS, one message a request.

Credentials: Account SID and auth token, or an API key (SK…) and its secret; a Messaging Service (MG…) or a sending
number. Scopes: an API key of type Standard may create and read messages. Limits: no rate is published; too many at
once are answered by 429 (code 20429, never processed: twilio.com/docs/api/errors/20429); a body has at most 1,600
characters; senders queue up to 10 hours (…/errors/30001). Twilio has no idempotency key. A message whose answer was
lost is looked up by recipient, day and text (twilio.com/docs/messaging/api/message-resource) and otherwise held.
21610 (the person answered STOP) and unusable numbers are final for the row; codes about the sender or account are
not.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qs, urlencode

from activations.destination import Ability, Found, Limits, Request, Work
from activations.destinations.basic_auth import BasicAuth
from activations.masking import mask_text
from activations.model import Accepted, Message, Outcome, Rejected, Throttled, Unknown, Unreachable
from activations.transport.http import Answer, Http, NoAnswer

_ROW_CODES = {
    21211: "invalid_number", 21610: "opted_out", 21614: "not_a_mobile_number", 21612: "unroutable_number", 21408: "country_not_allowed",
    21617: "body_too_long", 21602: "body_missing", 21604: "number_missing",
}  # fmt: skip
_BUSY_CODES = {20429, 21611, 63017, 63038}  # too many requests, the sender's queue is full, limits of the account
_SETUP_CODES = {
    20003,
    20404,
    21212,
    21601,
    21603,
    21606,
    21608,
    21609,
    21659,
    21660,
    21661,
    21701,
    21703,
    21705,
}  # sender, account, callback


class Twilio:
    """Exactly one of `messaging_service_sid` and `from_number`. `api_key_sid`: the SK… whose secret `token` is;
    without it, `token` is the account's.

    `status_callback` is the address where Twilio reports what became of messages; campaign and message_id are put
    into its query.
    """

    abilities: Mapping[Work, Ability] = {Work.MESSAGE: Ability(Limits(rows=1, size_bytes=100_000, concurrency=8), is_repeatable=False)}

    def __init__(
        self,
        account_sid: str,
        token: str,
        *,
        messaging_service_sid: str | None = None,
        from_number: str | None = None,
        api_key_sid: str | None = None,
        status_callback: str | None = None,
        base_url: str = "https://api.twilio.com",
        timeout_seconds: tuple[float, float] = (5.0, 30.0),
        name: str = "twilio",
    ) -> None:
        if (messaging_service_sid is None) == (from_number is None):
            raise ValueError("Twilio needs a messaging_service_sid or a from_number, and not both")
        self.name = name
        sender = {"MessagingServiceSid": messaging_service_sid, "From": from_number}
        self._sender = {key: value for key, value in sender.items() if value}
        self._status_callback = status_callback
        self._path = f"/2010-04-01/Accounts/{account_sid}/Messages.json"
        auth = BasicAuth(api_key_sid or account_sid, token)
        connections = self.abilities[Work.MESSAGE].limits.concurrency
        self._http = Http(base_url, auth, {}, connections=connections, timeout_seconds=timeout_seconds)

    def encode(self, work: Work, message: Message) -> bytes:
        form = {"To": message.address, "Body": message.body, **self._sender}
        if self._status_callback:
            joint = "&" if "?" in self._status_callback else "?"
            query = urlencode({"campaign": message.campaign, "message_key": message.message_id})
            form["StatusCallback"] = f"{self._status_callback}{joint}{query}"
        return urlencode(form).encode()

    def send(self, request: Request) -> list[Outcome]:
        return [self._send_one(row) for row in request.rows]

    def _send_one(self, row: bytes) -> Outcome:
        try:
            answer = self._http.ask("POST", self._path, data=row, headers={"Content-Type": "application/x-www-form-urlencoded"})
        except NoAnswer as failure:
            return failure.outcome
        if not answer.is_success:
            return _refusal(answer)
        sid = answer.body.get("sid") if isinstance(answer.body, dict) else None
        return Accepted(sid) if sid else Unknown("Twilio answered without a message's sid")

    def look_up(self, message: Message, since: datetime) -> list[Found]:
        # The filter works by day; the time of day is there because the specification's type is a date-time.
        day = since.astimezone(UTC).date().isoformat()
        params = {"To": message.address, "DateSent>": f"{day}T00:00:00Z", "PageSize": "100"}
        found = []
        while True:
            answer = self._http.ask("GET", self._path, params=params)
            if not answer.is_success or not isinstance(answer.body, dict):
                raise NoAnswer(Unreachable(f"Twilio answered {answer.status} when asked for messages"))
            for entry in answer.body.get("messages", []):
                created_at = parsedate_to_datetime(entry["date_created"])
                is_ours = str(entry.get("direction", "")).startswith("outbound") and entry.get("to") == message.address
                if is_ours and created_at >= since and (entry.get("body") or "").strip() == message.body.strip():
                    found.append(Found(entry["sid"], created_at))
            next_page = parse_qs((answer.body.get("next_page_uri") or "").partition("?")[2])
            if not next_page:
                return sorted(found, key=lambda entry: entry.created_at)
            params |= {key: next_page[key][0] for key in ("Page", "PageToken") if key in next_page}


def _refusal(answer: Answer) -> Outcome:
    body = answer.body if isinstance(answer.body, dict) else {}
    code, detail = body.get("code"), mask_text(str(body.get("message", "")))
    if code in _BUSY_CODES:
        return Throttled()
    if code in _SETUP_CODES or answer.status in (404, 405, 415) or code is None:
        return Unreachable(f"Twilio refused the sender or the account ({answer.status}, code {code}): {detail}")
    return Rejected(_ROW_CODES.get(code, str(code)), detail)
