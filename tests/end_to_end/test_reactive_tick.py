"""A tick decides about the people concerned what a full build decides: the same reasons, the same outbox, message by message.

One file: a world takes half a minute to make, and all that is asked of it stands here.
"""

import json
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, timedelta
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest
from reactive_lives import Lives, living
from reactive_world import HOUR, NOON, RUN, SHARING, World
from warehouse_kit import parsed

from orchestration.reactive import compiled_before, presence
from orchestration.reactive.compiled_before import compiled_once
from orchestration.reactive.tick import Decided, Tick
from orchestration.replay.compiling import compiled
from orchestration.replay.project import Project
from orchestration.resources import DBT_PROJECT
from orchestration.sources import ledger
from orchestration.warehouse import Warehouse as Live

#: What a reactive run builds: features and scores are a day's work.
REACTIVE = ["staging", "identity", "profiles", "marts", "audiences", "triggers", "decisions"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Built as of the run, by all models that decide."""
    world = World(tmp_path_factory.mktemp("tick") / "data")
    world.warehouse.build(RUN, "*", only="seed")
    world.warehouse.build(RUN, *REACTIVE, "features", "scores", only="run")
    return world


@pytest.fixture(scope="module")
def project(world: World) -> Project:
    """Compiled once, and left where a worker on this folder finds it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled_before, "compiled", partial(compiled, manifest=parsed(json.dumps({"matching": False}))))
        return compiled_once(Path(DBT_PROJECT.project_dir), presence.folder_of(world.warehouse.folder) / "project")


@pytest.fixture(scope="module")
def lives(world: World, project: Project) -> Iterator[Lives]:
    world.warehouse.let_go()
    with living(world) as found:
        yield found


@pytest.fixture(scope="module")
def tick(world: World, project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tick]:
    tick = Tick(project, Live(data=str(world.warehouse.folder)), tmp_path_factory.mktemp("kept"))
    yield tick
    tick.close()


def same(world: World, decided: Decided, people: list[int]) -> None:
    """What was decided about these people is what the warehouse has of them now, which a full build made."""
    listed = ", ".join(f"'{world.person(number)}'" for number in people)
    with world.warehouse.connect() as connection:
        for name, found in {"decisions": decided.decisions, "outbox": decided.outbox}.items():
            connection.register("found", found)
            built = f"select * from decisions.{name} where profile_id in ({listed})" + (" and kind = 'message'" if name[0] == "d" else "")
            shown = "campaign, profile_id, reason, because" if name[0] == "d" else "campaign, profile_id, counted_ids"
            for left, right in (("from found", built), (built, "from found")):
                differing = connection.sql(f"select {shown} from (({left}) except ({right}))").fetchall()
                assert not differing, (name, "tick" if left == "from found" else "build", differing)


def reasons(decided: Decided, campaign: str) -> dict[str, str | None]:
    return {row["profile_id"]: row["reason"] for row in decided.decisions.to_pylist() if row["campaign"] == campaign}


def test_a_tick_decides_what_a_full_build_decides(world: World, tick: Tick) -> None:
    with pytest.raises(LookupError):
        tick.decide(RUN.replace(tzinfo=UTC))
    assert tick.refresh() and not tick.refresh()
    world.news()
    known = world.sent(RUN + 2 * HOUR)
    decided = tick.decide(NOON.replace(tzinfo=UTC), pa.Table.from_pylist(known))
    concerned = [0, 1, 2, 3, 4, 5, 6, 7, *SHARING, 13, 14, 15, 16]
    assert decided.people == len(concerned) and not decided.waiting
    assert decided.unknown == 3, "two new devices, one of them without a login, and a contact of whom identity does not know yet"
    carts = reasons(decided, "cart_abandoned")
    expected = {0: None, 4: "no_consent", 5: "waiting_for_service", 6: "suppressed", 7: None, 14: None, 15: "ordered_since"}
    assert {n: carts[world.person(n)] for n in expected} == expected
    assert sorted(map(str, (carts[world.person(n)] for n in SHARING))) == ["None", "outranked"], "one message to one address"
    assert carts[world.person(13)] == "cooling_down" and carts[world.person(16)] == "over_cap"
    assert reasons(decided, "order_confirmed") == {world.person(2): None, world.person(3): "returned_since", world.person(15): None}

    world.warehouse.land(ledger.DELIVERIES, [one | {"attempts": 1} for one in known], NOON)
    world.warehouse.build(NOON, *REACTIVE, only="run")
    same(world, decided, concerned)


def test_what_was_compiled_is_read_as_it_was_left_until_something_that_it_is_made_of_changes(
    world: World, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> Project:
        raise AssertionError("compiled anew")

    monkeypatch.setattr(compiled_before, "compiled", never)
    again = compiled_once(Path(DBT_PROJECT.project_dir), project.folder)
    assert again == project and [one.at(NOON) for one in again.models.values() if one.sql] == [
        one.at(NOON) for one in project.models.values() if one.sql
    ]
    marks = {compiled_before.fingerprint(Path(DBT_PROJECT.project_dir), project.folder)}
    monkeypatch.setenv("REPORTING_CURRENCY", "USD")
    marks.add(compiled_before.fingerprint(Path(DBT_PROJECT.project_dir), project.folder))
    copy = world.warehouse.folder.with_name("dbt_project")
    shutil.copytree(DBT_PROJECT.project_dir, copy, ignore=shutil.ignore_patterns("target", "logs"))
    marks.add(compiled_before.fingerprint(copy, project.folder))
    with (copy / "models" / "decisions" / "outbox.sql").open("a") as file:
        file.write("-- another")
    marks.add(compiled_before.fingerprint(copy, project.folder))
    assert len(marks) == 4


def test_the_warehouse_is_taken_anew_once_nobody_writes_it_and_nobody_waits_for_that(world: World, tick: Tick) -> None:
    world.warehouse.let_go()
    tick.refresh()
    tick.done()
    live = Live(data=str(world.warehouse.folder))
    limits = "select count(*) from kept.decisions.campaign_limits"
    before = tick._connection.execute(limits).fetchall()
    with live.writing():
        with world.warehouse.connect() as connection:
            connection.execute("insert into decisions.campaign_limits by name select 'any' as campaign, 5 as room_count")
        started = time.monotonic()
        assert not tick.refresh()
        assert tick.decide((NOON + HOUR).replace(tzinfo=UTC)).people == 0, "the last copy serves on"
        assert tick._connection.execute(limits).fetchall() == before and time.monotonic() - started < 60
    assert tick.refresh() and not tick.refresh()
    assert tick._connection.execute(limits).fetchall() == [(before[0][0] + 1,)]


def test_a_worker_that_is_killed_and_started_anew_sends_each_message_once_and_to_nobody_who_withdrew_meanwhile(
    world: World, lives: Lives
) -> None:
    """Killed while it lands, between what it writes down and what it sends, with all on its way, and with an answer that nobody wrote."""
    at = NOON + 2 * HOUR
    world.warehouse.land_events([world.event(number, "add_to_cart", at - HOUR) for number in (1, 10, 12)], at - HOUR / 2)
    lives.at(at)
    lives.buys(world.buys(2, at))
    lives.dies("before landing.put")
    assert not lives.sent() and not lives.said()

    lives.dies("after history.keep")
    carts = {row["profile_id"] for row in lives.said().values() if (row["campaign"], row["outcome"]) == ("cart_abandoned", "allowed")}
    assert carts == {world.person(number) for number in (1, 10, 12)} and not lives.sent()
    lives.refuses(world.refuses(1, at))

    at += timedelta(minutes=1)
    lives.at(at)
    lives.dies("after ledger.start")
    assert {row["status"] for row in lives.statuses().values()} == {"sending"} and not lives.sent()
    lives.refuses(world.refuses(10, at))

    at += timedelta(minutes=1)
    lives.at(at)
    lives.buys(world.buys(15, at))
    lives.dies("after klaviyo.send")
    assert lives.sent(), "the provider has what the ledger calls in doubt"

    lives.at(at + timedelta(minutes=1))
    lives.lives(lives.is_settled)
    whom = {
        status: {row["profile_id"] for row in lives.statuses().values() if row["status"] == status} for status in ("accepted", "unknown")
    }
    assert whom == {"accepted": {world.person(number) for number in (2, 12, 15)}, "unknown": {world.person(10)}}
    assert {lives.said()[key]["profile_id"] for key in lives.sent()} == whom["accepted"]
