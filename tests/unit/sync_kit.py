"""Lists in memory that behave as providers' do, and desired tables, for the tests of syncs. One file, since they are used together."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
from delivery_kit import Waits, clock

from activations.destination import Ability, Limits, Request, Work
from activations.ledger import Ledger
from activations.ledger.database import Database
from activations.model import Accepted, Outcome, Refused
from activations.syncs.changes import Mode
from activations.syncs.report import RemovalGuard, SyncReport
from activations.syncs.snapshots import Snapshots
from activations.syncs.sync import sync

OFF = RemovalGuard(is_off=True)


class Died(BaseException):
    """Stands for kill -9: nothing in the product catches it."""


class Lists:
    """Keeps people by address, as most providers do; refuses the address 'bad'. `script`: what the next requests meet with,
    an outcome before ("lost" after) they are applied, or a death; after it all goes well.
    """

    def __init__(self, *, rows: int = 7, concurrency: int = 1, is_repeatable: bool = True) -> None:
        self.name = "lists"
        limits = Limits(rows=rows, size_bytes=100_000, concurrency=concurrency, row_bytes=1_000)
        self.abilities: Mapping[Work, Ability] = {
            Work.UPSERT: Ability(limits, is_repeatable=True),
            Work.REMOVE: Ability(limits, is_repeatable=True),
            Work.APPEND: Ability(limits, is_repeatable=is_repeatable),
        }
        self.people: dict[str, dict[str, Any]] = {}
        self.events: list[str] = []
        self.requests: list[Request] = []
        self.script: list[Outcome | str] = []
        self.account = "ours"

    def prepare(self, audience: str, columns: pa.Schema) -> str:
        return f"list of {audience}"

    def encode(self, work: Work, row: Mapping[str, Any]) -> bytes:
        return json.dumps(dict(row), default=str).encode()

    def send(self, request: Request) -> list[Outcome]:
        self.requests.append(request)
        meets = self.script.pop(0) if self.script else "well"
        if meets == "dies":
            raise Died
        if not isinstance(meets, str):
            return [meets] * len(request.rows)
        rows = [json.loads(row) for row in request.rows]
        if request.work is not Work.REMOVE and any(row["email"] == "bad" for row in rows) and len(rows) > 1:
            return [Refused("invalid_email")] * len(rows)
        outcomes: list[Outcome] = [self._apply(request.work, row) for row in rows]
        if meets == "dies after":
            raise Died
        return outcomes

    def _apply(self, work: Work, row: dict[str, Any]) -> Outcome:
        address = row["email"] or row["phone"]
        if address == "bad" and work is not Work.REMOVE:
            return Refused("invalid_email", f"{address} is no address of ann@example.com")
        if work is Work.UPSERT:
            self.people[address] = row
        elif work is Work.APPEND:
            self.events.append(row["row_id"])
        else:
            self.people.pop(address, None)
        return Accepted()


def people(count: int, row_hash: str = "1") -> dict[str, tuple[str | None, str]]:
    return {f"p{number:03d}": (f"ann{number:03d}@x.de", row_hash) for number in range(count)}


def table(rows: Mapping[str, tuple[str | None, str]]) -> pa.Table:
    """profile_id -> (email, row_hash)."""
    return pa.table(
        {
            "profile_id": pa.array(list(rows), pa.string()),
            "email": pa.array([email for email, _ in rows.values()], pa.string()),
            "row_hash": pa.array([row_hash for _, row_hash in rows.values()], pa.string()),
        }
    )


class World:
    """A provider, a ledger and the files of one test."""

    def __init__(self, folder: Path, lists: Lists | None = None) -> None:
        self.lists = lists or Lists()
        self.folder = folder
        self.ledger = Ledger(f"sqlite:///{folder}/ledger.db")
        self.snapshots = Snapshots(folder / "acknowledged", self.ledger)

    def bring(self, rows: Mapping[str, tuple[str | None, str]] | pa.Table, guard: RemovalGuard | None = OFF, **more: Any) -> SyncReport:
        desired = rows if isinstance(rows, pa.Table) else table(rows)
        more = {"mode": Mode.MIRROR, "patience": Waits().patience()} | more
        return sync("vips", desired, self.lists, self.snapshots, clock, guard=guard, **more)

    def again(self) -> None:
        """As another process would find it."""
        self.ledger.close()
        self.ledger = Ledger(f"sqlite:///{self.folder}/ledger.db")
        self.snapshots = Snapshots(self.folder / "acknowledged", self.ledger)

    def held(self) -> list[dict[str, Any]]:
        return self.snapshots.read("lists", "vips").to_pylist()


class MergingLists(Lists):
    """Knows people by an id of ours and by their address, and merges those who share one, as Klaviyo does."""

    def _apply(self, work: Work, row: dict[str, Any]) -> Outcome:
        address = row["email"] or row["phone"]
        if work is Work.APPEND or address == "bad":
            return super()._apply(work, row)
        mine = next((key for key, person in self.people.items() if row["profile_id"] and person["profile_id"] == row["profile_id"]), None)
        if work is Work.UPSERT:
            self.people.pop(mine, None)
            self.people[address] = row
        else:
            self.people.pop(mine or address, None)
        return Accepted()


@contextmanager
def dying_at(step: int | None) -> Iterator[None]:
    """Within it, life ends at the `step`th commit, rename or flush: before it (even) or right after it (odd)."""
    seen = 0

    def around(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **more: Any) -> Any:
            nonlocal seen
            seen += 1
            if step is not None and seen == step // 2:
                if step % 2 == 0:
                    raise Died
                original(*arguments, **more)
                raise Died
            return original(*arguments, **more)

        return call

    with ExitStack() as points:
        for owner, name in ((Database, "write"), (Path, "replace"), (os, "fsync"), (Path, "unlink")):
            points.enter_context(patch.object(owner, name, around(getattr(owner, name))))
        yield
