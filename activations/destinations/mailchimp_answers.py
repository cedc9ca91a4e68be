"""Mailchimp's answers, told apart into what they mean for each row: problem documents, partial failures, archives of batches."""

import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from typing import Any

from activations.masking import mask_text
from activations.model import Accepted, Outcome, Refused, Rejected, Throttled, Unknown, Unreachable
from activations.transport.http import Answer, NoAnswer

_TITLES = {
    "Member In Compliance State": "opted_out",
    "Forgotten Email Not Subscribed": "forgotten",
    "Member Exists": "exists",
    "Resource Not Found": "not_in_the_audience",
}  # fmt: skip


def operation_outcome(status: int, body: Any, *, is_event: bool = False) -> Outcome:
    """What the answer to one contact's operation means, whether it came directly or out of a batch."""
    if status < 300:
        is_archived = isinstance(body, Mapping) and body.get("status") == "archived"
        return (
            Rejected("archived", "the contact is archived at Mailchimp, where nobody is let in again from here")
            if is_archived
            else Accepted()
        )
    problem = body if isinstance(body, Mapping) else {}
    detail = _detail(status, problem)
    if status == 429:
        return Throttled()
    if status >= 500 or status == 408:
        return Unknown(f"Mailchimp answered {detail}")
    # A contact is made where there is none, so what is missing then is the audience. And without a document Mailchimp said nothing.
    if status in (401, 403, 405) or (status == 404 and not is_event) or not (problem.get("title") or problem.get("detail")):
        return Unreachable(f"Mailchimp answered {detail}")
    errors = [error for error in problem.get("errors") or [] if isinstance(error, Mapping)]
    field = next((str(error.get("field")) for error in errors if error.get("field")), None)
    code = _TITLES.get(str(problem.get("title")))
    if code is None:
        looks_wrong = field == "email_address" or any(words in detail for words in ("fake or invalid", "valid email", "email address"))
        code = "invalid_address" if looks_wrong else "invalid_property" if field or "merge field" in detail else "refused"
    return Rejected(code, detail, field)


def document(answer: Answer) -> dict[str, Any]:
    """The body of a successful answer. Raises NoAnswer for any other."""
    if not answer.is_success:
        problem = answer.body if isinstance(answer.body, Mapping) else {}
        raise NoAnswer(Unreachable(f"Mailchimp answered {_detail(answer.status, problem)}"))
    if not isinstance(answer.body, dict):
        raise NoAnswer(Unknown("Mailchimp answered with something that is no document"))
    return answer.body


def unadded(answer: Answer, emails: Sequence[str]) -> list[Outcome]:
    """What became of addresses that were to join or leave a segment: the answer is a success even if some of them failed."""
    problem = answer.body if isinstance(answer.body, Mapping) else {}
    if answer.status == 413 or (answer.status in (400, 422) and (problem.get("title") or problem.get("detail"))):
        return [Refused("refused", _detail(answer.status, problem))] * len(emails)
    failed = {
        str(email).lower(): Rejected("not_in_the_audience", mask_text(str(error.get("error") or "")))
        for error in document(answer).get("errors") or []
        for email in error.get("email_addresses") or []
    }
    return [failed.get(email.lower(), Accepted()) for email in emails]


def after(outcomes: list[Outcome], later: list[Outcome]) -> list[Outcome]:
    """What became of rows in two steps, of which the second was taken for those alone that passed the first."""
    following = iter(later)
    return [next(following) if isinstance(outcome, Accepted) else outcome for outcome in outcomes]


def from_archive(archive: bytes, operations: Sequence[bytes]) -> list[Outcome]:
    """What became of a batch's operations: its archive has JSON lists of {status_code, operation_id, response (a text)}."""
    results: dict[str, Outcome] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as files:
            for entry in files:
                file = files.extractfile(entry) if entry.isfile() else None
                for result in json.loads(file.read()) if file and entry.name.endswith(".json") else []:
                    response = result.get("response")
                    body = json.loads(response) if isinstance(response, str) and response else response
                    results[str(result.get("operation_id"))] = operation_outcome(int(result["status_code"]), body)
    except (tarfile.TarError, OSError, EOFError, ValueError, KeyError, AttributeError) as error:
        raise NoAnswer(Unknown(f"the results of a batch cannot be read ({type(error).__name__})")) from None
    missing = Unknown("the results of a batch do not have this operation")
    return [results.get(json.loads(operation)["operation_id"], missing) for operation in operations]


def _detail(status: int, problem: Mapping[str, Any]) -> str:
    errors = problem.get("errors") or []
    named = [f"{error.get('field') or ''} {error.get('message') or ''}".strip() for error in errors if isinstance(error, Mapping)]
    parts = [str(status), str(problem.get("title") or ""), str(problem.get("detail") or ""), *named]
    return mask_text(" ".join(part for part in parts if part))
