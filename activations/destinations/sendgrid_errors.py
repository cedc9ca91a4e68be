"""SendGrid's errors, told apart into what they mean for each row of a request."""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from activations.masking import mask_text
from activations.model import Accepted, Outcome, Refused, Rejected, Unknown, Unreachable
from activations.transport.http import Answer, NoAnswer

_ROW = re.compile(r"contacts\D{0,2}(\d+)\D?(\w*)")
_PARTS = {"personalizations": "invalid_address", "subject": "invalid_subject", "content": "invalid_content", "custom_args": "invalid_key"}


def document(answer: Answer, kind: type[Any] = dict) -> Any:
    """The body of a successful answer. Raises NoAnswer for any other."""
    if not answer.is_success:
        raise NoAnswer(Unreachable(f"SendGrid answered {answer.status}: {import_refusals(answer, 1)[0]}"))
    if not isinstance(answer.body, kind):
        raise NoAnswer(Unknown("SendGrid answered with something that is no document"))
    return answer.body


def mail_refusal(answer: Answer) -> Outcome:
    """What a refused message means: it may be the message's fault, or that of the sender or the account."""
    first = next(iter(_errors(answer)), {})
    field = str(first.get("field") or "")
    detail = f"{answer.status} {_detail(first)}".strip()
    if answer.status == 413:
        return Rejected("too_large", detail)
    if answer.status == 400 and field.partition(".")[0].partition("[")[0] in _PARTS:
        part = "custom_args" if "custom_args" in field else field.partition(".")[0].partition("[")[0]
        return Rejected(_PARTS[part], detail, field)
    return Unreachable(f"SendGrid refused the sender or the account: {detail} {field}".strip())


def import_refusals(answer: Answer, rows: int, *, is_missing_refused: bool = False) -> list[Outcome]:
    """A request of so many rows was refused as a whole: those that the errors name are rejected, the others may go without them."""
    errors = _errors(answer)
    detail = f"{answer.status} {_detail(next(iter(errors), {}))}".strip()
    is_about_rows = answer.status in (400, 422, 404) and errors and (answer.status != 404 or is_missing_refused)
    if not is_about_rows and answer.status != 413:
        return [Unreachable(f"SendGrid answered {detail}")] * rows
    named: dict[int, Outcome] = {}
    for error in errors:
        place = _ROW.search(f"{error.get('field') or ''} {error.get('parameter') or ''}") or _ROW.search(str(error.get("message") or ""))
        if place and int(place[1]) < rows:
            named[int(place[1])] = Rejected("invalid_contact", f"{answer.status} {_detail(error)}", place[2] or None)
    return [named.get(index, Refused("refused", detail)) for index in range(rows)]


def import_errors(rows: Sequence[bytes], file: bytes, errored: int) -> list[Outcome]:
    """What became of the rows of a job that ended with so many errors, which `file` lists. If not every one of them can be told
    whose it is, the rest is to be tried apart.
    """
    by_key: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        contact = json.loads(row)
        by_key.setdefault(str(contact.get("email") or contact.get("phone_number_id")).lower(), []).append(index)
    outcomes: list[Outcome] = [Accepted()] * len(rows)
    told = 0
    for record in _records(file):
        values = {str(name).lower(): str(value) for name, value in _flat(record)}
        who = next((value.strip().lower() for value in values.values() if value.strip().lower() in by_key), None)
        if who is None:
            continue
        told += 1
        why = next((value for name, value in values.items() if re.search("error|reason|message", name) and value), "")
        for index in by_key[who]:
            outcomes[index] = Rejected("invalid_contact", mask_text(why))
    if told < errored:
        return [outcome if isinstance(outcome, Rejected) else Refused("import_failed") for outcome in outcomes]
    return outcomes


def _records(file: bytes) -> Iterable[Any]:
    """The lines of a table with a header, of JSON documents one a line, or the entries of one JSON list."""
    text = file.decode(errors="replace").lstrip("\ufeff").strip()
    try:
        listed = json.loads(text)
        return (listed.get("errors") or [listed]) if isinstance(listed, dict) else listed
    except json.JSONDecodeError:
        pass
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except json.JSONDecodeError:
        return list(csv.DictReader(io.StringIO(text)))


def _flat(record: Any) -> Iterable[tuple[str, Any]]:
    for name, value in record.items() if isinstance(record, Mapping) else ():
        yield from _flat(value) if isinstance(value, Mapping) else [(name, value)]


def _errors(answer: Answer) -> list[dict[str, Any]]:
    errors = answer.body.get("errors") if isinstance(answer.body, dict) else None
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []


def _detail(error: Mapping[str, Any]) -> str:
    return mask_text(str(error.get("message") or ""))
