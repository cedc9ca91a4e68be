"""HubSpot while it stumbles, answers wrongly and changes between pages: nothing lost, nothing doubled."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from api_kit import Asked, Reply, Served, serving
from hubspot_kit import DAY, NOW, OLD, land, landed, latest
from hubspot_server import HubSpot
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.fixture
def crm() -> HubSpot:
    return HubSpot()


@pytest.fixture
def served(crm: HubSpot) -> Iterator[Served]:
    with serving(crm.answer) as running:
        yield running


@pytest.mark.parametrize("fault", [429, 500, "cut", "drop"])
def test_no_stumble_loses_or_doubles_a_contact(fault: Any, crm: HubSpot, served: Served, tmp_path: Path) -> None:
    for number in range(1, 651):
        crm.put("contacts", number, OLD)
    served.faults = [None, fault, None, None, fault, fault, None, fault]
    assert land(served.url, tmp_path).rows == 650
    assert len(landed(tmp_path)) == 650


def test_a_page_that_repeats_a_contact_or_leaves_one_out_loses_and_doubles_nothing(crm: HubSpot, tmp_path: Path) -> None:
    for number in range(1, 451):
        crm.put("contacts", number, OLD)
    once = iter([True])

    def answer(asked: Asked) -> Reply:
        reply = crm.answer(asked)
        if asked.path.endswith("/search") and len(reply.body["results"]) == 200 and next(once, False):
            del reply.body["results"][50]
            reply.body["results"][60] = reply.body["results"][61]
        return reply

    with serving(answer) as running:
        assert land(running.url, tmp_path).rows == 450
    assert len(landed(tmp_path)) == 450


change = st.tuples(st.sampled_from(["put", "new", "archive"]), st.integers(1, 60))


@settings(max_examples=25, deadline=None)
@given(
    start=st.sets(st.integers(1, 60), min_size=1), days=st.lists(st.lists(st.lists(change, max_size=3), max_size=8), min_size=1, max_size=2)
)
def test_whatever_changes_while_pages_are_read_the_next_run_knows_all(
    start: set[int], days: list[list[list[tuple[str, int]]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Between any two pages contacts are changed, made and archived; a last run after all is quiet must know the CRM as it is."""
    crm, clock, folder = HubSpot(), iter(range(1, 1_000_000)), tmp_path_factory.mktemp("crm")
    for number in start:
        crm.put("contacts", number, OLD, email=f"0@{number}.example")
    pending: list[list[tuple[str, int]]] = []
    as_of = NOW

    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("/search"):
            asked.body["limit"] = 5  # small pages, so that much happens between them
        reply = crm.answer(asked)
        for what, number in pending.pop(0) if pending else []:
            tick = as_of + timedelta(milliseconds=next(clock))
            if what == "archive" and number in crm.records["contacts"]:
                crm.archive("contacts", number, tick)
            elif what != "archive" and number not in crm.archived["contacts"]:
                crm.put("contacts", number, tick, email=f"{next(clock)}@{number}.example")
        return reply

    with serving(answer) as running:
        for day in [*days, []]:
            pending[:] = day
            land(running.url, folder, as_of)
            for batch in pending:
                batch.clear()
            as_of += DAY
    assert latest(folder) == {str(number): one.get("email") for number, one in crm.records["contacts"].items()}
    versions = landed(folder, "contact_id, updated_at, _landed_at, _is_deleted")
    assert len(versions) == len(set(versions))
