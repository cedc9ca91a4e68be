"""What a source says when it cannot be read: which source, what was found, what to do. Never a password."""

from __future__ import annotations

import re

from activations.masking import mask

_CREDENTIALS = re.compile(r"(?P<scheme>[\w+.-]+://)(?P<user>[^:/@\s]*):(?P<password>[^@\s]*)@")
_PARAMETER = re.compile(r"(?i)(password|passwd|pwd|secret|token|api[_-]?key)(\s*[=:]\s*)[^\s&;,'\"]+")


class SourceError(Exception):
    """A source, or a part of it, cannot be read. The text names the source, the part, the fault and the remedy.

    `source` is the system ("shop"), `part` the table or file in it ("orders", "events_20260630.parquet").
    """

    def __init__(self, source: str, part: str, fault: str, remedy: str) -> None:
        self.source = source
        self.part = part
        self.fault = masked(fault)
        self.remedy = masked(remedy)
        super().__init__(f"{'.'.join(name for name in (source, part) if name)}: {self.fault} {self.remedy}")


class TableMissingError(SourceError):
    """The source can be read, and has no such table."""


def masked(text: str, *secrets: str | None) -> str:
    """The text without passwords: those in URLs, those in `key=value` pairs, and the given ones."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    text = _CREDENTIALS.sub(lambda found: f"{found['scheme']}{found['user']}:***@", text)
    return _PARAMETER.sub(lambda found: f"{found[1]}{found[2]}***", text)


def masked_person(value: object) -> object:
    """An e-mail address, phone number or name with all but its edges hidden; `None` stays `None`."""
    if value is None or value == "":
        return value
    return mask(str(value))
