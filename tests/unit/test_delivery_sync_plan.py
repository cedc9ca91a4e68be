"""A plan says what a sync would do, shows nobody's address, and is applied only to the world that it was made of."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from delivery_kit import clock
from sync_kit import OFF, World

from activations.syncs.changes import Mode
from activations.syncs.plan import Plan, PlanOutdatedError, plan

PEOPLE = {"p1": ("ann@x.de", "gold", 3), "p2": ("bob@x.de", "gold", 4), "p3": ("cy@x.de", None, 5)}


def desired(rows: dict[str, tuple[str, str | None, int]]) -> pa.Table:
    emails, tiers, orders = (list(values) for values in zip(*rows.values(), strict=True))
    hashes = [str(row) for row in rows.values()]
    return pa.table({"profile_id": list(rows), "email": emails, "tier": tiers, "orders": orders, "row_hash": hashes, "first_name": emails})


def planned(world: World, rows: dict[str, tuple[str, str | None, int]], **more: Any) -> Plan:
    return plan("vips", desired(rows), world.lists, world.snapshots, clock, world.folder / "plan", **more)


def test_what_would_change_is_told_without_a_request_and_then_done(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.bring(desired(PEOPLE))
    requests = len(world.lists.requests)
    wish = {"p1": ("ann@x.de", "silver", 3), "p2": ("new@x.de", "gold", 4), "p9": ("zoe@x.de", None, 1)}
    made = planned(world, wish, guard=OFF)
    assert len(world.lists.requests) == requests
    assert (made.created, made.updated, made.removed, made.refused) == (1, 2, 2, None)
    assert made.fields == {"tier": 1, "email": 1, "first_name": 1}
    rows = pq.read_table(tmp_path / "plan" / "rows.parquet").to_pylist()
    assert {row["profile_id"]: row["differences"] for row in rows if row["action"] == "updated"} == {
        "p1": '{"tier": ["gold", "silver"]}',
        "p2": '{"email": "changed", "first_name": "changed"}',
    }
    text = (tmp_path / "plan" / "plan.json").read_text() + str(rows)
    assert "x.de" in text and not any(name in text for name in ("ann@", "new@", "zoe@", "cy@", "bob@"))
    loaded = Plan.load(tmp_path / "plan")
    assert loaded == made and loaded.sentences()[0].startswith("vips at lists (mirror): 1 to create, 2 to update, 2 to remove")
    report = world.bring(desired(wish), plan=loaded)
    assert (report.accepted, report.removed) == (3, 1) and set(world.lists.people) == {"ann@x.de", "new@x.de", "zoe@x.de"}
    with pytest.raises(PlanOutdatedError, match="what the provider holds"):
        world.bring(desired(wish), plan=loaded)


@pytest.mark.parametrize("change", ["what is desired", "what the provider holds", "the mode", "the destination's settings"])
def test_a_plan_is_not_applied_to_another_world(tmp_path: Path, change: str) -> None:
    world = World(tmp_path)
    world.bring(desired(PEOPLE))
    wish = PEOPLE | {"p1": ("ann@x.de", "silver", 3)}
    made, mode = planned(world, wish), Mode.MIRROR
    match change:
        case "what is desired":
            wish |= {"p2": ("bob@x.de", "gold", 5)}
        case "what the provider holds":
            world.bring(desired(PEOPLE | {"p4": ("di@x.de", None, 0)}))
        case "the mode":
            mode = Mode.UPSERT
        case _:
            world.lists.account = "another"
    requests = len(world.lists.requests)
    with pytest.raises(PlanOutdatedError, match=f"{change}.* changed since; make a new plan. Nothing was sent"):
        world.bring(desired(wish), plan=made, mode=mode)
    assert len(world.lists.requests) == requests
    assert world.bring(desired(wish)).stopped is None, "without the plan it can be done"


def test_a_plan_that_would_be_refused_says_so(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.bring(desired({f"p{number}": (f"{number}@x.de", None, 1) for number in range(40)}))
    assert "39 of 40 members would be removed" in (planned(world, {"p1": ("1@x.de", None, 1)}).refused or "")
    assert planned(world, PEOPLE, mode=Mode.UPSERT).refused is None
