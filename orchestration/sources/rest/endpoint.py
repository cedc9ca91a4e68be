"""A list of an API as a table: what to ask, how it is paged, where its changes begin, and which field is which column.

What the vendor adds is kept in the column OTHER and reported; a record that lacks a required field goes to the quarantine; a field that
is gone from all records, or is of another kind, fails the table with the difference.
One file: what is declared and how it is read.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from orchestration.sources.errors import SourceError
from orchestration.sources.reading import Malformed
from orchestration.sources.rest.fields import ENOUGH, FAULTS, PARENT, Json, Via, as_declared, check, found, remedy_of, value_of
from orchestration.sources.rest.http import Api, Request
from orchestration.sources.rest.paging import Pages
from orchestration.sources.table import Row, Table, text

__all__ = ["OTHER", "Endpoint", "Vendor", "Via", "bearer", "rows", "timestamp"]

#: How often a list is read again where fewer records came than the API says there are.
PASSES = 3
#: To be declared by each table of an API: the fields that nobody knew of, as JSON.
OTHER = text("other_fields", personal=True)


@dataclass(frozen=True)
class Endpoint:
    """A list of an API, and the table it fills.

    request: for all of it. rows: path of the records in an answer. id: path of what names a record.
    fields: for each column the dotted path of its field; "^" leads from a child to its parent.
    since: the request for what changed at or after an instant (aware); without it all is read each time.
    each: path of a list within a record, whose items are the rows then. widen: adds to a page's records what must be asked for besides.
    whole: how all of it is read the first time, where that is another way.
    sends_nulls: a field without a value is there all the same, so that one that no record has is gone.
    known: top-level fields that are meant to be left where they are. says_deleted: its records are those that are deleted; says_present:
    they are all that there are, in an order that nothing moves; keys suffice for both.
    """

    table: Table
    request: Request
    pages: Pages
    rows: str
    fields: Mapping[str, str | Via]
    id: str = "id"
    since: Callable[[Request, datetime], Request] | None = None
    each: str = ""
    widen: Callable[[Api, list[Json]], None] | None = None
    whole: Pages | None = None
    sends_nulls: bool = True
    known: tuple[str, ...] = ()
    says_deleted: bool = False
    says_present: bool = False
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        paths = [way.path if isinstance(way, Via) else way for way in self.fields.values()]
        object.__setattr__(self, "names", (*(path.split(".")[0] for path in paths if not path.startswith(PARENT)), *self.known))


@dataclass(frozen=True)
class Vendor:
    """A system that is an API: where it is ("": each shop's is its own), how a token is shown to it, its lists; `spoken`: a path by the
    version wanted; the rest as in http.Api."""

    name: str
    url: str
    headers: Callable[[str], Mapping[str, str]]
    endpoints: tuple[Endpoint, ...]
    pace: timedelta = timedelta(0)
    throttled: Callable[[object], float | None] = lambda _: None
    spoken: Callable[[str, str], str] = lambda path, _: path

    @property
    def tables(self) -> tuple[Table, ...]:
        """What its lists fill, each table once."""
        return tuple(dict.fromkeys(endpoint.table for endpoint in self.endpoints))

    def of(self, table: Table) -> list[Endpoint]:
        """The lists that fill a table, which may be declared anew in what is not its name."""
        return [replace(endpoint, table=table) for endpoint in self.endpoints if endpoint.table.raw_name == table.raw_name]

    def api(self, url: str, token: str, version: str = "", sleep: Callable[[float], None] = time.sleep) -> Api:
        """The API at `url`, opened with a token; version: the one wanted, `` for the usual."""

        def spoken(path: str) -> str:
            return self.spoken(path, version)

        return Api(self.name, url, self.headers(token), pace=self.pace, throttled=self.throttled, spoken=spoken, sleep=sleep)


def bearer(token: str) -> Mapping[str, str]:
    """The usual header of a token."""
    return {"Authorization": f"Bearer {token}"}


def timestamp(moment: datetime) -> str:
    """As most APIs read a moment: 2026-06-30T09:00:00Z."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


Warn = Callable[[str], object]


def rows(
    endpoint: Endpoint,
    api: Api,
    since: datetime | None,
    warn: Warn = lambda _: None,
    short: Warn | None = None,
    aside: Callable[[Malformed], object] = lambda _: None,
) -> Iterator[Row]:
    """The endpoint's rows that changed at or after `since` (aware; `None`: all), each version of a row once. Raises SourceError.

    warn: gets what is worth a look; short: gets it where the API says that there are more than came; aside: gets the records that
    cannot be read as declared, where most of their page can.
    """
    with as_declared(endpoint.table.source, endpoint.table.name):
        yield from _rows(endpoint, api, since, warn, short or warn, aside)


def _rows(
    endpoint: Endpoint, api: Api, since: datetime | None, warn: Warn, short: Warn, aside: Callable[[Malformed], object]
) -> Iterator[Row]:
    table = endpoint.table
    request = endpoint.since(endpoint.request, since) if endpoint.since and since else endpoint.request
    versions: set[bytes] = set()
    new: set[str] = set()
    for listed in _pages(endpoint, api, request, short):
        if endpoint.widen and listed:
            endpoint.widen(api, listed)
        records = [child for record in listed for child in _children(endpoint, record)]
        faults = check(table, endpoint.fields, records, sends_nulls=endpoint.sends_nulls)
        read: list[Row] = []
        unread = 0
        for place, record in enumerate(records):
            if place not in faults:
                try:
                    read.append(_row(endpoint, record, new))
                except FAULTS as error:
                    unread += 1
                    faults[place] = f"a value in it is not as declared ({type(error).__name__})"
            if place in faults:
                name = "|".join(str(value_of(record, endpoint.fields[key])) for key in table.key)
                told = {field: value for field, value in record.items() if field != PARENT}
                aside(Malformed(name, faults[place], json.dumps(told, ensure_ascii=False)))
        if len(records) >= ENOUGH and 2 * unread >= len(records):
            whole = f"{unread} of {len(records)} records are not as declared: {list(faults.values())[-1]}."
            raise SourceError(table.source, table.name, whole, remedy_of(table.source))
        for row in read:
            named = [row.get(name) for name in (*table.key, table.watermark) if name]
            version = _digest(*named)
            # What changed without saying so meanwhile is read again by the next extraction, and lands as a version then.
            if version not in versions or None in named:
                versions.add(version)
                yield row
    if new:
        warn(f"{table.source}.{table.name}: new fields, kept in the column {OTHER.name}: {', '.join(sorted(new))}.")


def keys(endpoint: Endpoint, api: Api, short: Warn) -> Iterator[Row]:
    """The keys of all records that an endpoint lists, some of them perhaps twice. short: as in `rows`. Raises SourceError."""
    with as_declared(endpoint.table.source, endpoint.table.name):
        for listed in _pages(endpoint, api, endpoint.request, short):
            if endpoint.widen:
                endpoint.widen(api, listed)
            check(endpoint.table, endpoint.fields, listed, sends_nulls=True)
            yield from ({name: value_of(record, way) for name, way in endpoint.fields.items()} for record in listed)


def _pages(endpoint: Endpoint, api: Api, request: Request, short: Warn) -> Iterator[list[Json]]:
    """The records of all pages.

    Where the API says how many there are, and fewer came or their number shrank meanwhile (then a row may have moved to a page that was
    read before), the list is read again. Of a list whose new rows come first nothing else can get lost: page numbers want that order.
    """
    pages = endpoint.whole if endpoint.whole and request is endpoint.request else endpoint.pages
    for number in range(1, PASSES + 1):
        seen: set[bytes] = set()
        total: int | None = None
        is_shrinking = False
        for page in pages.read(api, request, endpoint.rows):
            is_shrinking = is_shrinking or bool(page.total is not None and total is not None and page.total < total)
            total = total if page.total is None else page.total
            seen.update(_digest(found(record, endpoint.id)) for record in page.records)
            yield page.records
        if total is None or (len(seen) >= total and not is_shrinking):
            break
        if number == PASSES:
            name = f"{endpoint.table.source}.{endpoint.table.name}"
            short(f"{name}: read {PASSES} times over, gave {len(seen):,} records and says there are {total:,}.")


def _children(endpoint: Endpoint, record: Json) -> list[Json]:
    if not endpoint.each:
        return [record]
    listed = found(record, endpoint.each)
    return [{**child, PARENT: record} for child in listed] if isinstance(listed, list) else []


def _row(endpoint: Endpoint, record: Json, new: set[str]) -> Row:
    row = {name: value_of(record, way) for name, way in endpoint.fields.items()}
    others = {name: value for name, value in record.items() if name != PARENT and name not in endpoint.names}
    new.update(others)
    if others:
        row[OTHER.name] = json.dumps(others, sort_keys=True, ensure_ascii=False)
    return row


def _digest(*parts: object) -> bytes:
    return hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=16).digest()
