"""dbt without what it does for every node and nobody asks for: half of what it costs beyond the queries.

It is done in some places of dbt 1.11 that it has for it, or nearly so; `lean` leaves all as they were. Without it all is the same, slower.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any


@contextlib.contextmanager
def lean() -> Iterator[None]:
    """For as long as the block runs, dbt in this process makes no events for debugging, each query's macros without searching, one answer
    for all queries that have none, and looks at the nodes once for all names that are asked for."""
    from dbt.context.macros import MacroNamespaceBuilder
    from dbt.graph.selector_methods import QualifiedNameSelectorMethod
    from dbt_common.clients import agate_helper
    from dbt_common.events.base_types import BaseEvent, DebugLevel, EventLevel
    from dbt_common.events.event_manager import EventManager
    from dbt_common.events.event_manager_client import ctx_set_event_manager, get_event_manager

    class Teller(EventManager):
        """dbt words each of some thirty events a node and looks for secrets in them, before it sees that their level is not asked for."""

        def fire_event(self, e: BaseEvent, level: EventLevel | None = None, *others: Any, **more: Any) -> None:
            if (level or e.level_tag()) != EventLevel.DEBUG:
                if unmade := vars(e).pop("_unmade", None):
                    makes(e, *unmade[0], **unmade[1])
                super().fire_event(e, level, *others, **more)

    def keep(event: BaseEvent, *words: Any, **said: Any) -> None:
        """What is for debugging becomes an event where it is told as something graver."""
        if isinstance(event, DebugLevel):
            vars(event)["_unmade"] = (words, said)
        else:
            makes(event, *words, **said)

    before, builds, makes = get_event_manager(), MacroNamespaceBuilder.build_namespace, BaseEvent.__init__
    empties, empty = agate_helper.empty_table, agate_helper.empty_table()  # type: ignore[no-untyped-call]
    names: dict[int, dict[str, list[str]] | None] = {}
    searches = QualifiedNameSelectorMethod.search

    def search(method: Any, included: Container[str], selector: str) -> Iterator[str]:
        """Dagster asks for each model of a run by its name; dbt tries each name on each node."""
        if id(method.manifest) not in names:
            names[id(method.manifest)] = named(list(method.non_source_nodes(_All())))
        known = names[id(method.manifest)]
        if known is None or set(selector) & _WILD:
            yield from searches(method, included, selector)  # type: ignore[arg-type]
        else:
            yield from (node for node in known.get(selector, ()) if node in included)

    ctx_set_event_manager(Teller())
    QualifiedNameSelectorMethod.search = search  # type: ignore[method-assign, assignment]
    MacroNamespaceBuilder.build_namespace = _namespace  # type: ignore[method-assign, assignment]
    BaseEvent.__init__ = keep  # type: ignore[method-assign, assignment]
    agate_helper.empty_table = lambda: empty
    try:
        yield
    finally:
        ctx_set_event_manager(before)
        MacroNamespaceBuilder.build_namespace = builds  # type: ignore[method-assign]
        BaseEvent.__init__ = makes  # type: ignore[method-assign]
        agate_helper.empty_table = empties
        QualifiedNameSelectorMethod.search = searches  # type: ignore[method-assign]


#: What makes a pattern of a name.
_WILD = frozenset("*?[]")


class _All:
    """What everything is in."""

    def __contains__(self, _: object) -> bool:
        return True


def named(nodes: Sequence[tuple[str, Any]]) -> dict[str, list[str]] | None:
    """The nodes by each name that selects them: what they are called, and each beginning of where they are, with the package or without.
    None where some have versions, which have more names than these."""
    if any(about.is_versioned for _, about in nodes):
        return None
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for node, about in nodes:
        found[about.fqn[-1]][node] = None
        for place in (about.fqn, about.fqn[1:]):
            parts = ".".join(place).split(".")
            for length in range(1, len(parts) + 1):
                found[".".join(parts[:length])][node] = None
    return {name: list(chosen) for name, chosen in found.items()}


class _Macros(dict[str, Any]):
    """The macros that a query may name, found as dbt finds them: those of its own package, of the project, of other packages, of dbt."""

    def __init__(self, local: Mapping[str, Any], project: Mapping[str, Any], packages: Mapping[str, Any], dbt: Mapping[str, Any]) -> None:
        super().__init__({**dbt, "dbt": dbt, **packages, **project, **local})
        self._packages = {**packages, "dbt": dbt}

    def get_from_package(self, package_name: str | None, name: str) -> Any:
        """The macro of a package, or of any; None where there is none."""
        from dbt.exceptions import PackageNotFoundForMacroError

        if package_name is None:
            return self.get(name)
        if package_name not in self._packages:
            raise PackageNotFoundForMacroError(package_name)
        return self._packages[package_name].get(name)


def _namespace(builder: Any, macros_by_package: Mapping[str, Mapping[str, Any]], context: dict[str, Any]) -> _Macros:
    """Of a builder of dbt's, what it builds: a thousand macros several times a node, so each is made in one step, and looked up in one."""
    from dbt.clients.jinja import MacroGenerator

    def callable_of(macro: Any) -> Any:
        made = MacroGenerator.__new__(MacroGenerator)
        made.__dict__ = {"context": context, "macro": macro, "node": builder.node, "stack": builder.thread_ctx}
        return made

    made = {package: {name: callable_of(macro) for name, macro in macros.items()} for package, macros in macros_by_package.items()}
    dbt = {name: macro for package in reversed(builder.internal_package_names_order) for name, macro in made.pop(package, {}).items()}
    return _Macros(made.get(builder.search_package, {}), made.get(builder.root_package, {}), made, dbt)
