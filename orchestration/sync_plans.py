"""What plans of syncs are made of and applied to: the exported audiences, the destinations, and what these are known to hold."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from activations.destination import Destination
from activations.ledger import Ledger
from activations.syncs.report import RemovalGuard
from activations.syncs.snapshots import Snapshots
from orchestration.delivery_policy import SyncRule
from orchestration.destinations import destinations, policy_of
from orchestration.environment import data_folder, inbox, ledger_url, prepare
from orchestration.resources import Folders, Outside, now
from orchestration.syncs import Exported, export_audiences
from orchestration.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class World:
    """made: the destinations by name; snapshots: what they hold."""

    exported: Exported
    rules: Sequence[SyncRule]
    made: Mapping[str, Destination]
    snapshots: Snapshots
    clock: Callable[[], datetime]

    def lists(self) -> Iterator[tuple[SyncRule, str]]:
        """Each rule with each exported audience that it is about."""
        for rule in self.rules:
            yield from ((rule, audience) for audience in self.exported.members if rule.takes(audience))

    def guard(self, audience: str) -> RemovalGuard:
        """Off where somebody let the removals go."""
        return RemovalGuard(is_off=audience in self.exported.approved and self.exported.members[audience] > 0)


@contextlib.contextmanager
def opened(audiences: tuple[str, ...], names: tuple[str, ...], *, asks: bool) -> Iterator[World]:
    """The world of these audiences and destinations; of all, where none is named. asks: whether providers will be asked, so that the demo's
    must run. Raises ValueError for what is not there, DestinationError, PolicyError, FileNotFoundError."""
    demo = prepare()
    folders, rules = Folders(root=str(data_folder())), [rule for rule in policy_of().syncs if not names or rule.destination in names]
    if not rules:
        raise ValueError(f"vars.syncs in dbt_project.yml names no destination {' or '.join(names)}".rstrip())
    with contextlib.ExitStack() as stack:
        if asks and demo is not None:
            stack.enter_context(inbox(demo))
        made = destinations([rule.destination for rule in rules], Outside.of_environment(), folders)
        exported = export_audiences(Warehouse(data=str(data_folder())), folders.data / "audiences", rules, now(), audiences)
        if unknown := set(audiences) - {*exported.members, *exported.held}:
            raise ValueError(f"there is no audience {', '.join(sorted(unknown))}")
        ledger = Ledger(ledger_url())
        stack.callback(ledger.close)
        yield World(exported, rules, made, Snapshots(folders.acknowledged, ledger), now)


def told(row: dict[str, Any]) -> str:
    """A sample row of a plan: what would be done, to whom (masked), and what is different."""
    different = row.get("differences") or {}
    words = ", ".join(
        f"{name}: {change[0]} -> {change[1]}" if isinstance(change, list) else f"{name} changed" for name, change in different.items()
    )
    rest = " ".join(str(value) for name, value in row.items() if name not in ("action", "differences") and value)
    return f"{row.get('action', '')} {rest}" + (f" ({words})" if words else "")
