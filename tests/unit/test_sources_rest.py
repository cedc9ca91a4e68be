"""The kernel of the sources that are APIs: paging, trying again, drift. One file around one real server that changes and stumbles."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from api_kit import Asked, Reply, serving

from orchestration.landing import Landing, land_rest
from orchestration.landing.entries import entries, supersede
from orchestration.sources import rest
from orchestration.sources.errors import SourceError
from orchestration.sources.rest.http import Api, Request
from orchestration.sources.rest.paging import Keyset, NextCursor, NextLink, PageNumber
from orchestration.sources.table import Column, Table, moment, money, text

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
SIZE = 3

PEOPLE = Table(
    "vendor",
    "people",
    key=("person_id",),
    event_time="created_at",
    columns=(
        text("person_id", required=True),
        text("email", personal=True),
        Column("is_gone", "BOOLEAN"),
        money("spent_amount"),
        moment("created_at", required=True),
        moment("updated_at", required=True),
        rest.OTHER,
    ),
)
FIELDS: dict[str, str | rest.Via] = {
    "person_id": "id",
    "email": "contact.email",
    "is_gone": "gone",
    "spent_amount": "spent",
    "created_at": "created",
    "updated_at": "updated",
}


def person(number: int, **changed: Any) -> dict[str, Any]:
    told = {"id": number, "contact": {"email": f"p{number}@example.com"}, "gone": False, "spent": 1.1, "created": "2026-01-01T00:00:00Z"}
    return {**told, "updated": "2026-06-01T00:00:00.5Z", **changed}


def endpoint(pages: Any, **changed: Any) -> rest.Endpoint:
    return replace(
        rest.Endpoint(
            PEOPLE, Request("people", {"limit": str(SIZE)}), pages, "data", FIELDS, since=lambda r, t: r.having(since=rest.timestamp(t))
        ),
        **changed,
    )


def read(url: str, what: rest.Endpoint, since: datetime | None = None, waits: list[float] | None = None) -> list[Any]:
    with Api("vendor", url, {"X-Key": "s3cret"}, sleep=(waits if waits is not None else []).append) as api:
        return list(rest.rows(what, api, since))


def by_cursor(people: list[dict[str, Any]]) -> Any:
    def answer(asked: Asked) -> Reply:
        start = int(asked.params.get("cursor", 0))
        rest_of = people[start : start + SIZE]
        return Reply({"data": rest_of, "more": {"next": str(start + SIZE) if start + SIZE < len(people) else None}})

    return answer


def by_body_link(people: list[dict[str, Any]]) -> Any:
    def answer(asked: Asked) -> Reply:
        start = int(asked.params.get("from", 0))
        more = f"/people?from={start + SIZE}" if start + SIZE < len(people) else None
        return Reply({"data": people[start : start + SIZE], "next": more})

    return answer


def by_header_link(people: list[dict[str, Any]]) -> Any:
    def answer(asked: Asked) -> Reply:
        start = int(asked.params.get("from", 0))
        links = '<x>; rel="first"' + (f', </people?from={start + SIZE}>; rel="next"' if start + SIZE < len(people) else "")
        return Reply({"data": people[start : start + SIZE]}, headers={"Link": links})

    return answer


def by_number(people: list[dict[str, Any]]) -> Any:
    def answer(asked: Asked) -> Reply:
        start = (int(asked.params["page"]) - 1) * SIZE
        return Reply({"data": people[start : start + SIZE], "total": len(people)}, headers={"X-Total": str(len(people))})

    return answer


def by_place(people: list[dict[str, Any]]) -> Any:
    def answer(asked: Asked) -> Reply:
        beyond = [one for one in people if one["id"] > int(asked.params.get("after", 0))]
        return Reply({"data": sorted(beyond, key=lambda one: one["id"])[:SIZE], "total": len(beyond)})

    return answer


KEYSET = Keyset(place=lambda record: record["id"], beyond=lambda request, place: request.having(after=str(place)), total="total")
WAYS = {
    "cursor": (NextCursor("more.next", "cursor"), by_cursor),
    "link in the body": (NextLink("next"), by_body_link),
    "link in the header": (NextLink(), by_header_link),
    "page number": (PageNumber(total="total"), by_number),
    "offset": (
        PageNumber("offset", first=0, step=SIZE),
        lambda people: lambda asked: Reply({"data": people[int(asked.params["offset"]) :][:SIZE]}),
    ),
    "keyset": (KEYSET, by_place),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("count", [0, 1, 3, 7])
def test_all_pages_are_read_whatever_the_way(way: str, count: int) -> None:
    pages, server = WAYS[way]
    with serving(server([person(number) for number in range(1, count + 1)])) as served:
        assert [row["person_id"] for row in read(served.url, endpoint(pages))] == list(range(1, count + 1))
    assert all(asked.headers["X-Key"] == "s3cret" for asked in served.asked)


@pytest.mark.parametrize("fault", [429, 500, 503, 408, "cut", "drop", "html"])
def test_a_stumble_is_tried_again_and_nothing_is_lost_or_doubled(fault: Any) -> None:
    waits: list[float] = []
    with serving(by_cursor([person(number) for number in range(1, 8)])) as served:
        served.faults = [None, fault, fault, None, fault]
        assert [row["person_id"] for row in read(served.url, endpoint(NextCursor("more.next", "cursor")), waits=waits)] == [*range(1, 8)]
    assert len(waits) == 3
    assert all(0 < wait < 2 for wait in waits)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "Tue, 30 Jun 2026 09:00:30 GMT", "Date": "Tue, 30 Jun 2026 09:00:00 GMT"}, 30.0),
        ({"Retry-After": "86400"}, 120.0),
    ],
)
def test_the_wait_that_is_asked_for_is_kept(headers: dict[str, str], seconds: float) -> None:
    waits: list[float] = []
    with serving(by_cursor([person(1)])) as served:
        served.faults = [Reply({}, 429, headers)]
        read(served.url, endpoint(NextCursor("more.next", "cursor")), waits=waits)
    assert waits == [seconds]


@pytest.mark.parametrize("fault", [429, 500, "cut", "drop"])
def test_an_api_that_stays_down_is_said_and_nothing_lands(fault: Any, tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    with serving(by_cursor([person(number) for number in range(1, 8)])) as served:
        served.faults = [None, *[fault] * 6]
        api = Api("vendor", served.url, sleep=lambda _: None)
        with pytest.raises(SourceError, match=r"vendor\..*/people.*: .*Tried 6 times"):
            land_rest([endpoint(NextCursor("more.next", "cursor"))], api, landing, NOW)
    assert landing.files(PEOPLE) == []


def test_a_refused_key_is_said_and_not_shown() -> None:
    with serving(by_cursor([])) as served:
        served.faults = [401]
        with pytest.raises(SourceError, match=r"it answered 401\. Check the key") as caught:
            read(served.url, endpoint(NextCursor("more.next", "cursor")))
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(Api("vendor", "http://x", {"X-Key": "s3cret"}))


def test_an_error_shows_no_address() -> None:
    with serving(by_cursor([])) as served:
        served.faults = [Reply({"message": "unknown contact ann@example.com"}, 400)]
        with pytest.raises(SourceError, match="unknown contact") as caught:
            read(served.url, endpoint(NextCursor("more.next", "cursor")))
    assert "ann@" not in str(caught.value)


def test_the_key_follows_no_link_to_another_server() -> None:
    with (
        serving(lambda _: Reply({"data": [person(1)], "next": "http://127.0.0.1:9/people"})) as served,
        pytest.raises(SourceError, match="another server"),
    ):
        read(served.url, endpoint(NextLink("next")))


def test_a_circle_of_pages_ends() -> None:
    with serving(lambda _: Reply({"data": [person(1)], "more": {"next": "a"}})) as served, pytest.raises(SourceError, match="read before"):
        read(served.url, endpoint(NextCursor("more.next", "cursor")))


def test_the_pace_is_kept() -> None:
    waits: list[float] = []
    with (
        serving(by_cursor([person(number) for number in range(1, 8)])) as served,
        Api("vendor", served.url, pace=timedelta(seconds=1), sleep=waits.append) as api,
    ):
        list(rest.rows(endpoint(NextCursor("more.next", "cursor")), api, None))
    assert len(waits) == 2
    assert all(0.5 < wait <= 1 for wait in waits)


def test_a_refusal_in_the_body_is_waited_for() -> None:
    waits: list[float] = []
    answers = iter([{"error": "slow"}, {"data": [person(1)]}])
    with serving(lambda _: Reply(next(answers))) as served:
        api = Api("vendor", served.url, throttled=lambda body: 2.5 if "error" in body else None, sleep=waits.append)
        assert len(list(rest.rows(endpoint(NextCursor("more.next", "cursor")), api, None))) == 1
    assert waits == [2.5]


def test_a_row_that_comes_twice_lands_once(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    people = [person(number) for number in (1, 2, 3, 3, 4, 5, 5)]
    with serving(by_cursor(people)) as served:
        landed = land_rest([endpoint(NextCursor("more.next", "cursor"))], Api("vendor", served.url), landing, NOW)
    assert (landed.rows, landing.count(PEOPLE)) == (5, 5)


def test_a_row_that_a_page_left_out_is_found_by_the_total() -> None:
    people = [person(number) for number in range(1, 8)]
    honest, hidden = by_number(people), iter([True])

    def answer(asked: Asked) -> Reply:
        reply = honest(asked)
        if asked.params["page"] == "2" and next(hidden, False):
            reply.body["data"] = reply.body["data"][1:]
        return reply

    with serving(answer) as served:
        assert sorted(row["person_id"] for row in read(served.url, endpoint(PageNumber(total="total")))) == [*range(1, 8)]


def test_a_row_that_moved_to_a_page_read_before_is_found() -> None:
    people = [person(number) for number in range(9, 0, -1)]
    gone = iter([True])

    def answer(asked: Asked) -> Reply:
        if asked.params["page"] == "2" and next(gone, False):
            del people[0]  # all others move forward by one, and the first of page 2 is on page 1 now
        return by_number(people)(asked)

    with serving(answer) as served:
        assert {row["person_id"] for row in read(served.url, endpoint(PageNumber(total="total")))} == {*range(1, 10)}


def test_what_is_short_for_good_is_said(tmp_path: Path) -> None:
    with serving(lambda asked: Reply({"data": [person(1)] if asked.params["page"] == "1" else [], "total": 2})) as served:
        landed = land_rest([endpoint(PageNumber(total="total"))], Api("vendor", served.url), Landing(tmp_path), NOW)
    assert landed.rows == 1
    assert "gave 1 records and says there are 2" in landed.warnings[0]


def test_only_changes_are_asked_for_and_the_overlap_doubles_nothing(tmp_path: Path) -> None:
    landing, people = Landing(tmp_path), [person(number) for number in range(1, 5)]

    def answer(asked: Asked) -> Reply:
        return by_cursor([one for one in people if one["updated"] >= asked.params.get("since", "")])(asked)

    with serving(answer) as served:
        ways = [endpoint(NextCursor("more.next", "cursor"))]
        land_rest(ways, Api("vendor", served.url), landing, NOW)
        people[1] = person(2, updated="2026-06-29T00:00:00Z", spent=5)
        landed = land_rest(ways, Api("vendor", served.url), landing, NOW + timedelta(days=1))
        again = land_rest(ways, Api("vendor", served.url), landing, NOW + timedelta(days=1))
    assert (landed.rows, again.rows) == (1, 0)
    assert served.asked[2].params["since"] == "2026-05-31T00:00:00Z"


def test_a_new_field_is_kept_and_reported(tmp_path: Path) -> None:
    import duckdb

    landing = Landing(tmp_path)
    with serving(by_cursor([person(1, loyalty={"tier": "gold"}), person(2)])) as served:
        landed = land_rest([endpoint(NextCursor("more.next", "cursor"))], Api("vendor", served.url), landing, NOW)
    assert landed.warnings == ["vendor.people: new fields, kept in the column other_fields: loyalty."]
    kept = duckdb.connect().sql(f"select other_fields from {landing.scan(PEOPLE)} order by person_id").fetchall()
    assert kept == [('{"loyalty": {"tier": "gold"}}',), (None,)]


def test_a_record_without_a_required_field_is_refused_and_the_others_land(tmp_path: Path) -> None:
    broken = person(2)
    del broken["updated"]
    with serving(by_cursor([person(1), broken, person(3)])) as served:
        landed = land_rest([endpoint(NextCursor("more.next", "cursor"))], Api("vendor", served.url), Landing(tmp_path), NOW)
    assert (landed.rows, landed.quarantined) == (2, {"updated_at_missing": 1})


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (lambda one: one.update(spent={"amount": 1}), "spent_amount: field spent is declared as a number or text, came as an object"),
        (lambda one: one.update(gone=0), "is_gone: field gone is declared as text or true or false, came as a number"),
        (lambda one: one.update(updated=1767322800), "updated_at: field updated is declared as text, came as a number"),
        (lambda one: one.pop("contact"), "email: no record has the field contact.email"),
    ],
)
def test_a_field_that_changed_its_kind_or_is_gone_fails_the_table_with_the_difference(change: Any, difference: str, tmp_path: Path) -> None:
    landing, people = Landing(tmp_path), [person(1), person(2)]
    for one in people:
        change(one)
    with serving(by_cursor(people)) as served, pytest.raises(SourceError, match="Nothing was landed") as caught:
        land_rest([endpoint(NextCursor("more.next", "cursor"))], Api("vendor", served.url), landing, NOW)
    assert difference in str(caught.value)
    assert "example.com" not in str(caught.value)
    assert landing.files(PEOPLE) == []


def test_one_record_of_another_kind_is_set_aside_and_comes_when_it_is_mended(tmp_path: Path) -> None:
    landing, people = Landing(tmp_path), [person(number) for number in range(1, 8)]
    people[4] = person(5, contact={"email": ["p5@example.com"]}, updated="2026-06-29T00:00:00Z")
    ways = [endpoint(NextCursor("more.next", "cursor"))]

    def answer(asked: Asked) -> Reply:
        return by_cursor([one for one in people if one["updated"] >= asked.params.get("since", "")])(asked)

    with serving(answer) as served:
        api = Api("vendor", served.url)
        result = land_rest(ways, api, landing, NOW)
        assert (result.rows, dict(result.quarantined)) == (6, {"line_malformed": 1})
        (held,) = entries(landing)
        assert held.row_key == "5"
        assert (
            "5 is no row: field contact.email is declared as a number or text, came as a list. Correct it in vendor.people" in held.detail
        )
        people[4] = person(5, updated="2026-06-30T00:00:00Z")
        assert land_rest(ways, api, landing, NOW + timedelta(days=1)).rows == 1
    assert supersede(landing, {"vendor_people": PEOPLE}, NOW + timedelta(days=1)) == 1


def test_the_items_of_a_list_within_a_record_are_rows_that_know_their_parent() -> None:
    parents = [
        {"id": 1, "at": "x", "items": [{"id": 11}, {"id": 12}]},
        {"id": 2, "at": "y", "items": []},
        {"id": 3, "at": "z", "items": None},
    ]
    table = Table("vendor", "items", key=("item_id",), event_time="at", watermark="at", columns=(text("item_id"), text("at")))
    what = endpoint(NextCursor("more.next", "cursor"), table=table, each="items", fields={"item_id": "id", "at": "^at"})
    with serving(by_cursor(parents)) as served:
        assert read(served.url, what) == [{"item_id": 11, "at": "x"}, {"item_id": 12, "at": "x"}]
