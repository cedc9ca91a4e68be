"""Klaviyo's filter language and its pages: `equals(email,"a@b.c")`, `any(id,["x","y"])`, joined by commas."""

import base64
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from demo.provider.answers import KlaviyoError

_CONDITION = re.compile(r'\s*([\w-]+)\(\s*([\w.]+)\s*,\s*(\[.*?\]|"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|[^()\s]+?)\s*\)\s*(?:,|$)')
_ITEM = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'|([^,\s\[\]]+)')
MAX_VALUES = 100
COMPARISONS = {"greater-than": ">", "greater-or-equal": ">=", "less-than": "<", "less-or-equal": "<=", "equals": "="}


@dataclass(frozen=True)
class Condition:
    """One condition of a filter; `values` has one entry except for `any`."""

    operator: str
    field: str
    values: list[str]


def parse(text: str, allowed: dict[str, set[str]]) -> list[Condition]:
    """The conditions of a filter; `allowed` says which operators a field knows. Raises KlaviyoError."""
    conditions: list[Condition] = []
    position = 0
    while position < len(text):
        match = _CONDITION.match(text, position)
        if match is None:
            raise KlaviyoError(400, "invalid", "Invalid filter provided.", parameter="filter")
        operator, field, raw = match.groups()
        if operator not in allowed.get(field, set()):
            detail = f"'{field}' cannot be filtered by '{operator}'."
            raise KlaviyoError(400, "invalid", detail, parameter="filter")
        values = [_unescape(next(part for part in item if part)) for item in _ITEM.findall(raw) if any(item)]
        if not values or len(values) > MAX_VALUES or (operator != "any" and len(values) > 1):
            detail = f"A filter takes one value, and 'any' 1 to {MAX_VALUES}."
            raise KlaviyoError(400, "invalid", detail, parameter="filter")
        conditions.append(Condition(operator, field, values))
        position = match.end()
    return conditions


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def of_request(request: Request, allowed: dict[str, set[str]]) -> list[Condition]:
    """The conditions of a request's `filter` parameter."""
    return parse(request.query_params.get("filter", ""), allowed)


def page_size(request: Request, default: int, most: int) -> int:
    """The parameter `page[size]`; raises KlaviyoError when it is no number from 1 to `most`."""
    text = request.query_params.get("page[size]", str(default))
    if not text.isdigit() or not 1 <= int(text) <= most:
        detail = f"The page size must be a number from 1 to {most}."
        raise KlaviyoError(400, "invalid", detail, parameter="page[size]")
    return int(text)


def cursor(request: Request) -> list[int] | None:
    """The place where the page begins, as it was put into the link to it; None for the first page."""
    text = request.query_params.get("page[cursor]")
    if not text:
        return None
    try:
        return [int(part) for part in base64.urlsafe_b64decode(text.encode()).decode().split(":")]
    except ValueError as error:
        raise KlaviyoError(400, "invalid", "Invalid page cursor.", parameter="page[cursor]") from error


def links(request: Request, following: list[int] | None) -> dict[str, Any]:
    """The links of a page: itself and, unless it is the last, the next. The pages go forward only."""
    own = {"self": str(request.url)}
    if following is None:
        return own
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "page[cursor]"]
    place = base64.urlsafe_b64encode(":".join(map(str, following)).encode()).decode()
    return {**own, "next": f"{request.url.replace(query='')}?{urlencode([*query, ('page[cursor]', place)])}"}
