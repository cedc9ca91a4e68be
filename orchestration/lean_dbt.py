"""dbt without what it does for every node and nobody asks for: half of what it costs beyond the queries.

It is done in some places of dbt 1.11 that it has for it, or nearly so; `lean` leaves all as they were. Without it all is the same, slower.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any


@contextlib.contextmanager
def lean() -> Iterator[None]:
    """For as long as the block runs, dbt in this process makes no events for debugging, each query's macros without searching, and one
    answer for all queries that have none."""
    from dbt.context.macros import MacroNamespaceBuilder
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
    ctx_set_event_manager(Teller())
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
