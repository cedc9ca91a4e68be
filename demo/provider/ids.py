"""Identifiers that look like the vendors' own and lead back to the row: a scrambled row number, no lookup table."""

import base64
import uuid
from functools import lru_cache

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TO_CROCKFORD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", _CROCKFORD)
_FROM_CROCKFORD = str.maketrans(_CROCKFORD, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
_ODD = 0x9E3779B97F4A7C15F39CC0605CEDC835  # multiplying by an odd number is reversible modulo a power of two
_LONG = 1 << 120
_HEX = 1 << 128
_SHORT = 1 << 30
_LONG_BACK, _HEX_BACK, _SHORT_BACK = (pow(_ODD, -1, size) for size in (_LONG, _HEX, _SHORT))
# What an identifier is of is part of it, so that one of a profile is never taken for one of a message.
PROFILE, EVENT, JOB, MESSAGE, IMPORT_ERROR, RECIPIENT = range(1, 7)
LIST, METRIC = range(1, 3)
SENDGRID_LIST, SENDGRID_CONTACT, SENDGRID_JOB = range(1, 4)
_LONG_KIND, _SHORT_KIND = 64, 27  # bits for the row number
# What no row can have: SQLite's integers end at 2**63.
NO_ROW = -1


@lru_cache(maxsize=20_000)  # a profile is named with each of its events
def long_id(kind: int, row: int) -> str:
    """26 characters, as Klaviyo names profiles, events, jobs and messages."""
    scrambled = ((kind << _LONG_KIND | row) * _ODD % _LONG).to_bytes(15, "big")
    return "01" + base64.b32encode(scrambled).decode().translate(_TO_CROCKFORD)


def long_row(kind: int, identifier: str) -> int:
    """The row of a 26-character identifier of that kind, or NO_ROW for anything else."""
    if len(identifier) != 26 or not identifier.startswith("01") or set(identifier) - set(_CROCKFORD):
        return NO_ROW
    number = int.from_bytes(base64.b32decode(identifier[2:].translate(_FROM_CROCKFORD)), "big")
    return _row(number * _LONG_BACK % _LONG - (kind << _LONG_KIND))


@lru_cache(maxsize=1_000)
def short_id(kind: int, row: int) -> str:
    """6 characters, as Klaviyo names lists and metrics."""
    number = (kind << _SHORT_KIND | row) * _ODD % _SHORT
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(25, -1, -5))


def short_row(kind: int, identifier: str) -> int:
    """The row of a 6-character identifier of that kind, or NO_ROW."""
    if len(identifier) != 6 or set(identifier) - set(_CROCKFORD):
        return NO_ROW
    number = 0
    for character in identifier:
        number = number << 5 | _CROCKFORD.index(character)
    return _row(number * _SHORT_BACK % _SHORT - (kind << _SHORT_KIND))


def sid(row: int) -> str:
    """SM and 32 hexadecimal digits, as Twilio names messages."""
    return f"SM{row * _ODD % _HEX:032x}"


def sid_row(identifier: str) -> int:
    """The row of a message SID, or NO_ROW."""
    if len(identifier) != 34 or not identifier.startswith("SM"):
        return NO_ROW
    try:
        return _row(int(identifier[2:], 16) * _HEX_BACK % _HEX)
    except ValueError:
        return NO_ROW


@lru_cache(maxsize=20_000)
def uuid_of(kind: int, row: int) -> str:
    """A UUID, as SendGrid names lists, contacts and jobs."""
    return str(uuid.UUID(int=(kind << _LONG_KIND | row) * _ODD % _HEX))


def uuid_row(kind: int, identifier: str) -> int:
    """The row of a UUID of that kind, or NO_ROW for anything else."""
    try:
        number = uuid.UUID(identifier).int
    except ValueError:
        return NO_ROW
    return _row(number * _HEX_BACK % _HEX - (kind << _LONG_KIND))


def _row(number: int) -> int:
    return number if 0 < number < 1 << 62 else NO_ROW
