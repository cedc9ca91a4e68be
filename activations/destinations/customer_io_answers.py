"""Customer.io's answers, told apart into what they mean for each row."""

from collections.abc import Mapping
from typing import Any

from activations.masking import mask_text
from activations.model import Accepted, Outcome, Refused, Rejected, Unknown, Unreachable
from activations.transport.http import Answer, NoAnswer


def batch_outcomes(answer: Answer, rows: int) -> list[Outcome]:
    """Of a batch: what is not named among the errors of a 207 was taken."""
    if not answer.is_success:
        return refused(answer, rows)
    outcomes: list[Outcome] = [Accepted()] * rows
    for error in _errors(answer):
        index = error.get("batch_index")
        if not isinstance(index, int) or not 0 <= index < rows:
            return [Unknown("Customer.io refused an entry and did not say which")] * rows
        outcomes[index] = Rejected(str(error.get("reason") or "invalid"), _words(error), str(error.get("field") or "") or None)
    if answer.status == 207 and not _errors(answer):
        return [Unknown("Customer.io refused entries and did not say which")] * rows
    return outcomes


def refused(answer: Answer, rows: int) -> list[Outcome]:
    """A request of so many rows was refused as a whole."""
    errors = _errors(answer)
    first = errors[0] if errors else {}
    code = str(first.get("reason") or answer.status)
    if answer.status in (404, 405, 415):
        return [Unreachable(f"Customer.io answered {answer.status} ({code}): {_words(first)}")] * rows
    return [Refused(code, _words(first))] * rows


def document(answer: Answer) -> dict[str, Any]:
    """The body of a successful answer. Raises NoAnswer for any other."""
    if not answer.is_success:
        raise NoAnswer(Unreachable(f"Customer.io answered {answer.status}"))
    if not isinstance(answer.body, dict):
        raise NoAnswer(Unknown("Customer.io answered with something that is no document"))
    if errors := _errors(answer):  # a success that names errors: what is missing in it is not empty
        raise NoAnswer(Unknown(f"Customer.io answered {answer.status} with errors: {_words(errors[0])}"))
    return answer.body


def _errors(answer: Answer) -> list[dict[str, Any]]:
    """Those of a batch are documents; segments have sentences, below `meta`."""
    body = answer.body if isinstance(answer.body, dict) else {}
    meta = body.get("meta")
    errors = body.get("errors") or (meta.get("errors") if isinstance(meta, dict) else None)
    found = errors if isinstance(errors, list) else []
    return [error if isinstance(error, dict) else {"message": error} for error in found if isinstance(error, dict | str)]


def _words(error: Mapping[str, Any]) -> str:
    return mask_text(str(error.get("message") or error.get("detail") or ""))
