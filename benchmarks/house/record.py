"""A run of the house as a JSON file, to compare with."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.house.measures import Taken


@dataclass
class Record:
    """A run: when, of which commit, at which size, on what machine, and what came of each measure."""

    at: str
    commit: str
    size: str
    machine: dict[str, Any]
    taken: list[Taken] = field(default_factory=list)

    @property
    def file_name(self) -> str:
        """The files of a folder sort by date."""
        return f"{self.at.replace(':', '')}_{self.commit}_{self.size}.json"

    def write(self, folder: Path) -> Path:
        """Whole or not at all, so that a run that is cut off leaves what it had; returns where."""
        folder.mkdir(parents=True, exist_ok=True)
        said = {"at": self.at, "commit": self.commit, "size": self.size, "machine": self.machine}
        place, unfinished = folder / self.file_name, folder / f".{self.file_name}.part"
        unfinished.write_text(json.dumps({**said, "measures": [one.as_said() for one in self.taken]}, indent=1) + "\n")
        unfinished.replace(place)
        return place

    @classmethod
    def read(cls, file: Path) -> Record:
        """Raises ValueError where it is no such file."""
        try:
            said = json.loads(file.read_text())
            return cls(*(said[name] for name in ("at", "commit", "size", "machine")), [Taken.of(one) for one in said["measures"]])
        except (OSError, KeyError, TypeError) as error:
            raise ValueError(f"{file} is no run of the benchmarks: {error}") from None


def default_folder() -> Path:
    """Where runs are kept: outside the clone, and not where caches are emptied."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "regulars" / "benchmarks"


def latest(folder: Path, size: str) -> Path | None:
    """The last run of a size that is kept, None where there is none."""
    return max(folder.glob(f"*_{size}.json"), default=None, key=lambda file: file.name)
