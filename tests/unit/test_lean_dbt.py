"""dbt without its detours: a name selects the same nodes."""

from types import SimpleNamespace
from typing import Any

import pytest
from dbt.graph.selector_methods import QualifiedNameSelectorMethod

from orchestration.lean_dbt import lean

NODES = {
    "model.shop.orders": (["shop", "marts", "orders"], False),
    "model.shop.marts": (["shop", "marts", "sub", "marts"], False),
    "model.shop.order": (["shop", "marts", "order"], False),
    "model.shop.dotted": (["shop", "marts", "with.dots"], False),
    "model.other.orders": (["other", "shop", "orders"], False),
    "test.shop.unique_orders": (["shop", "marts", "unique_orders"], False),
}
VERSIONS = {f"model.shop.many.v{number}": (["shop", "marts", "many", f"v{number}"], True) for number in (1, 2)}
NAMES = (
    "shop", "shop.marts", "marts", "orders", "order", "shop.marts.orders", "marts.orders", "shop.orders", "with", "with.dots", "dots",
    "shop.marts.with", "shop.marts.with.dots", "marts.with.dots.more", "many", "many.v1", "many_v1", "v1", "shop.marts.many",
    "marts.many.v2", "shop.marts.many.v2", "nothing", "", "sho", "shop.", "ord*", "shop.*.orders", "m?rts.orders", "many.v[12]",
)  # fmt: skip


def found(included: set[str], known: dict[str, tuple[list[str], bool]]) -> dict[str, list[str]]:
    nodes = {name: SimpleNamespace(fqn=fqn, is_versioned=is_versioned) for name, (fqn, is_versioned) in known.items()}
    kinds = ("exposures", "metrics", "unit_tests", "semantic_models", "saved_queries", "functions", "sources")
    manifest: Any = SimpleNamespace(nodes=nodes, **{kind: {} for kind in kinds})
    method = QualifiedNameSelectorMethod(manifest, None, [])
    return {name: sorted(method.search(included, name)) for name in NAMES}  # type: ignore[arg-type]


@pytest.mark.parametrize("known", [NODES, NODES | VERSIONS])
def test_a_name_selects_what_it_selects_without(known: dict[str, tuple[list[str], bool]]) -> None:
    for included in (set(known), {"model.shop.orders", "model.shop.many.v2"}, set[str]()):
        usual = found(included, known)
        with lean():
            assert found(included, known) == usual
    assert found(set(known), known)["shop.marts.orders"] == ["model.shop.orders"]
