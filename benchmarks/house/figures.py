"""A figure: a value with what it is beside, what it should be, and whether it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

_GOAL = re.compile(r"(<=|>=) ([\d.]+)(?:(x)| (.+))")


@dataclass(frozen=True)
class Figure:
    """The fields are those of the JSON that measures print; the package says what they mean."""

    name: str
    value: float | None
    unit: str
    anchor: str = ""
    anchor_value: float | None = None
    goal: str = ""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """To the anchor; None where there is none."""
        return self.value / self.anchor_value if self.value is not None and self.anchor_value else None

    @property
    def is_met(self) -> bool | None:
        """None where there is no goal, or nothing to hold against it. Raises ValueError for a goal that cannot be read."""
        if not self.goal:
            return None
        read = _GOAL.fullmatch(self.goal)
        if read is None or (read[4] and read[4] != self.unit):
            raise ValueError(f"{self.name}: the goal {self.goal!r} is none of a value in {self.unit} or of a ratio")
        given, wanted = self.ratio if read[3] else self.value, float(read[2])
        if given is None:
            return None
        return given <= wanted if read[1] == "<=" else given >= wanted


def read(printed: str) -> list[Figure]:
    """The figures in what a measure printed: its last line. Raises ValueError where that is no such JSON."""
    last = printed.rstrip().rpartition("\n")[2]
    try:
        found = json.loads(last)["figures"]
    except (ValueError, TypeError, KeyError):
        raise ValueError(f"its last line is no JSON with figures: {last[:200]!r}") from None
    figures = [of(one) for one in found]
    for figure in figures:
        _ = figure.is_met
    return figures


def of(said: Mapping[str, Any]) -> Figure:
    """A figure from its JSON; what else stands there is left out. Raises ValueError where something is missing or of another kind."""
    known = {field.name for field in fields(Figure)}
    given = {name: value for name, value in said.items() if name in known and not (value is None and name in ("anchor", "goal", "note"))}
    try:
        figure = Figure(**given)
    except TypeError as error:
        raise ValueError(f"{said} is no figure: {error}") from None
    for name in ("value", "anchor_value"):
        if not isinstance(given.get(name), int | float | None):
            raise ValueError(f"{figure.name}: {name} {given[name]!r} is no number")
    return figure


def as_json(figures: Iterable[Figure]) -> str:
    """What a measure prints as its last line."""
    return json.dumps({"figures": [asdict(figure) for figure in figures]})
