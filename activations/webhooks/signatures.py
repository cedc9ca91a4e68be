"""Whether a webhook's request is its vendor's: what all signatures have in common. The schemes stand in signatures_*.py, who uses which in
schemes.py. A signature is of the bytes as they came, and is compared in the same time wherever it differs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


class ForgedError(Exception):
    """The request proves nothing; the text says what is missing or wrong, without any value."""


class StaleError(Exception):
    """The signature is good, but it was made too long ago, or in the future: a request that somebody kept may be sent again by anyone."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it came. url: as its sender wrote it, with the query. headers: a mapping that does not care for capital letters."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def needed(self, name: str) -> str:
        """A header that must be there. Raises ForgedError."""
        value = self.headers.get(name)
        if not value:
            raise ForgedError(f"the header {name} is missing")
        return value.strip()


#: Raises ForgedError; gives the Unix time that was signed, `None` where the vendor signs none.
Check = Callable[[Call, str], float | None]


def verify(check: Check, call: Call, secrets: Sequence[str], now: float, tolerance: float) -> None:
    """Raises ForgedError unless one of the secrets (two while one is being replaced) made the signature, and StaleError where it was made
    more than `tolerance` seconds before or after now (Unix time)."""
    fault = ForgedError("there is no secret to check it with")
    for secret in secrets:
        try:
            signed_at = check(call, secret)
        except ForgedError as error:
            fault = error
            continue
        if signed_at is not None and abs(now - signed_at) > tolerance:
            raise StaleError(f"it was signed more than {tolerance:g} seconds {'before' if signed_at < now else 'after'} it came")
        return
    raise fault


def same(wanted: str, given: str) -> bool:
    """Whether two signatures are equal, found out in the same time wherever they differ."""
    return hmac.compare_digest(wanted.encode(), given.encode())


def demand(wanted: str, given: str) -> None:
    """Raises ForgedError unless they are equal."""
    if not same(wanted, given):
        raise ForgedError("the signature is not of this body, this address and this secret")


def sha256_hex(secret: str | bytes, signed: bytes) -> str:
    """HMAC-SHA256 in hexadecimal digits."""
    return hmac.digest(_key(secret), signed, hashlib.sha256).hex()


def sha256_base64(secret: str | bytes, signed: bytes) -> str:
    """HMAC-SHA256 in base64."""
    return base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)).decode()


def sha1_base64(secret: str, signed: bytes) -> str:
    """HMAC-SHA1 in base64: Twilio's and Mandrill's choice. As a keyed hash it still holds."""
    return base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha1)).decode()


def seconds(text: str, unit: float = 1.0) -> float:
    """A Unix time written in ASCII digits; unit: seconds in one of it. Raises ForgedError."""
    if not re.fullmatch(r"[0-9]{1,16}", text):
        raise ForgedError("the time of the signature is no Unix time")
    return int(text) * unit


def _key(secret: str | bytes) -> bytes:
    return secret.encode() if isinstance(secret, str) else secret
