"""An audience becomes the desired one by the least that must be said, and never less than what is surely meant.

One file, because the provider of lists in memory that all tests share is a third of its lines.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from delivery_kit import Waits, clock
from hypothesis import given, settings
from hypothesis import strategies as st

from activations.destination import Ability, Limits, ListMember, Request, Work
from activations.model import Accepted, Outcome, Refused, Unknown, Unreachable
from activations.syncs.difference import difference
from activations.syncs.report import RemovalGuard, SyncReport
from activations.syncs.snapshots import Acknowledged
from activations.syncs.sync import sync

OFF = RemovalGuard(is_off=True)


class Lists:
    """A provider of lists in memory: profiles are merged by address, as providers do."""

    name = "lists"
    abilities: ClassVar = {
        Work.UPSERT: Ability(Limits(rows=7, size_bytes=100_000), is_repeatable=True),
        Work.REMOVE: Ability(Limits(rows=5, size_bytes=100_000), is_repeatable=True),
    }

    def __init__(self) -> None:
        self.people: dict[str, str] = {}  # provider's id (here the address) -> profile_id last seen
        self.on_list: set[str] = set()
        self.requests = 0
        self.outcomes: list[Outcome] = []

    def prepare(self, audience: str, columns: pa.Schema) -> str:
        self.requests += 1
        return "L1"

    def encode(self, work: Work, row: Mapping[str, Any]) -> bytes:
        return row["provider_ref"].encode() if work is Work.REMOVE else json.dumps([row["profile_id"], row["email"]]).encode()

    def send(self, request: Request) -> list[Outcome]:
        self.requests += 1
        if request.work is Work.REMOVE:
            self.on_list -= {key.decode() for key in request.rows}
            return [Accepted()] * len(request.rows)
        rows = request.rows
        if self.outcomes:
            return [self.outcomes.pop(0)] * len(rows)
        people = [json.loads(row) for row in rows]
        if any(email == "bad" for _, email in people) and len(rows) > 1:
            return [Refused("bad")] * len(rows)
        for profile_id, email in people:
            if email == "bad":
                return [Refused("invalid_email")]
            self.people[email] = profile_id
            self.on_list.add(email)
        return [Accepted()] * len(rows)

    def members(self, audience_id: str, cursor: str | None) -> tuple[list[ListMember], str | None]:
        self.requests += 1
        everyone, start = sorted(self.on_list), int(cursor or 0)
        page = [ListMember(email, self.people[email], email) for email in everyone[start : start + 4]]
        return page, str(start + 4) if start + 4 < len(everyone) else None


def table(rows: Mapping[str, tuple[str, str]]) -> pa.Table:
    """profile_id -> (email, row_hash)."""
    return pa.table(
        {
            "profile_id": pa.array(list(rows), pa.string()),
            "email": pa.array([email for email, _ in rows.values()], pa.string()),
            "row_hash": pa.array([row_hash for _, row_hash in rows.values()], pa.string()),
        }
    )


def people(count: int, row_hash: str = "1") -> dict[str, tuple[str, str]]:
    return {f"p{number:03d}": (f"ann{number:03d}@x.de", row_hash) for number in range(count)}


def bring(lists: Lists, rows: Mapping[str, tuple[str, str]], folder: Path, guard: RemovalGuard | None = None) -> SyncReport:
    return sync("vips", table(rows), lists, Acknowledged(folder), clock, guard=guard, patience=Waits().patience())


def test_create_update_remove_and_nothing(tmp_path: Path) -> None:
    lists = Lists()
    report = bring(lists, people(30), tmp_path)
    assert (report.created, report.updated, report.accepted, report.removed) == (30, 0, 30, 0)
    requests = lists.requests
    bring(lists, people(30), tmp_path)
    assert lists.requests == requests, "without a change there is no request"
    report = bring(lists, people(20) | {"p005": ("ann005@x.de", "2")}, tmp_path)
    assert (report.created, report.updated, report.accepted, report.removed, report.left) == (0, 1, 1, 10, 0)
    assert lists.on_list == {email for email, _ in people(20).values()}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.dictionaries(st.integers(0, 12), st.integers(0, 1), max_size=12), max_size=4))
def test_any_sequence_of_audiences_ends_as_the_last_one(tmp_path_factory: pytest.TempPathFactory, wishes: list[dict[int, int]]) -> None:
    """Also where people share an address: who is wished for is on the list, who is not is off it."""
    lists, folder = Lists(), tmp_path_factory.mktemp("acknowledged")
    for wish in wishes:
        rows = {f"p{key}": (f"a{key % 5}@x.de", str(row_hash)) for key, row_hash in wish.items()}
        report = bring(lists, rows, folder, OFF)
        assert (report.left, report.stopped) == (0, None)
        assert {email for email, _ in rows.values()} == lists.on_list
        assert Acknowledged(folder).read("lists", "vips").num_rows == len(rows)
        requests = lists.requests
        bring(lists, rows, folder, OFF)
        assert lists.requests == requests


@pytest.mark.parametrize(("left", "is_refused"), [(0, True), (19, True), (20, False), (30, False)])
def test_a_list_is_not_emptied_by_a_source_that_failed(tmp_path: Path, left: int, is_refused: bool) -> None:
    lists = Lists()
    bring(lists, people(40), tmp_path)
    requests = lists.requests
    report = bring(lists, people(left), tmp_path)
    assert bool(report.refused) == is_refused
    assert (lists.requests == requests) == is_refused, "a refused sync sends nothing"
    assert len(lists.on_list) == (40 if is_refused else left)
    if is_refused:
        assert "nothing was changed; allow it if it is meant" in report.sentences()[0]
        assert bring(lists, people(left), tmp_path, OFF).removed == 40 - left


def test_few_removals_need_no_leave(tmp_path: Path) -> None:
    lists = Lists()
    bring(lists, people(19), tmp_path)
    assert bring(lists, people(1), tmp_path).removed == 18


def test_a_rejected_row_is_named_masked_and_comes_back_by_itself(tmp_path: Path) -> None:
    lists = Lists()
    rows = people(10) | {"p003": ("bad", "1")}
    report = bring(lists, rows, tmp_path)
    assert (report.accepted, dict(report.rejected), report.left) == (9, {"invalid_email": 1}, 0)
    assert "b***" in report.samples[0] and "invalid_email" in report.samples[0]
    report = bring(lists, people(10), tmp_path)
    assert (report.created, report.accepted) == (1, 1)


@pytest.mark.parametrize("outcome", [Unreachable("no connection"), Unknown("answered 503")])
def test_a_provider_that_goes_down_keeps_what_it_took(tmp_path: Path, outcome: Outcome) -> None:
    lists = Lists()
    bring(lists, people(7), tmp_path)
    lists.outcomes = [Accepted(), *[outcome] * 5]
    report = bring(lists, people(30), tmp_path)
    assert (report.accepted, report.left, bool(report.stopped)) == (7, 16, True)
    assert "16 changes left" in report.sentences()[0]
    lists.outcomes = []
    assert bring(lists, people(30), tmp_path).accepted == 16


def test_a_crash_before_the_snapshot_is_repaired_by_the_next_sync(tmp_path: Path) -> None:
    lists = Lists()

    class Dying(Acknowledged):
        def commit(self, destination: str, audience: str, members: pa.Table) -> None:
            raise SystemExit

    with pytest.raises(SystemExit):
        sync("vips", table(people(9)), lists, Dying(tmp_path), clock)
    assert bring(lists, people(9), tmp_path).accepted == 9
    with pytest.raises(SystemExit):
        sync("vips", table(people(5)), lists, Dying(tmp_path), clock, guard=OFF)
    assert bring(lists, people(5), tmp_path).removed == 4
    assert len(lists.on_list) == 5


def test_who_shares_an_address_with_someone_wished_for_stays(tmp_path: Path) -> None:
    lists = Lists()
    family = {"p1": ("family@x.de", "1"), "p2": ("family@x.de", "1"), "p3": ("c@x.de", "1")}
    bring(lists, family, tmp_path)
    bring(lists, {key: family[key] for key in ("p1", "p3")}, tmp_path)
    assert lists.on_list == {"family@x.de", "c@x.de"}
    bring(lists, {"p3": family["p3"]}, tmp_path)
    assert lists.on_list == {"c@x.de"}


@pytest.mark.parametrize(
    ("desired", "message"),
    [
        (pa.table({"profile_id": ["a"]}), "row_hash is missing"),
        (pa.table({"profile_id": ["a", "a"], "row_hash": ["1", "1"]}), "1 rows repeat"),
        (pa.table({"profile_id": ["a", None], "row_hash": ["1", "1"]}), "1 rows have no profile_id"),
        (pa.table({"audience": ["x"], "profile_id": ["a"], "row_hash": ["1"]}), "rows of x"),
    ],
)
def test_a_table_that_is_no_audience(desired: pa.Table, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        difference("vips", desired, Acknowledged(tmp_path).read("lists", "vips"))
