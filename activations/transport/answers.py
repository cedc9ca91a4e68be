"""What a provider's answer means, from its status and its text."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from activations.model import Throttled, Unknown, Unreachable
from activations.transport.dialects import Advice

_LARGEST_BYTES = 64 * 2**20  # unpacked: a small answer can be packed from a very large one
_PART_BYTES = 65_536


class BadAddressError(ValueError):
    """What is set as an API's address is none."""


class NoAnswer(Exception):  # noqa: N818  (it names what happened)
    """The provider gave no answer about the rows; `outcome` says what that means for them."""

    def __init__(self, outcome: Throttled | Unknown | Unreachable) -> None:
        super().__init__("throttled" if isinstance(outcome, Throttled) else outcome.detail)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer: 2xx, or a 4xx that is about what was sent. `body` is the parsed JSON, None where there was none.
    `headers` are found whatever the case of their letters.
    """

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def is_success(self) -> bool:
        return self.status < 300


class AnswerTooLargeError(requests.RequestException):
    """Larger than anything that a provider has to say."""


def whole(response: requests.Response) -> bytes:
    """The answer's text, unpacked. Raises RequestException if it ends too early, is not packed as it says, or has no end."""
    parts: list[bytes] = []
    size = 0
    for part in response.iter_content(_PART_BYTES):
        size += len(part)
        if size > _LARGEST_BYTES:
            raise AnswerTooLargeError
        parts.append(part)
    return b"".join(parts)


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read the answers of `who`. `expects_json`: a success is JSON or nothing. `reads_errors`: an answer of 500 and up
    that is a JSON document says something about the rows. `is_bare_403_throttling`: a 403 without JSON says "too many requests".
    """

    who: str
    expects_json: bool
    reads_errors: bool
    is_bare_403_throttling: bool

    def answer(self, status: int, headers: Mapping[str, str], text: bytes, heard: Advice) -> Answer:
        """The answer with this complete text. Raises NoAnswer where it says nothing about the rows."""
        body, is_json = _parsed(text)
        if status >= 500 and is_json and self.reads_errors:
            return Answer(status, body, headers)
        if status == 403 and self.is_bare_403_throttling and not is_json:
            raise NoAnswer(Throttled(heard.wait_seconds))
        if (nothing := self._by_status(status, heard)) is not None:
            raise NoAnswer(nothing)
        if status < 300 and self.expects_json and text and not is_json:
            raise NoAnswer(Unknown(f"{self.who} answered {status} with text that is no JSON"))
        return Answer(status, body, headers)

    def cut_short(self, status: int, heard: Advice, kind: str) -> NoAnswer:
        """The answer began with this status, and its text was lost."""
        nothing = self._by_status(status, heard)
        if nothing is None and status >= 400:  # refused, so not applied; why is worth asking again
            nothing = Unreachable(f"{self.who} answered {status}, and its text was lost ({kind})")
        return NoAnswer(nothing or Unknown(f"the answer of {self.who} was lost ({kind})"))

    def _by_status(self, status: int, heard: Advice) -> Throttled | Unknown | Unreachable | None:
        """What the status alone says; None where it takes the text to tell."""
        if status == 429:
            return Throttled(heard.wait_seconds)
        if status >= 500 or status == 408 or status < 200:
            return Unknown(f"{self.who} answered {status}")
        if status in (401, 403, 407):
            return Unreachable(f"{self.who} answered {status}: check the credentials and their scopes")
        if 300 <= status < 400:
            return Unreachable(f"{self.who} answered {status}: check its address")
        return None


def _parsed(text: bytes) -> tuple[Any, bool]:
    try:
        return json.loads(text), True
    except (ValueError, RecursionError):  # ValueError: no JSON, or no text in any known encoding
        return None, False
