"""The tests of one model asked in one query: each is declared, and told of, by itself; dbt runs one node for all of them.

What dbt spends on a test, whatever its rows, is many times what the question costs. A node of the run asks all of a model's tests that
hold when they find no row; where one finds some, the same query says which and how many.
"""

from __future__ import annotations

import copy
import dataclasses
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest
    from dbt.contracts.graph.nodes import GenericTestNode

#: How a test says that no row may be found, which is how all do that say nothing else.
FINDS_NONE = {"fail_calc": "count(*)", "warn_if": "!= 0", "error_if": "!= 0", "limit": None}


@dataclasses.dataclass(frozen=True)
class Joined:
    """A project whose tests are asked together. members: the tests by the id of the node that asks them."""

    manifest: Manifest
    members: dict[str, tuple[str, ...]]

    def apart(self, said: dict[str, Any], found: Callable[[str], dict[str, int]]) -> Iterator[dict[str, Any]]:
        """What dbt would have said of each test, of what it said of a node. found: by test the rows that the SQL of a node finds."""
        data = said["data"]
        node, status = data["node_info"]["unique_id"], data["node_info"]["node_status"]
        if node not in self.members:
            yield said
            return
        is_counted = status in ("fail", "warn")
        rows = found(str(getattr(self.manifest.nodes[node], "compiled_code", ""))) if is_counted else {}
        for test in self.members[node]:
            name, count = test.split(".")[2], rows.get(test, 0)
            about = {"unique_id": test, "node_name": name, "node_status": "pass" if is_counted and not count else status}
            yield {**said, "data": {**data, "name": name, "num_failures": count, "node_info": {**data["node_info"], **about}}}


def joined(manifest: Manifest) -> Joined:
    """The same project with the tests of each model joined that are as bad and about the same rows; what is given stays as it is."""
    from dbt.contracts.graph.nodes import GenericTestNode

    alike: dict[tuple[str, str, str], list[GenericTestNode]] = defaultdict(list)
    for node in manifest.nodes.values():
        if isinstance(node, GenericTestNode) and _can_be_joined(node):
            alike[str(node.attached_node), node.config.severity.upper(), node.config.where or ""].append(node)
    nodes, members, named = dict(manifest.nodes), dict[str, tuple[str, ...]](), Counter[str]()
    for (model, *_), tests in sorted(alike.items()):
        if len(tests) == 1:
            continue
        for test in tests:
            del nodes[test.unique_id]
        named[model] += 1
        together = _together(tests, f"tests_of_{model.split('.')[-1]}" + (f"_{named[model]}" if named[model] > 1 else ""))
        nodes[together.unique_id] = together
        members[together.unique_id] = tuple(test.unique_id for test in tests)
    return Joined(dataclasses.replace(manifest, nodes=nodes), members)


def _can_be_joined(test: GenericTestNode) -> bool:
    """Whether it is a test of one model that holds when it finds no row, and whose arguments are plain values."""
    if test.depends_on.nodes != [test.attached_node] or test.config.store_failures:
        return False
    if any(getattr(test.config, name) != usual for name, usual in FINDS_NONE.items()):
        return False
    return all(_is_plain(value) for name, value in test.test_metadata.kwargs.items() if name != "model")


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(_is_plain(part) for part in value)
    return isinstance(value, bool | int) or (isinstance(value, str) and not set(value) & set("{("))  # neither Jinja nor var('...')


def _together(tests: Sequence[GenericTestNode], name: str) -> GenericTestNode:
    """One test node in the place of some: it finds as many rows as they do."""
    node = copy.deepcopy(tests[0])
    node.unique_id = f"test.{node.package_name}.{name}"
    node.name = node.alias = name
    node.path = f"{name}.sql"
    node.fqn = [*node.fqn[:-1], name]
    node.column_name = None
    node.config.fail_calc = "cast(coalesce(sum(found_count), 0) as bigint)"
    node.depends_on.macros = sorted({macro for test in tests for macro in test.depends_on.macros})
    node.raw_code = "\nunion all\n".join(
        f"select '{test.unique_id}' as test_id, count(*) as found_count from ({_asked(test)}) as test_{place}"
        for place, test in enumerate(tests)
    )
    node.test_metadata = dataclasses.replace(node.test_metadata, name="together", namespace=None, kwargs={})
    return node


def _asked(test: GenericTestNode) -> str:
    """The call of a test's macro, with what it was declared with."""
    given = dict(test.test_metadata.kwargs)
    model = str(given.pop("model")).strip().removeprefix("{{").removesuffix("}}").strip()
    arguments = [f"model={model}", *(f"{name}={json.dumps(value)}" for name, value in given.items())]
    about = test.test_metadata
    return f"{{{{ {about.namespace + '.' if about.namespace else ''}test_{about.name}({', '.join(arguments)}) }}}}"
