"""Brevo's answers, told apart into what they mean for each row: an error is a code and a message."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from activations.masking import mask_text
from activations.model import Accepted, Outcome, Refused, Rejected, Unknown, Unreachable
from activations.transport.http import Answer, NoAnswer

_SETUP = {
    "not_enough_credits",
    "insufficient credits",
    "permission_denied",
    "unauthorized",
    "account_under_validation",
    "method_not_allowed",
}
_REPEATED = {"duplicate_request", "request already processed"}
_CODES = {"invalid_parameter": "invalid", "missing_parameter": "missing", "duplicate_parameter": "duplicate", "out_of_range": "invalid"}
_OFF_ALREADY = ("already removed", "does not exist", "not exist")


def refused(answer: Answer, rows: int) -> list[Outcome]:
    """A request of so many rows was refused as a whole."""
    code, words = _code(answer.body), _words(answer.body)
    if code.lower() in _REPEATED:
        return [Accepted()] * rows
    if code.lower() in _SETUP or answer.status in (402, 404, 405, 415):
        return [Unreachable(f"Brevo answered {answer.status} ({code}): {words}")] * rows
    return [Refused(_CODES.get(code, code or str(answer.status)), f"{code}: {words}")] * rows


def message_sent(answer: Answer) -> Outcome:
    """Of one e-mail or SMS."""
    if not answer.is_success:
        (outcome,) = refused(answer, 1)
        return Rejected(outcome.code, outcome.detail) if isinstance(outcome, Refused) else outcome
    body = answer.body if isinstance(answer.body, dict) else {}
    ref = body.get("messageId") or body.get("reference")
    return Accepted(str(ref)) if ref else Unknown("Brevo answered without a message's id")


def taken_off(answer: Answer, rows: int) -> list[Outcome]:
    """Of a request to take contacts off a list. Whoever is not there, or is no contact, is off it."""
    is_off = answer.status == 400 and any(words in str(answer.body).lower() for words in _OFF_ALREADY)
    return [Accepted()] * rows if answer.is_success or is_off else refused(answer, rows)


def events_told(answer: Answer, rows: int) -> list[Outcome]:
    """Of a batch of events: an error names the places of those it is about (207: the others were taken; 400: none was)."""
    errors = answer.body.get("errors") if isinstance(answer.body, dict) else None
    wrong = {
        index: Rejected("invalid", mask_text(str(error.get("message") or "")))
        for error in (errors if isinstance(errors, list) else [])
        if isinstance(error, dict)
        for index in error.get("eventIndex") or []
    }
    if not wrong:
        return refused(answer, rows) if not answer.is_success else [Accepted()] * rows
    others: Outcome = Accepted() if answer.is_success else Refused("held_up", "by others of its request")
    return [wrong.get(index, others) for index in range(rows)]


def imported(rows: Sequence[bytes], reports: Mapping[str, str]) -> list[Outcome]:
    """Of a completed import, by its reports: the rows whose address stands in one that says why they were left out. Of two rows with
    one address the first counts.
    """
    left_out = {kind: set(re.split(r"[\s;,\"']+", text.lower())) for kind, text in reports.items()}
    codes = {"invalid_emails": Rejected("invalid_email", field="email"), "duplicate_phone_id": Rejected("phone_of_another", field="phone")}
    outcomes: list[Outcome] = []
    for row in rows:
        email = str(orjson.loads(row)["email"]).lower()
        outcomes.append(next((codes[kind] for kind, words in left_out.items() if kind in codes and email in words), Accepted()))
    return outcomes


def document(answer: Answer) -> dict[str, Any]:
    """The body of a successful answer. Raises NoAnswer for any other."""
    if not answer.is_success:
        raise NoAnswer(Unreachable(f"Brevo answered {answer.status} ({_code(answer.body)}): {_words(answer.body)}"))
    if not isinstance(answer.body, dict):
        raise NoAnswer(Unknown("Brevo answered with something that is no document"))
    return answer.body


def _code(body: Any) -> str:
    return str(body.get("code") or "") if isinstance(body, dict) else ""


def _words(body: Any) -> str:
    return mask_text(str(body.get("message") or "")) if isinstance(body, dict) else ""
