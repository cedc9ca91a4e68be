"""What APIs answer that is not what they say: a success that failed, pages of a proxy, holes in records. It is told, and no row is lost.

One file: all are answers of one small API.
"""

import copy
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest
from api_kit import Asked, Fault, Reply, serving

from orchestration.sources import rest
from orchestration.sources.errors import SourceError
from orchestration.sources.reading import Malformed
from orchestration.sources.rest.http import Api, Request
from orchestration.sources.rest.paging import NextCursor, PageNumber
from orchestration.sources.table import Table, moment, text

TAGGED = Table(
    "vendor",
    "people",
    key=("person_id",),
    event_time="updated_at",
    columns=(text("person_id", required=True), text("tag"), text("company"), moment("updated_at", required=True), rest.OTHER),
)
CURSOR = NextCursor("more.next", "cursor")


def companies(api: Api, people: list[Any]) -> None:
    named = {one["id"]: one["name"] for one in api.ask(Request("companies")).body["results"]}
    for one in people:
        one["company"] = named[one["company_id"]]


def endpoint(pages: Any, *, widened: bool = False) -> rest.Endpoint:
    first = rest.Via("tags", lambda tags: tags[0]["name"] if tags else None)
    fields: dict[str, str | rest.Via] = {"person_id": "id", "tag": first, "updated_at": "updated"}
    fields |= {"company": "company"} if widened else {}
    known = ("company_id",)
    return rest.Endpoint(TAGGED, Request("people"), pages, "data", fields, widen=companies if widened else None, known=known)


def person(number: int, **changed: Any) -> dict[str, Any]:
    told = {"id": number, "tags": [{"name": "vip"}], "company_id": 1, "updated": "2026-06-01T00:00:00Z"}
    return told | changed


def read(url: str, what: rest.Endpoint, aside: list[Malformed] | None = None, key: str = "s3cret-key") -> list[Any]:
    with Api("vendor", url, rest.bearer(key), sleep=lambda _: None) as api:
        return list(rest.rows(what, api, None, aside=(aside if aside is not None else []).append))


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ({"success": False, "error": "Scope and URL mismatch for ann@example.com", "data": None}, "says it failed: Scope and URL mismatch"),
        ({"status": "error", "message": "internal", "data": []}, "says it failed: internal"),
        ({"errors": [{"message": "expired"}]}, "says it failed"),
        ({"errors": [{"message": "expired"}], "data": None}, "says it failed"),
        ([], "has no list of objects at 'data'"),
    ],
)
def test_a_page_that_says_that_it_failed_ends_no_list(second: Any, said: str) -> None:
    """Rows that were on it, and on those behind it, would be lost untold."""
    first = {"data": [person(1), person(2)], "more": {"next": "b"}}
    with serving(lambda asked: Reply(second if asked.params else first)) as served, pytest.raises(SourceError, match=said) as failure:
        read(served.url, endpoint(CURSOR))
    assert "ann@" not in str(failure.value)


def test_a_list_that_is_null_is_an_empty_one() -> None:
    with serving(lambda _: Reply({"success": True, "data": None})) as served:
        assert read(served.url, endpoint(CURSOR)) == []


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Reply(b"<html>maintenance", headers={"Content-Type": "text/html; charset=utf-8"}), r"no JSON \(text/html: a page of something"),
        (Reply(b"", 204), "its answer is empty"),
        (Reply(b"no gzip at all", headers={"Content-Encoding": "gzip"}), r"no answer \(ContentDecodingError\)"),
        (Reply(b"[" * 100_000), "was cut off or is no JSON"),
        (Reply(b'{"data": [{"id": ' + b"9" * 5_000 + b"}]}"), "was cut off or is no JSON"),
        (Reply(b"\xff\xfe{"), "was cut off or is no JSON"),
    ],
)
def test_what_is_no_answer_is_tried_again_and_told(fault: Fault, said: str) -> None:
    with serving(lambda _: Reply({"data": [person(1)]})) as served:
        served.faults = [fault] * 2
        assert len(read(served.url, endpoint(CURSOR))) == 1
        served.faults = [fault] * 6
        with pytest.raises(SourceError, match=said):
            read(served.url, endpoint(CURSOR))


@pytest.mark.parametrize("wait", ["Fri, 31 Dec 9999 23:59:59 GMT", "soon", "-5", "nan", "1e99", ""])
def test_a_senseless_wait_is_borne(wait: str) -> None:
    waits: list[float] = []
    with serving(lambda _: Reply({"data": [person(1)]})) as served:
        served.faults = [Reply({}, 429, {"Retry-After": wait, "Date": "Tue, 30 Jun 2026 09:00:00 GMT"})]
        with Api("vendor", served.url, sleep=waits.append) as api:
            assert len(list(rest.rows(endpoint(CURSOR), api, None))) == 1
    assert len(waits) == 1 and 0 <= waits[0] <= 120


def test_a_server_that_obeys_no_page_numbers_is_told() -> None:
    with serving(lambda _: Reply({"data": [person(1), person(2)]})) as served, pytest.raises(SourceError, match="the one before once more"):
        read(served.url, endpoint(PageNumber()))


def test_a_hole_in_a_record_costs_that_record() -> None:
    people = [person(number) for number in range(1, 6)]
    people[2]["tags"] = [None]
    aside: list[Malformed] = []
    with serving(lambda _: Reply({"data": people})) as served:
        assert [row["person_id"] for row in read(served.url, endpoint(CURSOR), aside)] == [1, 2, 4, 5]
    assert [(one.place, one.fault) for one in aside] == [("3", "a value in it is not as declared (TypeError)")]
    with (
        serving(lambda _: Reply({"data": [one | {"tags": ["vip"]} for one in people]})) as served,
        pytest.raises(SourceError, match=r"5 of 5 records are not as declared.*adapt orchestration/sources/vendor\.py"),
    ):
        read(served.url, endpoint(CURSOR))


def places(body: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield above
    for name, value in body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ():
        yield from places(value, (*above, name))


def test_whatever_is_answered_it_is_rows_or_a_sentence() -> None:
    answers = {"/people": {"data": [person(1), person(2)], "more": {"next": None}}, "/companies": {"results": [{"id": 1, "name": "Acme"}]}}
    values = cycle([None, "x", 7, [], {}, [None], {"a": 1}])
    for path, body in answers.items():
        for place in list(places(body)) * 3:
            changed = copy.deepcopy(answers)
            within: Any = changed
            *above, last = path, *place
            for name in above:
                within = within[name]
            within[last] = next(values)

            def answer(asked: Asked, told: Any = changed) -> Reply:
                return Reply(told[asked.path])

            with serving(answer) as served:
                try:
                    read(served.url, endpoint(CURSOR, widened=True))
                except SourceError as fault:
                    assert "vendor" in str(fault)


def test_what_a_server_says_again_of_a_key_is_not_told() -> None:
    with serving(lambda _: Reply({"message": "the key s3cret-key is not known"}, 400)) as served, pytest.raises(SourceError) as failure:
        read(served.url, endpoint(CURSOR))
    assert "s3cret" not in str(failure.value) and "the key *** is not known" in str(failure.value)


@pytest.mark.parametrize("key", ["clé–secrète", "two\nlines"])
def test_a_key_that_no_header_can_carry_is_told_and_not_shown(key: str) -> None:
    with serving(lambda _: Reply({"data": []})) as served, pytest.raises(SourceError, match="its address, or the key for it") as failure:
        read(served.url, endpoint(CURSOR), key=key)
    assert "secr" not in str(failure.value) and "lines" not in str(failure.value)
    assert failure.value.__cause__ is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_key_follows_no_redirect_and_where_it_leads_is_told(status: int) -> None:
    with serving(lambda _: Reply({"data": []})) as elsewhere:
        there = {"Location": f"{elsewhere.url}/people?token=s3cret-key"}
        with (
            serving(lambda _: Reply(b"", status, there)) as served,
            pytest.raises(SourceError, match="where the key is not sent") as failure,
        ):
            read(served.url, endpoint(CURSOR))
        assert f"leads to {elsewhere.url}/people," in str(failure.value) and "s3cret" not in str(failure.value)
        assert not elsewhere.asked
