"""Lists that say who is on them, and what somebody does to these by hand, for the tests of comparing."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from delivery_kit import NOW, Waits, clock
from sync_kit import Died, Lists, MergingLists, World, people

from activations.destination import ListMember, Suppression
from activations.syncs.comparison import TAKEN_OFF
from activations.syncs.findings import Findings
from activations.syncs.reconciliation import reconcile
from activations.transport.http import NoAnswer

AT_ONCE = timedelta(0)


class Read(Lists):
    """Lists who is on them, three a page. `troubles`: what the next pages meet with. `suppressed_now`: whom it does not write to."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.troubles: list[NoAnswer | str] = []
        self.suppressed_now: list[str] = []
        self.is_there = True
        self.pages = 0

    def find(self, audience: str) -> str | None:
        return f"list of {audience}" if self.is_there else None

    def members(self, target: str, cursor: str | None) -> tuple[list[ListMember], str | None]:
        assert target == "list of vips"
        meets = self.troubles.pop(0) if self.troubles else "well"
        if isinstance(meets, NoAnswer):
            raise meets
        if meets == "dies":
            raise Died
        self.pages += 1
        start, known = int(cursor or 0), list(self.people.items())
        page = [ListMember(f"at {address}", row.get("profile_id"), address.strip().lower()) for address, row in known[start : start + 3]]
        following = cursor or "0" if meets == "the same" else str(start + 3) if start + 3 < len(known) else None
        return page, following

    def suppressed(self, since: object) -> list[Suppression]:
        return [Suppression(address, "email", "unsubscribed", None) for address in self.suppressed_now]


class ReadMerging(MergingLists, Read):
    """The same, where people who share an address are one."""


def asked(world: World, *off: str, **more: Any) -> Findings:
    taken_off = pa.table({"profile_id": list(off), "address": [None] * len(off), "at": [NOW - timedelta(days=2)] * len(off)}, TAKEN_OFF)
    more = {"settled": AT_ONCE, "patience": Waits().patience(), "taken_off": lambda: taken_off} | more
    return reconcile("vips", world.lists, world.snapshots, clock, **more)


def synced(folder: Path, count: int = 10, lists: Lists | None = None) -> World:
    world = World(folder, lists or Read())
    world.bring(people(count))
    world.lists.requests.clear()
    return world


def kinds(found: Findings) -> dict[str, int]:
    return {kind: count for kind, count in found.kinds.items() if count}


def manual(lists: Lists, *addresses: str, profile_id: str | None = None) -> None:
    """Someone's work in the provider's own interface."""
    lists.people |= {address: {"profile_id": profile_id, "email": address, "phone": None} for address in addresses}


def same(address: str | None) -> str | None:
    text = (address or "").strip().lower()
    return (text if "@" in text else "".join(filter(str.isdigit, text))) or None
