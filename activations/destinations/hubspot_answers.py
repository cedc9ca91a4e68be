"""HubSpot's answers, told apart into what they mean for each row (developers.hubspot.com/docs/api-reference/error-handling)."""

from collections.abc import Mapping, Sequence
from typing import Any

from activations.masking import mask_text
from activations.model import Accepted, Outcome, Refused, Rejected, Throttled, Unknown, Unreachable
from activations.transport.http import Answer, NoAnswer

_LOCKED, _MIGRATING = 423, 477
_LOCKED_SECONDS = 2.0
_CODES = {"VALIDATION_ERROR": "invalid", "OBJECT_NOT_FOUND": "not_found", "CONFLICT": "conflict"}


def upserted(answer: Answer, entries: Sequence[Mapping[str, Any]]) -> list[Outcome]:
    """Of a batch of contacts: those with a result are there, by the number of their record. A row that neither a result nor an
    error is about is to be sent again apart.
    """
    if not answer.is_success:
        return refused(answer, len(entries))
    if not isinstance(answer.body, dict):
        return [Unknown("HubSpot answered with something that is no batch")] * len(entries)
    refs: dict[str, str] = {}
    for result in answer.body.get("results") or []:
        for key in (result.get("objectWriteTraceId"), (result.get("properties") or {}).get("email")):
            if key:
                refs[str(key).lower()] = str(result["id"])
    wrong: dict[str, Rejected] = {}
    for error in answer.body.get("errors") or []:
        for trace in (error.get("context") or {}).get("objectWriteTraceId") or []:
            wrong[str(trace).lower()] = Rejected(_code(error), _detail(error))
    outcomes: list[Outcome] = []
    for entry in entries:
        trace = entry["objectWriteTraceId"]
        ref = refs.get(trace) or refs.get(entry["id"].lower())
        outcomes.append(wrong.get(trace) or (Accepted(ref) if ref else Refused("not_in_the_answer")))
    return outcomes


def refused(answer: Answer, rows: int) -> list[Outcome]:
    """A request of so many rows was refused as a whole."""
    if answer.status in (_LOCKED, _MIGRATING):
        wait = str(answer.headers.get("Retry-After", ""))
        return [Throttled(float(wait) if wait.isdigit() else _LOCKED_SECONDS)] * rows
    body = answer.body if isinstance(answer.body, dict) else {}
    if answer.status in (404, 405, 414, 415):
        return [Unreachable(f"HubSpot answered {answer.status}: {_words(body)}")] * rows
    return [Refused(_code(body), _detail(body))] * rows


def occurrences_refused(answer: Answer, rows: int) -> list[Outcome]:
    """Of occurrences of events: one whose uuid HubSpot has already is there."""
    if "uuid" in str(answer.body).lower() and any(word in str(answer.body).lower() for word in ("already", "duplicate")):
        return [Accepted()] if rows == 1 else [Refused("repeated", one_by_one=True)] * rows
    return refused(answer, rows)


def refusal(answer: Answer) -> NoAnswer:
    """What a request that is not about single rows was refused for."""
    (outcome, *_) = refused(answer, 1)
    return NoAnswer(outcome if isinstance(outcome, Throttled) else Unreachable(f"HubSpot answered {answer.status}: {_words(answer.body)}"))


def document(answer: Answer) -> dict[str, Any]:
    """The body of a successful answer. Raises NoAnswer for any other."""
    if not answer.is_success:
        raise refusal(answer)
    if not isinstance(answer.body, dict):
        raise NoAnswer(Unknown("HubSpot answered with something that is no document"))
    return answer.body


def _code(error: Mapping[str, Any]) -> str:
    if "INVALID_EMAIL" in str(error.get("message")):
        return "invalid_email"
    category = str(error.get("category") or "refused")
    return _CODES.get(category, category.lower())


def _detail(error: Mapping[str, Any]) -> str:
    return f"{error.get('category') or error.get('status')}: {_words(error)}"


def _words(error: Any) -> str:
    return mask_text(str(error.get("message") or "")) if isinstance(error, Mapping) else ""
