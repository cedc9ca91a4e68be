"""Altair charts to SVG, without a browser and without the network."""

from __future__ import annotations

from typing import Any

import altair as alt
from markupsafe import Markup, escape

from reports.ink import coloured, ink

#: Places are measured with letters of this size and drawn with smaller ones: those of the reader may be wider than those measured with.
_MEASURED, _DRAWN = 13.5, 12
_LETTERS = {"labelFontSize": _MEASURED, "titleFontSize": _MEASURED, "titleFontWeight": "normal"}
_AXIS = {
    **_LETTERS,
    "labelColor": ink("ink"),
    "titleColor": ink("soft"),
    "domain": False,
    "ticks": False,
    "grid": False,
    "labelPadding": 8,
    "titlePadding": 10,
    "labelLimit": 240,
}
_LOOK: dict[str, Any] = {
    "background": "transparent",
    "font": "sans-serif",
    "padding": 4,
    "view": {"stroke": None},
    "axis": _AXIS,
    "legend": {**_LETTERS, "labelColor": ink("ink"), "title": None, "orient": "top", "symbolType": "square"},
    "text": {"fontSize": _MEASURED, "color": ink("ink"), "aria": False},
}


def drawn(chart: alt.TopLevelMixin, name: str, *, is_decoration: bool = False) -> Markup:
    """The chart as an SVG element for the page, with `name` as its accessible one; each mark keeps its own words.

    is_decoration: what it shows stands in words beside it, and readers of the screen skip it.
    """
    import vl_convert

    described = chart.to_dict()
    described["config"] = _LOOK
    # no address is allowed, so nothing can be fetched; the data is in the chart
    svg = coloured(vl_convert.vegalite_to_svg(described, allowed_base_urls=[])).replace(f'"{_MEASURED}px"', f'"{_DRAWN}px"')
    spoken = 'aria-hidden="true"' if is_decoration else f'role="graphics-document" aria-roledescription="chart" aria-label="{escape(name)}"'
    # the SVG is ours: the only text in it from outside was escaped when it was drawn
    return Markup(svg.replace("<svg ", f"<svg {spoken} ", 1))  # noqa: S704
