"""What a sync would say, without saying it: counts, differences by field, samples; saved, and applied only to the same world.

A plan is a folder with `plan.json` and `rows.parquet` (one row per change: `action`, the key, `differences` as JSON, old and new by
field). Of addresses and names it says that they change, never what they are. A little longer than most files.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from activations.destination import Destination
from activations.syncs.changes import Changes, Mode, write_changes
from activations.syncs.outset import Outset, outset
from activations.syncs.plan_rows import write_rows
from activations.syncs.report import RemovalGuard
from activations.syncs.rows import ARROW
from activations.syncs.snapshots import Snapshots

_SECRET = ("key", "token", "secret", "password", "auth", "sid")


class PlanOutdatedError(ValueError):
    """The world is another one than when the plan was made."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Counts of what a sync would do; `fields`: how many updates change which column; `samples`: some of its rows."""

    audience: str
    destination: str
    mode: str
    made_at: str
    members: int
    """Rows that are desired."""
    held: int
    """Rows that the provider holds."""
    created: int
    updated: int
    removed: int
    kept: int
    """Rows that are desired no more and stay all the same: their address is still desired, or has a new owner."""
    waiting: int
    """Rows that the provider refused before, and that are not tried now."""
    refused: str | None
    """Why the removal guard would not let it happen."""
    fields: dict[str, int] = field(default_factory=dict)
    samples: list[dict[str, Any]] = field(default_factory=list)
    world: dict[str, str] = field(default_factory=dict)
    """What the plan was made of, to be compared when it is applied."""

    def save(self, folder: Path) -> None:
        """Beside the rows that `plan` wrote there."""
        (folder / "plan.json").write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Plan":
        """As it was saved. Raises ValueError for a folder without a plan."""
        path = folder / "plan.json"
        if not path.exists():
            raise ValueError(f"there is no plan in {folder.name}: the file plan.json is missing")
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def sentences(self) -> list[str]:
        """The plan in words."""
        name = f"{self.audience} at {self.destination} ({self.mode})"
        counts = f"{self.created} to create, {self.updated} to update, {self.removed} to remove"
        lines = [f"{name}: {counts}; {self.held} are held, {self.members} desired"]
        lines += [f"{count} updates change {column}" for column, count in sorted(self.fields.items(), key=lambda some: -some[1])]
        lines += [f"{self.waiting} were refused before and are not tried now"] if self.waiting else []
        lines += [f"it would be refused: {self.refused}"] if self.refused else []
        return lines

    def check(self, found: Outset, destination: Destination, mode: Mode, changes: Changes) -> None:
        """Raises PlanOutdatedError, which says what is different now."""
        now = _world(found, destination, mode, changes)
        if changed := [name for name, value in self.world.items() if now.get(name) != value]:
            what = " and ".join(changed)
            raise PlanOutdatedError(
                f"the plan for {self.audience} at {self.destination} of {self.made_at} does not hold any more: "
                f"{what} changed since; make a new plan. Nothing was sent"
            )


def plan(
    audience: str,
    desired: pa.Table | Path,
    destination: Destination,
    snapshots: Snapshots,
    clock: Callable[[], datetime],
    folder: Path,
    *,
    mode: Mode = Mode.MIRROR,
    guard: RemovalGuard | None = None,
) -> Plan:
    """Makes and saves in `folder` what `sync` with the same arguments would do now. Asks the provider nothing. Raises as `sync` does.

    `sync(…, plan=Plan.load(folder))` then does that and nothing else, or raises PlanOutdatedError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with outset(audience, desired, destination, snapshots, clock(), mode) as found:
        path = folder / f"changes{ARROW}"
        waiting = found.files.waiting(found.current.generation)
        try:
            changes = write_changes(path, found.desired, found.known, found.change, mode, waiting, clock())
            rows = write_rows(folder / "rows.parquet", path, found.known, mode)
        finally:
            path.unlink(missing_ok=True)
        gone = len(found.change.gone) if mode is Mode.MIRROR else 0
        made = Plan(
            audience,
            destination.name,
            str(mode),
            clock().isoformat(timespec="seconds"),
            found.desired.count,
            found.current.members,
            changes.created,
            changes.updated,
            changes.removals,
            changes.silent,
            changes.waiting,
            (guard or RemovalGuard()).objection(found.desired.count, found.current.members, gone),
            rows.fields,
            rows.samples,
            _world(found, destination, mode, changes),
        )
    made.save(folder)
    return made


def _world(found: Outset, destination: Destination, mode: Mode, changes: Changes) -> dict[str, str]:
    return {
        "what is desired": found.change.fingerprint,
        "what the provider holds": found.current.generation or "",
        "the mode": str(mode),
        "the destination's settings": _settings(destination),
        "which rows are due again": f"{changes.total}/{changes.waiting}",
    }


def _settings(destination: Destination) -> str:
    """A hash over what the destination was made with, its secrets left out: another key is the same destination."""
    told = [type(destination).__qualname__, destination.name, repr(sorted(destination.abilities.items()))]
    for name, value in sorted(vars(destination).items()) if hasattr(destination, "__dict__") else ():
        if isinstance(value, str | int | float | Path) and not any(word in name.lower() for word in _SECRET):
            told.append(f"{name}={value}")
        if isinstance(address := getattr(value, "base_url", None), str):
            told.append(f"{name} at {address}")
    return hashlib.sha256("\n".join(told).encode()).hexdigest()
