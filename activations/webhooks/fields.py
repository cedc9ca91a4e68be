"""A JSON object of somebody else's, read without trust: each field is what it should be, or a FieldError says what it is not.

Long, since all of it is the one class.
"""

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import orjson

from activations.addresses import email_in
from activations.masking import mask_text
from activations.webhooks.moments import is_plausible, iso_time, unix_time

_LONGEST = 2_000
_NUMBER = re.compile(r"\+?[1-9]\d{4,14}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 _.-]{0,40}")
_KEY = re.compile(r"[\x21-\x7e]{1,500}")

Word = TypeVar("Word")


class FieldError(ValueError):
    """The message names the field and its fault, and no value that could be personal."""


class Fields:
    """One object. `received_at` bounds its times; `path` is where it stands in the event, for errors."""

    def __init__(self, value: object, received_at: datetime, path: str = "") -> None:
        if not isinstance(value, dict):
            raise FieldError(f"{path or 'the event'} is no object")
        self.raw: dict[str, Any] = value
        self.received_at = received_at
        self._path = f"{path}." if path else ""

    def has(self, name: str) -> bool:
        """Whether it is there, and not null."""
        return self.raw.get(name) is not None

    def inner(self, name: str) -> "Fields":
        """The object in this field. Raises FieldError."""
        return Fields(self.raw.get(name), self.received_at, f"{self._path}{name}")

    def maybe_inner(self, name: str) -> "Fields":
        """The same; an empty one where there is none. Some providers write an empty list or text for an empty object."""
        return self.inner(name) if self.raw.get(name) not in (None, "", []) else Fields({}, self.received_at, f"{self._path}{name}")

    def items(self, name: str) -> list[object]:
        """The list in this field. Raises FieldError."""
        value = self.raw.get(name)
        if not isinstance(value, list):
            raise self.fault(name, "is no list" if self.has(name) else "is missing")
        return value

    def fault(self, name: str, what: str) -> FieldError:
        return FieldError(f"{self._path}{name} {what}")

    def text(self, name: str) -> str | None:
        """A text; a number as one. None where it is missing or empty. Raises FieldError."""
        value = self.raw.get(name)
        if isinstance(value, bool) or not isinstance(value, str | int | float | None):
            raise self.fault(name, "is no text")
        if isinstance(value, float) and not math.isfinite(value):
            raise self.fault(name, "is no number")
        return (str(value).strip() or None) if value is not None else None

    def needed(self, name: str) -> str:
        """A text that must be there. Raises FieldError."""
        value = self.text(name)
        if value is None:
            raise self.fault(name, "is missing")
        return value

    def key(self, name: str) -> str | None:
        """An identifier: 1 to 500 visible ASCII characters, a whole number as such; <…> around it goes. None where missing."""
        value = self.raw.get(name)
        if isinstance(value, float):
            raise self.fault(name, "is no identifier")
        found = (self.text(name) or "").removeprefix("<").removesuffix(">")
        if found and not _KEY.fullmatch(found):
            raise self.fault(name, "is no identifier")
        return found or None

    def needed_key(self, name: str) -> str:
        """An identifier that must be there. Raises FieldError."""
        found = self.key(name)
        if found is None:
            raise self.fault(name, "is missing")
        return found

    def json_inner(self, name: str) -> "Fields":
        """The JSON object that this field has as a text; an empty one where the text is another, which is the sender's own affair."""
        value = self.raw.get(name)
        try:
            found = orjson.loads(value) if isinstance(value, str) else value
        except orjson.JSONDecodeError:
            found = None
        return Fields(found if isinstance(found, dict) else {}, self.received_at, f"{self._path}{name}")

    def flag(self, name: str) -> bool:
        """True only for true. Raises FieldError for what is no boolean (0, 1 and their like as text are)."""
        value = self.raw.get(name)
        if value is None or isinstance(value, bool):
            return value is True
        word = str(value).strip().lower() if isinstance(value, str | int) else ""
        if word not in ("0", "1", "true", "false", ""):
            raise self.fault(name, "is neither true nor false")
        return word in ("1", "true")

    def word(self, name: str, words: Mapping[str, Word]) -> Word:
        """What this field's word means, capital letters or not. Raises FieldError for one that is not known."""
        said = self.needed(name)
        if said.lower() not in words:
            shown = f" ({mask_text(said)})" if _NAME.fullmatch(said) else ""
            raise self.fault(name, f"is a word that is not known here{shown}")
        return words[said.lower()]

    def email(self, name: str) -> str | None:
        """An e-mail address, also out of `Ann <ann@example.com>`; None where there is none that mail could go to. Raises FieldError."""
        value = self.raw.get(name)
        if not isinstance(value, str | None):
            raise self.fault(name, "is no text")
        return email_in(value or "")

    def number(self, name: str) -> str | None:
        """A phone number as E.164, also without its plus; None where it is none (a sender's name). Raises FieldError."""
        digits = re.sub(r"[\s().-]", "", (self.text(name) or "").removeprefix("whatsapp:"))
        return f"+{digits.removeprefix('+')}" if _NUMBER.fullmatch(digits) else None

    def link(self, name: str) -> str | None:
        """Without query and fragment, which may name a person. None where it is no address of a page. Raises FieldError."""
        try:
            parts = urlsplit((self.text(name) or "")[:_LONGEST])
            host = parts.netloc.rpartition("@")[2]
        except ValueError:
            return None
        return mask_text(urlunsplit((parts.scheme, host, parts.path, "", "")), 1_000) if parts.scheme in ("http", "https") else None

    def reason(self, *names: str) -> str | None:
        """What these say, in this order, in one line, addresses masked. Raises FieldError."""
        said = [mask_text(" ".join((self.text(name) or "")[:_LONGEST].split()), 200) for name in names if self.has(name)]
        return " ".join(filter(None, said))[:200] or None

    def seconds(self, name: str, unit: float = 1.0) -> datetime:
        """A Unix time, a number or the digits of one; unit: seconds in one of it. Raises FieldError."""
        return self._when(name, unix_time(self.raw.get(name), unit))

    def iso(self, name: str, *, is_utc: bool = False) -> datetime:
        """A time as ISO 8601; is_utc: where it names no zone it is UTC, by the vendor's word. Raises FieldError."""
        return self._when(name, iso_time(self.raw.get(name), is_utc=is_utc))

    def _when(self, name: str, at: datetime | None) -> datetime:
        if at is None:
            raise self.fault(name, "is no time that can be read" if self.has(name) else "is missing")
        if not is_plausible(at, self.received_at):
            raise self.fault(name, "is a time that cannot be")
        return at
