"""A signed webhook of your own, or of Zapier, Make and their like: rows as JSON to one address.

Credentials: the address, which is a secret where it is the only one, and a signing secret (whsec_… or any text of 16 characters and more).
Limits: 100 rows and 5 MB a request, or fewer if you say so; Zapier takes 30 requests a second and 10,000 in 5 minutes, and answers 429
(help.zapier.com/hc/en-us/articles/29972220283789), Make takes 5 MB. The body: {"type": "message" | "upsert" | "remove" | "append",
"audience", "is_first_load", "rows": [{"id", …}]}, where `id` is the same whenever the row comes again: tell repeats by it. Signed as
standardwebhooks.com has it: `webhook-signature: v1,<base64 of HMAC-SHA256 over "<webhook-id>.<webhook-timestamp>.<body>">`, with the same
`webhook-id` for the same body. Any 2xx is an acceptance; {"errors": [{"id", "code", "detail"}]} in it names rows that are not accepted.
400 and 422 are about the rows where a JSON document comes with them; without one they may mean that a queue is full (Make), so a row
that stands alone then goes again with the next run. 410 means that nobody listens any more.
Properties stand apart from the address, below `properties`, so that no column can pass for a consent.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import orjson
import pyarrow as pa

from activations.destination import Ability, Limits, Request, Work
from activations.destinations.as_json import as_json
from activations.destinations.odd_answers import bears_odd_answers
from activations.destinations.rows import PEOPLE, properties
from activations.masking import mask_text
from activations.model import Accepted, Deferred, Message, Outcome, Refused, Rejected, Unreachable
from activations.transport.download import NoAuth
from activations.transport.http import Answer, Http, NoAnswer
from activations.transport.pacing import ACCOUNT, ByEndpoint, Pacer, Window

PACE: ByEndpoint = {ACCOUNT: (Window(30, 1), Window(10_000, 300))}
_EVENT = ("row_id", "event", "occurred_at", "profile_id", "email", "phone")
_SHORTEST_SECRET = 16


@bears_odd_answers
class Webhook:
    """`is_repeatable`: the receiver drops a message or an event whose id it has, so that one may come twice; without it, one whose answer
    was lost is held. `clock` dates the signatures.
    """

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        clock: Callable[[], datetime],
        is_repeatable: bool = False,
        rows: int = 100,
        timeout_seconds: tuple[float, float] = (5.0, 30.0),
        pacer: Pacer | None = None,
        name: str = "webhook",
    ) -> None:
        if len(secret) < _SHORTEST_SECRET:
            raise ValueError(f"a signing secret has {_SHORTEST_SECRET} characters or more")
        parts = urlsplit(url)
        if not (parts.scheme in ("https", "http") and parts.hostname):
            raise ValueError("the address of a webhook looks like https://host/path")
        self.name = name
        limits = Limits(rows=rows, size_bytes=4_900_000, row_bytes=1_000_000)
        once, again = Ability(limits, is_repeatable), Ability(limits, is_repeatable=True)
        self.abilities: Mapping[Work, Ability] = {Work.MESSAGE: once, Work.APPEND: once, Work.UPSERT: again, Work.REMOVE: again}
        self._clock = clock
        key = _key(secret)
        self._sign: Callable[[bytes], bytes] = lambda content: hmac.digest(key, content, "sha256")
        self._post: Callable[[bytes, Mapping[str, str]], Answer] = lambda body, headers: self._http.ask(
            "POST", url.removeprefix(self._http.base_url), data=body, headers=headers, expects_json=False
        )
        pace = pacer.of(url, PACE) if pacer else None
        # The path stays out of the base, and so out of every error: it may be what lets in.
        base = f"{parts.scheme}://{parts.netloc}"
        self._http = Http(base, NoAuth(), {"Content-Type": "application/json"}, timeout_seconds=timeout_seconds, pace=pace)

    def encode(self, work: Work, row: Any) -> bytes:
        if isinstance(row, Message):
            names = ("campaign", "profile_id", "channel", "address", "message", "purpose", "subject", "body", "html_body", "first_name")
            more = {name: getattr(row, name) for name in (*names, "occurred_at", "occasion")}
            return as_json({"id": row.message_id} | more)
        known = _EVENT if work is Work.APPEND else PEOPLE
        key = row["row_id"] if work is Work.APPEND else row["profile_id"] or row.get("email") or row.get("phone")
        told = {"id": key} | {name: row.get(name) for name in known}
        if work is Work.REMOVE:
            return as_json({name: told[name] for name in ("id", "profile_id", "email", "phone")})
        return as_json(told | {"properties": properties(row, known)})

    def prepare(self, audience: str, columns: pa.Schema) -> str:
        """The receiver knows an audience by its name."""
        return audience

    def send(self, request: Request) -> list[Outcome]:
        head = as_json({"type": request.work.value, "audience": request.target, "is_first_load": request.is_first_load})
        body = b'%b,"rows":[%b]}' % (head[:-1], b",".join(request.rows))
        key, moment = f"msg_{hashlib.sha256(body).hexdigest()[:32]}", str(int(self._clock().timestamp()))
        signature = base64.b64encode(self._sign(f"{key}.{moment}.".encode() + body)).decode()
        headers = {"webhook-id": key, "webhook-timestamp": moment, "webhook-signature": f"v1,{signature}"}
        try:
            return _outcomes(self._post(body, headers), request.rows)
        except NoAnswer as failure:
            return [failure.outcome] * len(request.rows)


def _outcomes(answer: Answer, rows: Sequence[bytes]) -> list[Outcome]:
    listed = answer.body.get("errors") if isinstance(answer.body, Mapping) else None
    errors = {str(error.get("id")): error for error in listed or [] if isinstance(error, Mapping)} if isinstance(listed, list) else {}
    if not answer.is_success and answer.status not in (400, 413, 422):
        return [Unreachable(f"the receiver answered {answer.status}: check its address and the secret")] * len(rows)
    if answer.status in (400, 422) and len(rows) == 1 and not isinstance(answer.body, Mapping):
        return [Deferred(f"the receiver answered {answer.status} and did not say why")]
    rest: Outcome = Accepted() if answer.is_success else Refused(str(answer.status))
    if not errors:
        return [rest] * len(rows)
    named = [errors.get(str(orjson.loads(row)["id"])) for row in rows]
    return [Rejected(str(error.get("code") or "refused"), mask_text(str(error.get("detail") or ""))) if error else rest for error in named]


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True) if secret.startswith("whsec_") else secret.encode()
    except binascii.Error:
        raise ValueError("a signing secret that begins with whsec_ goes on in Base64") from None
