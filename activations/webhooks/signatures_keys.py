"""Signatures by a key pair, of which we hold the public half (SendGrid, Postal); and what proves a sender that signs nothing, or signs in
its own way (UniSender Go)."""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import re

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

from activations.webhooks.signatures import Call, ForgedError, demand, same, seconds


def sendgrid(call: Call, key: str) -> float:
    """ECDSA over time and body, with the curve P-256 and SHA-256, in base64 (twilio.com/docs/sendgrid, Event Webhook security features;
    sendgrid-python, eventwebhook). Without the tolerance of verify() it would be good for ever."""
    at = call.needed("x-twilio-email-event-webhook-timestamp")
    signature = _base64(call.needed("x-twilio-email-event-webhook-signature"))
    public = elliptic_key(key)
    try:
        public.verify(signature, at.encode() + call.body, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise ForgedError("the signature is not of this body and this key") from None
    return seconds(at)


def postal(call: Call, key: str) -> None:
    """RSA with SHA-256 over the body, in base64; no time is signed. The older header with SHA-1 is not taken (docs.postalserver.io)."""
    signature = _base64(call.needed("x-postal-signature-256"))
    try:
        rsa_key(key).verify(signature, call.body, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise ForgedError("the signature is not of this body and this key") from None


def unisender_go(call: Call, key: str) -> None:
    """In the body itself: `auth` is the MD5 of the body as it is with the API key in its place (godocs.unisender.ru, callback). No time."""
    found = re.findall(rb'"auth"\s*:\s*"([0-9a-fA-F]{32})"', call.body)
    if len(found) != 1:
        raise ForgedError("the body has no auth, or more than one")
    signed = call.body.replace(found[0], key.encode(), 1)
    demand(hashlib.md5(signed, usedforsecurity=False).hexdigest(), found[0].decode().lower())


def token(call: Call, wanted: str) -> None:
    """For vendors that sign nothing: our own secret as a bearer token, as the password of basic auth, or at the end of the address."""
    scheme, _, given = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        given = _base64(given).decode("utf-8", "replace").partition(":")[2]
    if scheme.lower() not in ("basic", "bearer"):
        given = call.url.partition("?")[0].rpartition("/")[2]
    if not same(wanted, given.strip()):
        raise ForgedError("the secret is neither in the header Authorization nor at the end of the address")


@functools.lru_cache(maxsize=64)
def elliptic_key(text: str) -> ec.EllipticCurvePublicKey:
    """A public key of the curve P-256, as base64 or PEM. Raises ForgedError."""
    key = _public(text)
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ForgedError("the secret is no public key of the curve P-256")
    return key


@functools.lru_cache(maxsize=64)
def rsa_key(text: str) -> rsa.RSAPublicKey:
    """A public RSA key, as base64 or PEM. Raises ForgedError."""
    key = _public(text)
    if not isinstance(key, rsa.RSAPublicKey):
        raise ForgedError("the secret is no public RSA key")
    return key


def _public(text: str) -> object:
    try:
        return load_pem_public_key(text.encode()) if "BEGIN" in text else load_der_public_key(_base64(text))
    except (ValueError, UnsupportedAlgorithm):
        raise ForgedError("the secret is no public key") from None


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ForgedError("the signature is no base64") from None
