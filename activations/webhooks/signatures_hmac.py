"""Signatures by a shared secret over the body, mostly with the time before or behind it."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import orjson

from activations.webhooks.signatures import Call, ForgedError, demand, same, seconds, sha256_base64, sha256_hex

#: What HubSpot undoes in the address before it signs: these alone (developers.hubspot.com, Validating requests).
_UNDONE = {code: chr(int(code[1:], 16)) for code in ("%3A", "%2F", "%3F", "%40", "%21", "%24", "%27", "%28", "%29", "%2A", "%2C", "%3B")}


def klaviyo(call: Call, secret: str) -> float:
    """Hexadecimal, over body and time (developers.klaviyo.com, Working with system webhooks). The header's time is an HTTP date that has
    been seen in another zone than it says; the body's own `meta.timestamp`, which is signed with it, goes before."""
    at = call.needed("klaviyo-timestamp")
    demand(sha256_hex(secret, call.body + at.encode()), call.needed("klaviyo-signature").lower())
    try:
        return _unix(datetime.fromisoformat(orjson.loads(call.body)["meta"]["timestamp"]))
    except (ValueError, KeyError, TypeError, OverflowError):
        return _any_time(at)


def _any_time(text: str) -> float:
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            return _unix(read(text))
        except (ValueError, TypeError, OverflowError):
            continue
    return seconds(text)


def _unix(at: datetime) -> float:
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def mailchimp(call: Call, secret: str) -> float:
    """`t=…,v1=…`, hexadecimal, over time, a full stop and the body; while a secret is replaced there may be two v1
    (mailchimp.com/developer, Webhooks)."""
    parts = [part.strip().partition("=") for part in call.needed("x-mailchimp-signature").split(",")]
    times = [value for name, _, value in parts if name == "t"]
    if len(times) != 1:
        raise ForgedError("the header x-mailchimp-signature has no time")
    wanted = sha256_hex(secret, times[0].encode() + b"." + call.body)
    _one_of([wanted], [value.lower() for name, _, value in parts if name == "v1"])
    return seconds(times[0])


def customer_io(call: Call, secret: str) -> float:
    """Hexadecimal, over `v0:`, time, a colon and the body (customer.io/docs, Reporting webhooks)."""
    at = call.needed("x-cio-timestamp")
    demand(sha256_hex(secret, b"v0:" + at.encode() + b":" + call.body), call.needed("x-cio-signature").lower())
    return seconds(at)


def hubspot(call: Call, secret: str) -> float:
    """Version 3: base64, over method, address, body and time in milliseconds; some escapes of the address are undone first."""
    at = call.needed("x-hubspot-request-timestamp")
    given = call.needed("x-hubspot-signature-v3")
    undone = re.sub("%[0-9A-Fa-f]{2}", lambda found: _UNDONE.get(found.group().upper(), found.group()), call.url)
    signed = [call.method.encode() + url.encode() + call.body + at.encode() for url in dict.fromkeys((undone, call.url))]
    _one_of([sha256_base64(secret, one) for one in signed], [given])
    return seconds(at, 0.001)


def svix(call: Call, secret: str) -> float:
    """Resend's, by docs.svix.com: base64, over id, time and body with full stops between; `whsec_` and the key in base64."""
    id_, at = call.needed("svix-id"), call.needed("svix-timestamp")
    wanted = sha256_base64(svix_key(secret), f"{id_}.{at}.".encode() + call.body)
    _one_of([wanted], [one.removeprefix("v1,") for one in call.needed("svix-signature").split() if one.startswith("v1,")])
    return seconds(at)


def svix_key(secret: str) -> bytes:
    """The key in Svix's secret. Raises ForgedError where it is none."""
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raise ForgedError("the secret is no base64") from None


def mailersend(call: Call, secret: str) -> None:
    """Hexadecimal, over the body; no time is signed (developers.mailersend.com, Webhooks)."""
    demand(sha256_hex(secret, call.body), call.needed("signature").lower())


def mailtrap(call: Call, secret: str) -> None:
    """Hexadecimal, over the body; no time is signed (docs.mailtrap.io, Webhooks)."""
    demand(sha256_hex(secret, call.body), call.needed("mailtrap-signature").lower())


def mailgun(call: Call, secret: str) -> float:
    """In the body itself: hexadecimal, over time and a token (documentation.mailgun.com, Securing webhooks). It says nothing of the rest of
    the body: who sees one request may change it, within the tolerance. Mailgun has no better."""
    try:
        signature = orjson.loads(call.body)["signature"]
        at, token, given = (str(signature[name]) for name in ("timestamp", "token", "signature"))
    except (ValueError, KeyError, TypeError):
        raise ForgedError("the body has no signature") from None
    demand(sha256_hex(secret, (at + token).encode()), given.lower())
    return seconds(at)


def _one_of(wanted: list[str], given: list[str]) -> None:
    found = [same(right, one) for right in wanted for one in given]  # all of them, whichever fits
    if not any(found):
        raise ForgedError("the signature is not of this body, this address and this secret")
