"""Who moved from where to where: two columns of names, and bands between them as thick as the people who moved are many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd
from markupsafe import Markup

from reports.drawing import drawn
from reports.ink import ink

#: Pixels: a name needs so much height, and so much stands between two; a band is drawn in so many points.
_LEAST, _GAP, _POINTS = 15.0, 7.0, 21


@dataclass(frozen=True)
class Move:
    """So many people moved from one name to another. colour: a placeholder of reports.ink; words: for readers of the screen."""

    origin: str
    target: str
    people: int
    colour: str
    words: str


@dataclass(frozen=True)
class _Column:
    """One side: how many people stand at each name, and where its slot begins (pixels from the top)."""

    sums: Mapping[str, int]
    tops: Mapping[str, float]
    scale: float

    @property
    def depth(self) -> float:
        return max((top + max(self.sums[name] * self.scale, _LEAST) for name, top in self.tops.items()), default=_LEAST)

    def start(self, name: str) -> float:
        """Where the bar begins; one thinner than its slot stands in the slot's middle."""
        return self.tops[name] + max(0.0, (_LEAST - self.sums[name] * self.scale) / 2)


def flows(moves: Sequence[Move], order: Sequence[str], name: str, *, height: int = 300, width: int = 470) -> Markup:
    """order: of the names from top to bottom, on both sides; it holds every name of the moves."""
    scale = height / max(sum(move.people for move in moves), 1)
    left = _column({move: move.origin for move in moves}, order, scale)
    right = _column({move: move.target for move in moves}, order, scale)
    depth = max(left.depth, right.depth)
    bands, nodes = _bands(moves, order, left, right), pd.concat([_nodes(left, 0.0), _nodes(right, 1.0)])
    scaled = alt.Scale(domain=[depth, 0], nice=False)
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, 1], nice=False))
    y = alt.Y("y:Q", axis=None, scale=scaled)
    area = (
        alt.Chart(bands)
        .mark_area(opacity=0.62)
        .encode(x=x, y=y, y2="until:Q", detail="band:N", color=alt.Color("colour:N", scale=None), description="words:N")
    )
    layers = [area, alt.Chart(nodes).mark_rule(strokeWidth=5, color=ink("ink"), aria=False).encode(x=x, y=y, y2="until:Q")]
    for side, align, shift in ((0, "right", -9), (1, "left", 9)):
        names = alt.Chart(nodes[nodes["x"] == side]).mark_text(align=align, dx=shift, baseline="middle")  # type: ignore[arg-type]
        layers.append(names.encode(x=x, y=alt.Y("middle:Q", axis=None, scale=scaled), text="text:N"))
    return drawn(alt.layer(*layers).properties(width=width, height=depth), name)


def _column(names: Mapping[Move, str], order: Sequence[str], scale: float) -> _Column:
    sums: dict[str, int] = defaultdict(int)
    for move, name in names.items():
        sums[name] += move.people
    tops, top = {}, 0.0
    for name in order:
        if name in sums:
            tops[name] = top
            top += max(sums[name] * scale, _LEAST) + _GAP
    return _Column(sums, tops, scale)


def _nodes(column: _Column, x: float) -> pd.DataFrame:
    rows = []
    for name in column.tops:
        start, thick = column.start(name), column.sums[name] * column.scale
        rows.append((x, start, start + max(thick, 1.5), start + thick / 2, f"{name}  {column.sums[name]:,}"))
    return pd.DataFrame(rows, columns=["x", "y", "until", "middle", "text"])


def _bands(moves: Sequence[Move], order: Sequence[str], left: _Column, right: _Column) -> pd.DataFrame:
    """The outline of each band in points of a smooth S; at a bar the bands lie in the order of the other side."""
    place = {name: number for number, name in enumerate(order)}
    starts = {name: left.start(name) for name in left.tops}
    ends = {name: right.start(name) for name in right.tops}
    above: dict[Move, float] = {}
    for move in sorted(moves, key=lambda one: (place[one.origin], place[one.target])):
        above[move] = starts[move.origin]
        starts[move.origin] += move.people * left.scale
    rows = []
    for number, move in enumerate(sorted(moves, key=lambda one: (place[one.target], place[one.origin]))):
        thick, end = move.people * right.scale, ends[move.target]
        ends[move.target] += thick
        for step in range(_POINTS):
            part = step / (_POINTS - 1)
            y = above[move] + (end - above[move]) * part * part * (3 - 2 * part)
            rows.append((number, part, y, y + max(thick, 0.75), move.colour, move.words))
    return pd.DataFrame(rows, columns=["band", "x", "y", "until", "colour", "words"])
