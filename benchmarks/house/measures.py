"""A measure: which module takes it, with what at each size, what is wanted of it; and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib.util import find_spec
from typing import Any

from benchmarks.house import figures
from benchmarks.house.figures import Figure

SIZES = ("S", "M", "L")


@dataclass(frozen=True)
class Measure:
    """says: what it measures, in a few words. module: run as `python -m module ARGUMENTS --json`. sizes: the arguments at each size that it
    makes sense at. goals: by the figure's name, one for all sizes or by size. reasons: by the figure's name, why a goal is missed, as far
    as it is known. needs: modules without which it cannot run."""

    name: str
    says: str
    module: str
    sizes: Mapping[str, tuple[str, ...]]
    goals: Mapping[str, str | Mapping[str, str]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    takes_data: bool = False

    def hindrance(self, size: str) -> str:
        """Why it cannot be taken, empty where nothing stands against it."""
        if size not in self.sizes:
            return f"not taken at {size}, but at {', '.join(self.sizes)}"
        missing = [name for name in (self.module, *self.needs) if not _is_there(name)]
        return f"needs {', '.join(missing)}, which is not here" if missing else ""

    def judged(self, size: str, found: list[Figure]) -> list[Figure]:
        """The figures with the goals of this size, and the reasons of those that miss theirs."""
        judged = []
        for figure in found:
            declared = self.goals.get(figure.name, figure.goal)
            figure = replace(figure, goal=declared if isinstance(declared, str) else declared.get(size, ""))
            if figure.is_met is False and figure.name in self.reasons:
                figure = replace(figure, note=f"{figure.note}; {self.reasons[figure.name]}".removeprefix("; "))
            judged.append(figure)
        return judged


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


@dataclass
class Taken:
    """What came of a measure. failure: why there are no figures, or not all. seconds, cpu_seconds, peak_gib: of its processes together,
    the last of the largest one (what they left to daemons is not counted). elsewhere_pct: how much of the machine others had meanwhile.
    printed: the end of what it printed."""

    measure: str
    figures: list[Figure] = field(default_factory=list)
    failure: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_gib: float = 0.0
    elsewhere_pct: float = 0.0
    printed: str = ""

    def as_said(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Taken:
        """The same from JSON."""
        return cls(**{**said, "figures": [figures.of(one) for one in said["figures"]]})
