"""Requests as seven providers sign them, and as strangers, broken senders and those who send again do, for benchmarks/webhooks.py."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEY = ec.derive_private_key(0xC0FFEE, ec.SECP256R1())
_PUBLIC = base64.b64encode(KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
SECRET = "a-secret-of-a-benchmark"  # noqa: S105
HOST = "https://hooks.shop.example"
VENDORS = {"sendgrid": 35, "twilio": 20, "klaviyo": 10, "mailchimp": 10, "customer_io": 10, "hubspot": 5, "brevo": 10}
SECRETS = {name: _PUBLIC if name == "sendgrid" else SECRET for name in VENDORS}
#: Of a hundred requests: what a sender does, and the status that it must get.
KINDS = {
    "good": (80, 200),
    "forged": (10, 401),
    "stale": (2, 401),
    "again": (3, 200),
    "unreadable": (3, 422),
    "oversized": (1, 413),
    "typed": (1, 415),
}
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Sent:
    """One request. kind: of KINDS. mark: stands in its body, and in no other's."""

    kind: str
    name: str
    body: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    mark: str = ""


def _mac(*parts: str | bytes, by: Callable[..., object] = hashlib.sha256) -> bytes:
    return hmac.new(SECRET.encode(), b"".join(part.encode() if isinstance(part, str) else part for part in parts), by).digest()  # type: ignore[arg-type]


def body_of(name: str, mark: str, at: int) -> tuple[bytes, str]:
    """A body that tells one event, of SendGrid five; `mark` stands in it once an event."""
    address = f"{mark}@example.com"
    if name == "sendgrid":
        common = {"email": address, "timestamp": at, "sg_message_id": f"{mark}.recvd-0", "message_key": mark}
        kinds = ("processed", "delivered", "open", "click", "unsubscribe")
        events = [{**common, "event": kind, "sg_event_id": f"{mark}-{kind}"} for kind in kinds]
        return json.dumps(events).encode() + b"\r\n", _JSON
    if name == "twilio":
        sid = "SM" + hashlib.md5(mark.encode(), usedforsecurity=False).hexdigest()
        form = {"MessageSid": sid, "MessageStatus": "delivered", "To": "+15005550006", "AccountSid": "AC1", "Mark": mark}
        return urlencode(form).encode(), _FORM
    if name == "klaviyo":
        properties = {"message_key": mark, "Recipient Email Address": address}
        attributes = {"timestamp": at, "event_properties": properties}
        payload = {"data": {"type": "event", "id": mark, "attributes": attributes}}
        return json.dumps({"data": [{"topic": "event:klaviyo.opened_email", "external_id": mark, "payload": payload}]}).encode(), _JSON
    if name == "mailchimp":
        fired = f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}"
        form = {"type": "unsubscribe", "fired_at": fired, "data[email]": address, "data[id]": mark, "data[list_id]": "l1"}
        return urlencode(form).encode(), _FORM
    if name == "customer_io":
        data = {"delivery_id": mark, "recipient": address, "identifiers": {"id": mark}}
        event = {"event_id": mark, "object_type": "email", "metric": "opened", "timestamp": at, "data": data}
        return json.dumps(event).encode(), _JSON
    if name == "hubspot":
        event = {"eventId": 1, "subscriptionType": "contact.propertyChange", "propertyName": "hs_email_optout", "propertyValue": "true"}
        event |= {"objectId": int(mark.partition("n")[2]), "occurredAt": at * 1000, "portalId": 1, "mark": mark}
        return json.dumps([event]).encode(), _JSON
    event = {"event": "delivered", "email": address, "message-id": f"<{mark}@relay>", "ts_epoch": at * 1000, "id": 1}
    return json.dumps(event).encode(), _JSON


def headers_of(name: str, body: bytes, at: float) -> dict[str, str]:
    """The proof, as of the Unix time `at`."""
    whole = str(int(at))
    if name == "sendgrid":
        signature = base64.b64encode(KEY.sign(whole.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
        return {"X-Twilio-Email-Event-Webhook-Signature": signature, "X-Twilio-Email-Event-Webhook-Timestamp": whole}
    if name == "twilio":
        pairs = sorted(tuple(pair.split("=")) for pair in body.decode().replace("%2B", "+").split("&") if "=" in pair)
        signed = _mac(f"{HOST}/webhooks/twilio", *(part for pair in pairs for part in pair), by=hashlib.sha1)
        return {"X-Twilio-Signature": base64.b64encode(signed).decode()}
    if name == "klaviyo":
        text = format_datetime(datetime.fromtimestamp(at, UTC), usegmt=True)
        return {"Klaviyo-Timestamp": text, "Klaviyo-Signature": _mac(body, text).hex()}
    if name == "mailchimp":
        return {"X-Mailchimp-Signature": f"t={whole},v1={_mac(whole, '.', body).hex()}"}
    if name == "customer_io":
        return {"X-CIO-Timestamp": whole, "X-CIO-Signature": _mac("v0:", whole, ":", body).hex()}
    if name == "hubspot":
        text = str(int(at * 1000))
        signature = base64.b64encode(_mac("POST", f"{HOST}/webhooks/hubspot", body, text)).decode()
        return {"X-HubSpot-Request-Timestamp": text, "X-HubSpot-Signature-v3": signature}
    return {"Authorization": f"Bearer {SECRET}"}


class Traffic:
    """A stream of requests, the same for the same seed but for its times."""

    def __init__(self, seed: int) -> None:
        self._draw, self._seed, self._number = random.Random(seed), seed, 0
        self.kept: list[Sent] = []

    def next(self) -> Sent:
        """The next request; one that is sent again was answered 200 before, and is put into `kept` by who sends."""
        self._number += 1
        kind = self._draw.choices([*KINDS], [share for share, _ in KINDS.values()])[0]
        name = self._draw.choices([*VENDORS], [*VENDORS.values()])[0]
        if kind == "again" and self.kept:
            return replace(self._draw.choice(self.kept[-200:]), kind="again")
        if kind == "stale" and name in ("twilio", "brevo"):  # these sign no time
            kind = "good"
        now = time.time()
        mark = f"s{self._seed}n{self._number:07}"
        body, content_type = body_of(name, mark, int(now))
        if kind == "unreadable":
            body = body[: len(body) // 2] if content_type == _JSON else b"Nonsense=" + mark.encode()
        headers = headers_of(name, body, now - 1_000 if kind == "stale" else now)
        if kind == "forged":
            headers = headers_of(name, body + b" ", now) if name != "brevo" else {"Authorization": "Bearer guessed"}
        if kind == "oversized":
            body = body + b" " * 2_500_000
        headers["Content-Type"] = "text/html" if kind == "typed" else content_type
        return Sent("good" if kind == "again" else kind, name, body, headers, mark)
