"""How APIs hand out long lists: the ways of asking for the next page. Each gives pages until there are no more.

A row that moves between pages must not be lost: a keyset cannot lose it, page numbers are checked by the total that the API states.
One file: the ways differ in a line or two each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urljoin

from activations.masking import mask_text
from orchestration.sources.errors import SourceError
from orchestration.sources.rest.fields import MISSING, Json, found
from orchestration.sources.rest.http import Answer, Api, Request


@dataclass(frozen=True)
class Page:
    """One page: the answer, its records, and how many the API says there are in all (`None`: it does not say)."""

    answer: Answer
    records: list[Json]
    total: int | None = None


class Pages(Protocol):
    """A way of paging: `rows` is the path of the records in an answer."""

    def read(self, api: Api, first: Request, rows: str) -> Iterator[Page]: ...


@dataclass(frozen=True)
class NextCursor:
    """The answer carries a cursor at `path`; it is sent back as `parameter`, or put into the request by `put`. more: path of what must be
    true for another page, where the last page has a cursor too."""

    path: str
    parameter: str = ""
    put: Callable[[Request, str], Request] | None = None
    more: str = ""

    def read(self, api: Api, first: Request, rows: str) -> Iterator[Page]:
        put = self.put or (lambda request, cursor: request.having(**{self.parameter: cursor}))

        def mark(answer: Answer) -> Any:
            return found(answer.body, self.path) if not self.more or found(answer.body, self.more) is True else None

        return _follow(api, first, rows, mark, lambda _, cursor: put(first, cursor))


@dataclass(frozen=True)
class NextLink:
    """The answer carries the next page's address: at `path` in the body, or without one in the header Link."""

    path: str = ""

    def read(self, api: Api, first: Request, rows: str) -> Iterator[Page]:
        def step(answer: Answer, link: str) -> Request:
            return Request(urljoin(answer.url, link), method=first.method, body=first.body)

        return _follow(api, first, rows, lambda answer: found(answer.body, self.path) if self.path else _next_in_header(answer), step)


@dataclass(frozen=True)
class PageNumber:
    """Pages are counted from `first` in steps of `step` (a step of the page's size makes it an offset), until one is empty.

    total: where the answer says how many records there are, a path in the body or a header's name. pages: likewise the last page's number.
    is_empty_bare: an empty page is `{}`.
    """

    parameter: str = "page"
    first: int = 1
    step: int = 1
    total: str = ""
    pages: str = ""
    is_empty_bare: bool = False

    def read(self, api: Api, first: Request, rows: str) -> Iterator[Page]:
        number, before = self.first, list[Json]()
        while True:
            answer = api.ask(first.having(**{self.parameter: str(number)}))
            if self.is_empty_bare and answer.body == {}:
                return
            page = Page(answer, records(api, answer, rows), _count(answer, self.total))
            if page.records and page.records == before and page.total is None:
                fault, remedy = f"page {number} is the one before once more.", "It obeys no page numbers: report it to the vendor."
                raise SourceError(api.source, answer.url.partition("?")[0], fault, remedy)
            before = page.records
            yield page
            last = _count(answer, self.pages)
            if not page.records or (last is not None and number >= last):
                return
            number += self.step


@dataclass(frozen=True)
class Keyset:
    """Each page begins after the last record's `place` in a total order: it is unique and never changes, so that nothing is skipped.

    beyond: the request for what comes after a place. total: path in the body of how many match, those before left out.
    """

    place: Callable[[Json], Any]
    beyond: Callable[[Request, Any], Request]
    total: str = ""

    def read(self, api: Api, first: Request, rows: str) -> Iterator[Page]:
        request, last = first, None
        while True:
            left = _count(answer := api.ask(request), self.total)
            page = Page(answer, records(api, answer, rows), left if last is None else None)
            yield page
            if not page.records or len(page.records) == left:
                return
            place = max(self.place(record) for record in page.records)
            if last is not None and place <= last:
                fault = "a page begins where the one before it did."
                raise SourceError(api.source, first.path, fault, "Its filter or its order is not obeyed: report it to the vendor.")
            last = place
            request = self.beyond(first, place)


def records(api: Api, answer: Answer, rows: str) -> list[Json]:
    """The records of an answer. Raises SourceError where there is no list of objects."""
    listed = found(answer.body, rows)
    if (said := _complaint(answer.body, has_rows=isinstance(listed, list))) is not None:
        fault = f"it answered with a success that says it failed{f': {said}' if said else ''}."
        raise SourceError(api.source, answer.url.partition("?")[0], fault, "Nothing was landed; the next run tries again.")
    if listed is None:  # Pipedrive and others say null for an empty list
        return []
    if not isinstance(listed, list) or not all(isinstance(record, dict) for record in listed):
        place = answer.url.partition("?")[0]
        raise SourceError(api.source, place, f"its answer has no list of objects at '{rows or '(the top)'}'.", "Check the URL.")
    return listed


def _complaint(body: Any, *, has_rows: bool) -> str | None:
    """What an answer that came as a success says went wrong: an empty list of it is none."""
    if not isinstance(body, dict):
        return None
    said = body.get("error") or body.get("errors")
    if body.get("success") is False or body.get("status") == "error" or (said and not has_rows):
        words = said if isinstance(said, str) else body.get("message")
        return mask_text(words, 200).rstrip(". ") if isinstance(words, str) else ""
    return None


def _follow(api: Api, first: Request, rows: str, mark: Callable[[Answer], Any], step: Callable[[Answer, str], Request]) -> Iterator[Page]:
    """The first page, and those that each one's mark leads to; a mark that comes again would lead round in a circle."""
    request, seen = first, set[str]()
    while True:
        answer = api.ask(request)
        yield Page(answer, records(api, answer, rows))
        next_one = mark(answer)
        if not next_one:
            return
        if str(next_one) in seen:
            fault = "it names a page as the next that was read before."
            raise SourceError(api.source, answer.url.partition("?")[0], fault, "Nothing was landed; the next run tries again.")
        seen.add(str(next_one))
        request = step(answer, str(next_one))


def _next_in_header(answer: Answer) -> str | None:
    links = re.finditer(r"<([^>]*)>([^<]*)", answer.headers.get("Link") or "")
    return next((link[1] for link in links if re.search(r"rel=\"?next\"?", link[2])), None)


def _count(answer: Answer, where: str) -> int | None:
    """A number at a path of the body, or in a header."""
    if not where:
        return None
    value: object = found(answer.body, where) if isinstance(answer.body, dict) else MISSING
    digits = str(answer.headers.get(where) if value is MISSING else value)
    return int(digits) if digits.isdecimal() else None
