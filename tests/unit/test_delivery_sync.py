"""An audience becomes the desired one by the least that must be said, and never less than what is surely meant."""

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from delivery_kit import NOW
from sync_kit import Lists, World, people, table

from activations.model import Outcome, Unknown, Unreachable
from activations.syncs.changes import Mode
from activations.syncs.report import RemovalGuard


def test_create_update_remove_and_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    report = world.bring(people(30))
    assert (report.created, report.updated, report.accepted, report.removed) == (30, 0, 30, 0)
    requests = len(world.lists.requests)
    assert world.bring(people(30)).requests == 0 and len(world.lists.requests) == requests, "without a change there is no request"
    report = world.bring(people(20) | {"p005": ("ann005@x.de", "2")})
    assert (report.created, report.updated, report.accepted, report.removed, report.left) == (0, 1, 1, 10, 0)
    assert set(world.lists.people) == {email for email, _ in people(20).values()}
    assert [request.is_first_load for request in world.lists.requests] == [True] * 5 + [False] * 3


def test_a_file_is_as_good_as_a_table_and_upserts_never_take_off(tmp_path: Path) -> None:
    world = World(tmp_path)
    pq.write_table(table(people(30)), tmp_path / "desired.parquet")
    assert world.bring(people(3), mode=Mode.UPSERT).accepted == 3
    report = world.bring(people(0), mode=Mode.UPSERT)
    assert (report.refused, report.requests, len(world.lists.people)) == (None, 0, 3)
    from sync_kit import clock, sync

    assert sync("vips", tmp_path / "desired.parquet", world.lists, world.snapshots, clock).accepted == 27
    refused = sync("vips", tmp_path / "none.parquet", world.lists, world.snapshots, clock)
    assert refused.refused and len(world.lists.people) == 30


@pytest.mark.parametrize(("left", "is_refused"), [(0, True), (19, True), (20, False), (30, False)])
def test_a_list_is_not_emptied_by_a_source_that_failed(tmp_path: Path, left: int, is_refused: bool) -> None:
    world = World(tmp_path)
    world.bring(people(40))
    requests = len(world.lists.requests)
    report = world.bring(people(left), RemovalGuard())
    assert bool(report.refused) == is_refused
    assert (len(world.lists.requests) == requests) == is_refused, "a refused sync sends nothing"
    assert len(world.lists.people) == (40 if is_refused else left)
    if is_refused:
        assert "nothing was changed; allow it if it is meant" in report.sentences()[0]
        assert world.bring(people(left)).removed == 40 - left


def test_a_rejected_row_is_named_masked_and_waits_longer_each_time(tmp_path: Path) -> None:
    world = World(tmp_path)
    rows = people(10) | {"p003": ("bad", "1")}
    report = world.bring(rows)
    assert (report.accepted, dict(report.rejected), report.left) == (9, {"invalid_email": 1}, 0)
    assert "b***" in report.samples[0] and "a***@example.com" in report.samples[0]
    assert world.bring(rows).rejected.total() == 1, "once more at the next sync"
    report = world.bring(rows)
    assert (report.requests, report.waiting) == (0, 1), "then not every day"
    assert world.bring(people(10, "2")).accepted == 10


@pytest.mark.parametrize("outcome", [Unreachable("no connection"), Unknown("answered 503")])
def test_a_provider_that_goes_down_keeps_what_it_took(tmp_path: Path, outcome: Outcome) -> None:
    world = World(tmp_path)
    world.bring(people(7))
    world.lists.script = ["well", *[outcome] * 5]
    report = world.bring(people(30))
    assert (report.accepted, report.left, bool(report.stopped)) == (7, 16, True)
    assert "16 changes left" in report.sentences()[0]
    world.lists.script = []
    assert world.bring(people(30)).accepted == 16


def test_who_shares_an_address_with_someone_wished_for_stays(tmp_path: Path) -> None:
    world = World(tmp_path)
    family = {"p1": ("family@x.de", "1"), "p2": ("family@x.de", "1"), "p3": ("c@x.de", "1")}
    world.bring(family)
    world.bring({key: family[key] for key in ("p1", "p3")})
    assert set(world.lists.people) == {"family@x.de", "c@x.de"}
    world.lists.people["family@x.de"]["profile_id"] = "p1"
    world.bring({"p3": family["p3"]})
    assert set(world.lists.people) == {"c@x.de"}


@pytest.mark.parametrize(
    ("desired", "message"),
    [
        (pa.table({"profile_id": ["a"]}), "row_hash is missing"),
        (pa.table({"profile_id": ["a", "a"], "row_hash": ["1", "1"]}), "1 rows repeat"),
        (pa.table({"profile_id": ["a", None], "row_hash": ["1", "1"]}), "1 rows have no profile_id"),
        (pa.table({"audience": ["x"], "profile_id": ["a"], "row_hash": ["1"]}), "rows of x"),
        (pa.table({"provider_ref": ["x"], "profile_id": ["a"], "row_hash": ["1"]}), "provider_ref"),
    ],
)
def test_a_table_that_is_no_audience(desired: pa.Table, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        World(tmp_path).bring(desired)


def test_what_an_earlier_version_kept_is_known_still(tmp_path: Path) -> None:
    world = World(tmp_path)
    old = table(people(10) | {"gone": ("ann003@x.de", "1"), "left": ("zoe@x.de", "1")}).to_pylist()
    hashes = [hashlib.sha256(row["email"].encode()).hexdigest() for row in old]
    columns = {"profile_id": [row["profile_id"] for row in old], "row_hash": ["1"] * 12, "address_hash": hashes}
    path = tmp_path / "acknowledged" / "lists" / "vips.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table(columns | {"acknowledged_at": pa.array([NOW.replace(tzinfo=None)] * 12, pa.timestamp("us"))}), path)
    report = world.bring(people(10))
    assert (report.accepted, report.removed) == (0, 1), "who shares an address stays, nothing is sent again"
    (request,) = world.lists.requests
    assert b'"left"' in request.rows[0] and not request.is_first_load and not path.exists()
    assert {row["email"] for row in world.held()} == {email for email, _ in people(10).values()}


def test_a_row_that_no_request_can_carry_is_rejected_here(tmp_path: Path) -> None:
    world = World(tmp_path)
    report = world.bring(people(5) | {"long": ("x" * 2_000, "1"), "none": (None, "1")})
    assert (report.accepted, dict(report.rejected)) == (5, {"row_too_large": 1, "no_address": 1})
    log = {row["profile_id"]: row for row in pq.read_table(world.snapshots.logs()[0]).to_pylist()}
    assert log["p000"]["outcome"] == "accepted" and log["p000"]["next"] is None
    assert (log["long"]["outcome"], log["long"]["code"], log["long"]["attempts"]) == ("rejected", "row_too_large", 1)
    assert log["none"]["next"] is not None and "x.de" not in str(log)


def test_whose_address_changed_is_no_more_at_the_old_one(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.bring(people(3))
    world.bring(people(3) | {"p001": ("new@x.de", "2"), "p002": (None, "2")})
    assert set(world.lists.people) == {"ann000@x.de", "new@x.de"}


def test_rows_that_are_all_refused_again_stop_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, Lists(rows=100))
    rows = {f"p{number}": ("bad", "1") for number in range(30)} | people(1)
    assert world.bring(rows).rejected.total() == 30
    report = world.bring(rows)
    assert (report.stopped, report.rejected.total()) == (None, 30)
    assert world.bring(rows).waiting == 30
