"""The kinds of charts: bars, stacked bars, squares, a small line. Each takes rows with ready words, in the order of their showing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
from markupsafe import Markup

from reports.drawing import drawn
from reports.ink import heat, ink

#: Pixels: the height of a bar with its gap; the width of a drawing that stands beside another, and of one that stands alone.
_ROW, _HALF, _WHOLE = 30, 360, 760
#: The width of a letter, rather too much than too little.
_LETTER = 7.6
_FIT = alt.AutoSizeParams(type="fit-x", contains="padding")
Rows = Sequence[Mapping[str, Any]]


def bars(rows: Rows, name: str, *, room: float = 0.5) -> Markup:
    """Horizontal bars. rows: label, value, text (beside the bar), words; optional colour. room: for the text, as a share of the longest."""
    shown = pd.DataFrame([{"colour": ink("accent"), **row} for row in rows])
    most = max(float(shown["value"].max()), 1e-9)
    base = alt.Chart(shown).encode(
        x=alt.X("value:Q", axis=None, scale=alt.Scale(domain=[0, most * (1 + room)], nice=False)),
        y=alt.Y("label:N", sort=None, title=None),
    )
    bar = base.mark_bar(height=18, cornerRadiusEnd=3).encode(color=alt.Color("colour:N", scale=None), description="words:N")
    text = base.mark_text(align="left", dx=6).encode(text="text:N")
    return drawn((bar + text).properties(width=_HALF, height=_ROW * len(shown), autosize=_FIT), name)


def stacked(rows: Rows, name: str, *, axis: str = ",d") -> Markup:
    """Horizontal bars of parts. rows: label, part, value, colour, words; the parts in the order of the rows, with a legend.
    axis: the format of its figures."""
    parts = {row["part"]: row["colour"] for row in rows}
    places = {part: place for place, part in enumerate(parts)}
    shown = pd.DataFrame([{**row, "place": places[row["part"]]} for row in rows])
    colours = alt.Scale(domain=list(parts), range=list(parts.values()))
    chart = (
        alt.Chart(shown)
        .mark_bar(height=20, stroke=ink("paper"), strokeWidth=1)
        .encode(
            x=alt.X("value:Q", axis=alt.Axis(format=axis, tickCount=5, labelColor=ink("soft")), title=None),
            y=alt.Y("label:N", sort=None, title=None),
            color=alt.Color("part:N", scale=colours, sort=None, legend=alt.Legend(columns=5, symbolLimit=0, labelLimit=170)),
            order="place:Q",
            description="words:N",
        )
    )
    return drawn(chart.properties(width=_WHOLE, height=(_ROW + 6) * shown["label"].nunique(), autosize=_FIT), name)


def squares(
    rows: Rows,
    name: str,
    *,
    x: str = "",
    y: str = "",
    row: int = 36,
    column: int | None = None,
    top: bool = False,
    sort: Sequence[str] | None = None,
    highest: float | None = None,
) -> Markup:
    """A grid of squares, darker where there is more. rows: x, y (in order of appearance), value, text, words.

    top: the names of the columns stand above; sort: their order, where not every row has all of them. row, column: pixels; columns of
    no given width share that of a drawing that stands beside another. highest: the value of the darkest; without it the highest of all.
    """
    highest = highest or max(float(row["value"]) for row in rows)
    shown = pd.DataFrame([{**row, **dict(zip(("colour", "letters"), heat(float(row["value"]), highest), strict=True))} for row in rows])
    base = alt.Chart(shown).encode(
        x=alt.X(
            "x:N",
            sort=list(sort) if sort else None,
            title=x or None,
            axis=alt.Axis(labelAngle=0, orient="top" if top else "bottom", labelLimit=90),
        ),
        y=alt.Y("y:N", sort=None, title=y or None),
    )
    square = base.mark_rect(cornerRadius=4, stroke=ink("paper"), strokeWidth=2).encode(
        color=alt.Color("colour:N", scale=None), description="words:N"
    )
    text = base.mark_text().encode(text="text:N", color=alt.Color("letters:N", scale=None))
    height = row * shown["y"].nunique()
    if column is None:
        return drawn((square + text).properties(width=_HALF, height=height, autosize=_FIT), name)
    return drawn((square + text).properties(width=column * shown["x"].nunique(), height=height), name)


def sparkline(values: Sequence[float], name: str) -> Markup:
    """A line without axes, its last point marked; the words beside it say what it shows."""
    shown = pd.DataFrame({"place": range(len(values)), "value": values})
    low, high = float(shown["value"].min()), float(shown["value"].max())
    margin = (high - low) * 0.15 or abs(high) * 0.1 or 1.0
    base = alt.Chart(shown).encode(
        x=alt.X("place:Q", axis=None, scale=alt.Scale(nice=False)),
        y=alt.Y("value:Q", axis=None, scale=alt.Scale(domain=[low - margin, high + margin], nice=False)),
    )
    area = base.mark_area(color=ink("accent"), opacity=0.12, interpolate="monotone").encode(y2=alt.YDatum(low - margin))
    line = base.mark_line(color=ink("accent"), strokeWidth=2, interpolate="monotone")
    last = alt.Chart(shown.tail(1)).mark_circle(color=ink("accent"), size=44, opacity=1).encode(x="place:Q", y="value:Q")
    return drawn((area + line + last).properties(width=176, height=38), name, is_decoration=True)


def forest(rows: Rows, name: str, *, axis: str = ".0%", title: str | None = None) -> Markup:
    """Points with their intervals beside a line at nothing. rows: label, value, low, high (NaN where there is none), text (at the right),
    colour, words. axis: the format of its figures.

    An interval far wider than most is cut at the edge; its text says it whole.
    """
    shown = pd.DataFrame(rows)
    for side in ("value", "low", "high"):
        shown[side] = shown[side].astype(float)
    # most intervals are seen whole: one of a small campaign would press all others into a line
    reach = shown[["value", "low", "high"]].abs().max(axis=1).dropna().sort_values()
    typical = float(reach.quantile(0.8)) if len(reach) else 1.0
    edge = max(min(typical * 1.5, float(reach.max()) if len(reach) else 1.0) * 1.05, 1e-9)
    lowest = max(-edge, min(float(shown[["value", "low"]].min().min()) * 1.05, -0.08 * edge))
    shown = shown.assign(**{side: shown[side].clip(lowest, edge) for side in ("low", "high")})
    shown["seen"] = shown["value"].where(shown["value"].between(lowest, edge))
    shown["edge"] = edge * 1.06
    # what the labels leave is shared by the intervals and the text
    text_width, labels = (_LETTER * max(len(str(row[name])) for row in rows) for name in ("text", "label"))
    room = text_width / max(_WHOLE - min(labels, 250.0) - text_width, 120.0)
    scale = alt.Scale(domain=[lowest, edge + (edge - lowest) * room], nice=False)
    step = float(f"{edge / 2:.1g}")
    ticks = [place * step for place in range(-3, 4) if lowest <= place * step <= edge]
    x = alt.X("low:Q", scale=scale, title=title, axis=alt.Axis(format=axis, values=ticks, labelColor=ink("soft")))
    base = alt.Chart(shown).encode(y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=250)))
    nothing = (
        alt.Chart(pd.DataFrame({"zero": [0.0]}))
        .mark_rule(color=ink("soft"), strokeDash=[3, 3], aria=False)
        .encode(x=alt.X("zero:Q", scale=scale))
    )
    colour = alt.Color("colour:N", scale=None)
    span = base.mark_rule(strokeWidth=3, opacity=0.75).encode(x=x, x2="high:Q", color=colour, description="words:N")
    point = (
        base.transform_filter("isValid(datum.seen)")
        .mark_circle(size=90, opacity=1, aria=False)
        .encode(x=alt.X("seen:Q", scale=scale), color=colour)
    )
    text = base.mark_text(align="left").encode(x=alt.X("edge:Q", scale=scale), text="text:N")
    return drawn((nothing + span + point + text).properties(width=_WHOLE, height=_ROW * len(shown), autosize=_FIT), name)
