"""How APIs hand out long lists: the ways of asking for the next page. Each gives pages until there are no more.

A row that moves from page to page while they are read must not be lost: a keyset cannot lose it, page numbers are checked by the total
that the API states, and what a cursor shows late is within the overlap of the next extraction.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urljoin

from orchestration.sources.errors import SourceError
from orchestration.sources.http import Answer, Api, Request

Json = dict[str, Any]


class _Missing:
    """There is no such field, which is not the same as null."""

    def __bool__(self) -> bool:
        return False


MISSING = _Missing()


def found(body: Any, path: str) -> Any:
    """The value at a dotted path ("data.next"; "": the body itself), MISSING where there is none."""
    for name in filter(None, path.split(".")):
        if body is None:
            return None
        if not isinstance(body, dict) or name not in body:
            return MISSING
        body = body[name]
    return body


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
    """The answer carries a cursor at `path`; it is sent back as `parameter`, or put into the request by `put`."""

    path: str
    parameter: str = ""
    put: Callable[[Request, str], Request] | None = None

    def read(self, api: Api, first: Request, rows: str) -> Iterator[Page]:
        request, seen = first, set[str]()
        while True:
            answer = api.ask(request)
            yield Page(answer, records(api, answer, rows))
            cursor = found(answer.body, self.path)
            if not cursor:
                return
            _once(api, answer, str(cursor), seen)
            request = self.put(first, str(cursor)) if self.put else first.having(**{self.parameter: str(cursor)})


@dataclass(frozen=True)
class NextLink:
    """The answer carries the next page's address: at `path` in the body, or without one in the header Link."""

    path: str = ""

    def read(self, api: Api, first: Request, rows: str) -> Iterator[Page]:
        request, seen = first, set[str]()
        while True:
            answer = api.ask(request)
            yield Page(answer, records(api, answer, rows))
            link = found(answer.body, self.path) if self.path else _next_in_header(answer)
            if not link:
                return
            _once(api, answer, str(link), seen)
            request = Request(urljoin(answer.url, str(link)), method=first.method, body=first.body)


@dataclass(frozen=True)
class PageNumber:
    """Pages are counted from `first` in steps of `step` (a step of the page's size makes it an offset), until one is empty.

    total: where the answer says how many records there are, a path in the body or a header's name. pages: likewise the last page's number.
    """

    parameter: str = "page"
    first: int = 1
    step: int = 1
    total: str = ""
    pages: str = ""

    def read(self, api: Api, first: Request, rows: str) -> Iterator[Page]:
        number = self.first
        while True:
            answer = api.ask(first.having(**{self.parameter: str(number)}))
            page = Page(answer, records(api, answer, rows), _count(answer, self.total))
            yield page
            last = _count(answer, self.pages)
            if not page.records or (last is not None and number >= last):
                return
            number += self.step


@dataclass(frozen=True)
class Keyset:
    """Each page begins after the last record's place in an order that is total: a record's `place` is unique and never changes.

    beyond: the request for what comes after a place. Nothing moves across it, so that nothing is skipped, however many records share
    one moment and whatever is changed meanwhile. total: path in the body of how many match; on the first page that is all of them.
    """

    place: Callable[[Json], Any]
    beyond: Callable[[Request, Any], Request]
    total: str = ""

    def read(self, api: Api, first: Request, rows: str) -> Iterator[Page]:
        request, last = first, None
        while True:
            answer = api.ask(request)
            page = Page(answer, records(api, answer, rows), _count(answer, self.total) if last is None else None)
            if not page.records:
                yield page
                return
            yield page
            place = max(self.place(record) for record in page.records)
            if last is not None and place <= last:
                fault = "a page begins where the one before it did."
                raise SourceError(api.source, first.path, fault, "Its filter or its order is not obeyed: report it to the vendor.")
            last = place
            request = self.beyond(first, place)


def records(api: Api, answer: Answer, rows: str) -> list[Json]:
    """The records of an answer. Raises SourceError where there is no list of objects."""
    listed = found(answer.body, rows)
    if listed is None:  # Pipedrive and others say null for an empty list
        return []
    if not isinstance(listed, list) or not all(isinstance(record, dict) for record in listed):
        place = answer.url.partition("?")[0]
        raise SourceError(api.source, place, f"its answer has no list of objects at '{rows or '(the top)'}'.", "Check the URL.")
    return listed


def _once(api: Api, answer: Answer, mark: str, seen: set[str]) -> None:
    if mark in seen:
        fault = "it names a page as the next that was read before."
        raise SourceError(api.source, answer.url.partition("?")[0], fault, "Nothing was landed; the next run tries again.")
    seen.add(mark)


def _next_in_header(answer: Answer) -> str | None:
    for link in re.finditer(r"<([^>]*)>([^<]*)", answer.headers.get("Link") or ""):
        if re.search(r"rel=\"?next\"?", link[2]):
            return link[1]
    return None


def _count(answer: Answer, where: str) -> int | None:
    """A number at a path of the body, or in a header."""
    if not where:
        return None
    value: object = found(answer.body, where) if isinstance(answer.body, dict) else MISSING
    digits = str(answer.headers.get(where) if value is MISSING else value)
    return int(digits) if digits.isdigit() else None
