"""The tests of a model are asked in one query: none is lost by it, each asks what it asks alone, and each is told by itself."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from orchestration.building import read_project
from orchestration.joined_tests import Joined, joined

PROJECT = Path(__file__).parents[2] / "dbt_project"


@pytest.fixture(scope="module")
def project() -> Any:
    return read_project(PROJECT)


@pytest.fixture(scope="module")
def together(project: Any) -> Joined:
    return joined(project)


def declared(manifest: Any) -> dict[str, Any]:
    return {name: node for name, node in manifest.nodes.items() if node.resource_type == "test"}


def test_every_test_is_asked_once_and_the_project_is_otherwise_the_same(project: Any, together: Joined) -> None:
    asked = Counter(test for members in together.members.values() for test in members)
    asked.update(declared(together.manifest).keys() - together.members.keys())
    assert asked == Counter(declared(project).keys()), "declared and asked"
    rest = project.nodes.keys() - declared(project).keys()
    assert together.manifest.nodes.keys() - declared(together.manifest).keys() == rest
    assert all(together.manifest.nodes[name] is project.nodes[name] for name in rest)
    assert len(declared(together.manifest)) < len(declared(project)) / 2


def test_each_is_as_bad_as_it_is_alone_and_about_the_same_rows(project: Any, together: Joined) -> None:
    for name, members in together.members.items():
        node = together.manifest.nodes[name]
        for member in (project.nodes[test] for test in members):
            assert member.attached_node == node.attached_node and member.depends_on.nodes == node.depends_on.nodes
            assert member.config.severity == node.config.severity and member.config.where == node.config.where
            assert (member.config.fail_calc, member.config.error_if, member.config.warn_if) == ("count(*)", "!= 0", "!= 0")
            (asked,) = (line for line in node.raw_code.split("\nunion all\n") if f"'{member.unique_id}'" in line)
            assert f"test_{member.test_metadata.name}(model=get_where_subquery(ref('{member.attached_node.split('.')[-1]}'))" in asked
            if member.column_name:
                assert f'column_name="{member.column_name}"' in asked


def test_what_counts_otherwise_or_is_about_more_than_one_model_is_asked_alone(project: Any, together: Joined) -> None:
    alone = declared(together.manifest).keys() - together.members.keys()
    for name, test in declared(project).items():
        if test.config.error_if != "!= 0" or len(test.depends_on.nodes) != 1:
            assert name in alone


@pytest.mark.parametrize("status", ["fail", "warn"])
def test_those_that_fail_are_told_apart_from_those_that_hold(together: Joined, status: str) -> None:
    name, members = next((name, members) for name, members in together.members.items() if len(members) > 2)
    said = {"info": {"name": "LogTestResult"}, "data": {"num_failures": 3, "node_info": {"unique_id": name, "node_status": status}}}
    told = list(together.apart(said, lambda _: {members[1]: 3}))
    assert [one["data"]["node_info"]["unique_id"] for one in told] == list(members)
    assert [one["data"]["node_info"]["node_status"] for one in told] == ["pass", status, *["pass"] * (len(members) - 2)]
    assert [one["data"]["num_failures"] for one in told] == [0, 3, *[0] * (len(members) - 2)]


def test_a_query_that_cannot_be_asked_holds_for_none_of_them(together: Joined) -> None:
    name, members = next(iter(together.members.items()))
    said = {"info": {}, "data": {"node_info": {"unique_id": name, "node_status": "error"}}}
    told = list(together.apart(said, lambda _: pytest.fail("there is nothing to count")))
    assert {one["data"]["node_info"]["node_status"] for one in told} == {"error"} and len(told) == len(members)
