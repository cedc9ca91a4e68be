"""Klaviyo's error objects, told apart into what they mean for each row of a request."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from activations.masking import mask_text
from activations.model import Accepted, Outcome, Refused, Rejected, Unknown, Unreachable
from activations.transport.http import Answer, NoAnswer

_ROW = re.compile(r"/data/(\d+)(?:/(.*))?$")
_NOT_ABOUT_ROWS = (404, 405, 406, 415)


def refusals(answer: Answer, rows: int) -> list[Outcome]:
    """A request of so many rows was refused as a whole: rows that the errors point at are rejected, the others may go without them."""
    errors = _errors(answer)
    first = errors[0] if errors else {}
    code, detail = str(first.get("code") or answer.status), _detail(first)
    if any("unique_id" in _pointer(error) or "duplicate" in str(error.get("code")) for error in errors):
        return [Refused(code, detail, one_by_one=True)] * rows
    pointed = {index: error for error in errors if (index := _index(error)) is not None and index < rows}
    if pointed:
        return [_rejected(pointed[index]) if index in pointed else Refused(code, detail) for index in range(rows)]
    is_about_headers = any("parameter" in _source(error) or "header" in _source(error) for error in errors)
    if answer.status in _NOT_ABOUT_ROWS or is_about_headers:
        return [Unreachable(f"Klaviyo answered {answer.status} ({code}): {detail}")] * rows
    return [Refused(code, detail)] * rows


def removals(answer: Answer, rows: int) -> list[Outcome]:
    """Of a request to take so many profiles off a list. Who is not known there any more is off it."""
    outcomes = [Accepted()] * rows if answer.is_success else refusals(answer, rows)
    return [Accepted() if isinstance(outcome, Rejected) and outcome.code == "not_found" else outcome for outcome in outcomes]


def import_outcomes(rows: Sequence[bytes], errors: Sequence[Mapping[str, Any]], failed: int) -> list[Outcome]:
    """What became of the profiles of a complete import. If not every failure can be told whose it is, the rest is to be tried apart."""
    outcomes: list[Outcome] = [Accepted()] * len(rows)
    by_key: dict[tuple[str, str], int] = {}
    for entry in errors:
        error = entry["attributes"]
        index = _index(error)
        if index is None:
            by_key = by_key or {key: number for number, row in enumerate(rows) for key in _keys(orjson.loads(row)["attributes"])}
            payload = error.get("original_payload") or {}
            index = next((by_key[key] for key in _keys(payload.get("attributes") or payload) if key in by_key), None)
        if index is not None and index < len(rows):
            outcomes[index] = _rejected(error)
    if sum(isinstance(outcome, Rejected) for outcome in outcomes) < failed:
        return [outcome if isinstance(outcome, Rejected) else Refused("import_failed") for outcome in outcomes]
    return outcomes


def _keys(profile: Mapping[str, Any]) -> list[tuple[str, str]]:
    """All that a profile can be known by."""
    return [(name, str(profile[name]).lower()) for name in ("external_id", "email", "phone_number") if profile.get(name)]


def document(answer: Answer) -> dict[str, Any]:
    """The body of a successful answer. Raises NoAnswer for any other."""
    if not answer.is_success:
        raise NoAnswer(Unreachable(f"Klaviyo answered {answer.status}: {refusals(answer, 1)[0]}"))
    if not isinstance(answer.body, dict) or "data" not in answer.body:
        raise NoAnswer(Unknown("Klaviyo answered with something that is no document"))
    return answer.body


def next_cursor(page: Mapping[str, Any]) -> str | None:
    """Of the next page's address only the cursor is used, so that the key never goes to another host."""
    query = parse_qs(urlsplit((page.get("links") or {}).get("next") or "").query)
    return query["page[cursor]"][0] if "page[cursor]" in query else None


def _errors(answer: Answer) -> list[dict[str, Any]]:
    errors = answer.body.get("errors") if isinstance(answer.body, dict) else None
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []


def _source(error: Mapping[str, Any]) -> Mapping[str, Any]:
    return error.get("source") or {}


def _pointer(error: Mapping[str, Any]) -> str:
    return str(_source(error).get("pointer") or "")


def _index(error: Mapping[str, Any]) -> int | None:
    found = _ROW.search(_pointer(error))
    return int(found[1]) if found else None


def _rejected(error: Mapping[str, Any]) -> Rejected:
    field = _pointer(error).rpartition("/")[2]
    return Rejected(str(error.get("code")), _detail(error), None if field.isdigit() else field)


def _detail(error: Mapping[str, Any]) -> str:
    return mask_text(str(error.get("detail") or error.get("title") or ""))
