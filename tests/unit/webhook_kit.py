"""Signed requests of each vendor, made as its documentation says and without the code that checks them; and a receiver to send them to."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

URL = "https://hooks.shop.example/webhooks/any"
SENDGRID_KEY = ec.derive_private_key(0xC0FFEE, ec.SECP256R1())
POSTAL_KEY = rsa.generate_private_key(65_537, 2_048)
JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
Signed = tuple[bytes, dict[str, str]]


def public_text(key: Any) -> str:
    """The public half as the vendors show it."""
    return base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def mac(secret: str | bytes, *parts: str | bytes, by: Any = hashlib.sha256) -> bytes:
    key = secret.encode() if isinstance(secret, str) else secret
    return hmac.new(key, b"".join(part.encode() if isinstance(part, str) else part for part in parts), by).digest()


def sendgrid(_: str, now: float, __: str, body: bytes = b'[{"a": 1}]\r\n') -> Signed:
    at = str(int(now))
    signature = base64.b64encode(SENDGRID_KEY.sign(at.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
    return body, {"x-twilio-email-event-webhook-signature": signature, "x-twilio-email-event-webhook-timestamp": at, **JSON}


def twilio(secret: str, _: float, url: str, body: bytes = b"MessageStatus=sent&A=&MessageSid=SM1&A=b+c") -> Signed:
    fields = sorted({tuple(pair.split("=")) for pair in body.decode().replace("+", " ").replace("%2B", "+").split("&")})
    return body, {
        "x-twilio-signature": base64.b64encode(mac(secret, url, *(part for pair in fields for part in pair), by=hashlib.sha1)).decode(),
        **FORM,
    }


def klaviyo(secret: str, now: float, _: str, body: bytes = b'{"data": []}') -> Signed:
    at = format_datetime(datetime.fromtimestamp(now, UTC), usegmt=True)
    return body, {"klaviyo-signature": mac(secret, body, at).hex(), "klaviyo-timestamp": at, **JSON}


def mailchimp(secret: str, now: float, _: str, body: bytes = b"type=unsubscribe&data%5Bemail%5D=a%40b.example") -> Signed:
    return body, {"x-mailchimp-signature": f"t={int(now)},v1={mac(secret, str(int(now)), '.', body).hex()}", **FORM}


def mandrill(secret: str, _: float, url: str, events: str = '[{"event": "send"}]') -> Signed:
    signature = base64.b64encode(mac(secret, url, "mandrill_events", events, by=hashlib.sha1)).decode()
    return urlencode({"mandrill_events": events}).encode(), {"x-mandrill-signature": signature, **FORM}


def customer_io(secret: str, now: float, _: str, body: bytes = b'{"event_id": "e1"}') -> Signed:
    at = str(int(now))
    return body, {"x-cio-timestamp": at, "x-cio-signature": mac(secret, "v0:", at, ":", body).hex(), **JSON}


def hubspot(secret: str, now: float, url: str, body: bytes = b'[{"a": 1}]') -> Signed:
    at = str(int(now * 1000))
    signature = base64.b64encode(mac(secret, "POST", url, body, at)).decode()
    return body, {"x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": at, **JSON}


def bearer(secret: str, _: float, __: str, body: bytes = b'{"event": "delivered"}') -> Signed:
    return body, {"authorization": f"Bearer {secret}", **JSON}


def resend(secret: str, now: float, _: str, body: bytes = b'{"type": "email.sent"}') -> Signed:
    key, at = base64.b64decode(secret.removeprefix("whsec_")), str(int(now))
    signature = "v1," + base64.b64encode(mac(key, "m1.", at, ".", body)).decode()
    return body, {"svix-id": "m1", "svix-timestamp": at, "svix-signature": signature, **JSON}


def mailersend(secret: str, _: float, __: str, body: bytes = b'{"type": "activity.sent"}') -> Signed:
    return body, {"signature": mac(secret, body).hex(), **JSON}


def mailtrap(secret: str, _: float, __: str, body: bytes = b'{"events": []}') -> Signed:
    return body, {"mailtrap-signature": mac(secret, body).hex(), **JSON}


def mailgun(secret: str, now: float, _: str, event: dict | None = None) -> Signed:
    at = str(int(now))
    told = {"timestamp": at, "token": "t0", "signature": mac(secret, at, "t0").hex()}
    return json.dumps({"signature": told, "event-data": event or {"event": "delivered"}}).encode(), JSON


def postal(_: str, __: float, ___: str, body: bytes = b'{"event": "MessageSent"}') -> Signed:
    signature = POSTAL_KEY.sign(body, padding.PKCS1v15(), hashes.SHA256())
    return body, {"x-postal-signature-256": base64.b64encode(signature).decode(), **JSON}


def unisender_go(secret: str, _: float, __: str) -> Signed:
    body = json.dumps({"auth": secret, "events_by_user": [{"events": []}]}, separators=(",", ":"))
    return body.replace(secret, hashlib.md5(body.encode()).hexdigest()).encode(), JSON


SIGNERS: dict[str, Callable[..., Signed]] = {
    **{
        signer.__name__: signer
        for signer in (sendgrid, twilio, klaviyo, mailchimp, customer_io, hubspot, resend, mailersend, mailtrap, mailgun)
    },
    "mailchimp_transactional": mandrill,
    "postal": postal,
    "unisender_go": unisender_go,
    **dict.fromkeys(("brevo", "amazon_ses", "mailjet", "postmark", "sparkpost"), bearer),
}
