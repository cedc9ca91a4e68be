"""Signatures over the address and the fields of a form: Twilio's and Mandrill's."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl

from activations.webhooks.signatures import Call, ForgedError, same, sha1_base64, sha256_base64

_MOST_FIELDS = 1_000
_ALGORITHMS = {"HMAC_SHA1": sha1_base64, "HMAC_SHA256": sha256_base64}
_ADDRESS = re.compile(r"(https?)://((?:[^/?#@]*@)?(?:\[[^\]]*\]|[^/?#:\[]*))(?::([0-9]+))?(.*)", re.DOTALL)


def twilio(call: Call, token: str) -> None:
    """Base64 of HMAC-SHA1 over the address and, in the order of the names, each field's name and value; of a field with several values each
    different one, in order. What is no form is signed by its SHA-256 in the query, `bodySHA256`. Twilio signs the address now with and now
    without its port, and signs no time (twilio.com/docs/usage/security; twilio-python, request_validator.py). An account with a shared key
    for its webhooks is told apart by a header, which may name HMAC-SHA256 instead; the secret then is that key's."""
    given = call.needed("x-twilio-signature")
    settings = [part.strip().partition("=") for part in call.headers.get("x-twilio-webhooks-signature-settings", "").split(",")]
    algorithm = next((value.strip().upper() for name, _, value in settings if name.strip() == "algorithm" and value.strip()), "HMAC_SHA1")
    if algorithm not in _ALGORITHMS:
        raise ForgedError("its signature is of a kind that is not known here")
    if _is_form(call):
        signed = "".join(name + value for name, values in _fields(call.body) for value in sorted(set(values)))
    else:
        signed = ""
        told = re.findall(r"[?&]bodySHA256=([0-9A-Fa-f]{64})(?=&|$)", call.url)
        if len(told) != 1 or not same(hashlib.sha256(call.body).hexdigest(), told[0].lower()):
            raise ForgedError("bodySHA256 in the address is not of this body")
    _demand([_ALGORITHMS[algorithm](token, (url + signed).encode()) for url in with_and_without_port(call.url)], given)


def mandrill(call: Call, key: str) -> None:
    """Base64 of HMAC-SHA1 over the address and, in the order of the names, each field's name and value; no time is signed
    (mailchimp.com/developer/transactional, Authenticate webhook requests)."""
    given = call.needed("x-mandrill-signature")
    signed = "".join(name + value for name, values in _fields(call.body) for value in values)
    _demand([sha1_base64(key, (url + signed).encode()) for url in with_and_without_port(call.url)], given)


def with_and_without_port(url: str) -> list[str]:
    """The address as it is, without its port, and with the port that goes without saying."""
    found = _ADDRESS.fullmatch(url)
    if found is None:
        return [url]
    scheme, host, port, rest = found.groups()
    usual = "443" if scheme == "https" else "80"
    return list(dict.fromkeys((url, f"{scheme}://{host}{rest}", f"{scheme}://{host}:{port or usual}{rest}")))


def _is_form(call: Call) -> bool:
    return call.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"


def _fields(body: bytes) -> list[tuple[str, list[str]]]:
    fields: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise ForgedError("the body is no form") from None
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return sorted(fields.items())


def _demand(wanted: Iterable[str], given: str) -> None:
    if not any([same(one, given) for one in wanted]):  # noqa: C419 (all of them, whichever fits)
        raise ForgedError("the signature is not of this body, this address and this secret")
