"""Altair charts to SVG, without a browser and without the network."""

from __future__ import annotations

from typing import Any

import altair as alt
from markupsafe import Markup, escape

from reports.ink import coloured, ink

_LETTERS = {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal"}
_AXIS = {
    **_LETTERS,
    "labelColor": ink("ink"),
    "titleColor": ink("soft"),
    "domain": False,
    "ticks": False,
    "grid": False,
    "labelPadding": 8,
    "titlePadding": 10,
    "labelLimit": 190,
}
_LOOK: dict[str, Any] = {
    "background": "transparent",
    "font": "sans-serif",
    "padding": 4,
    "view": {"stroke": None},
    "axis": _AXIS,
    "legend": {**_LETTERS, "labelColor": ink("ink"), "title": None, "orient": "top", "symbolType": "square"},
    "text": {"fontSize": 12, "color": ink("ink"), "aria": False},
}


def drawn(chart: alt.TopLevelMixin, name: str, *, is_decoration: bool = False) -> Markup:
    """The chart as an SVG element for the page, with `name` as its accessible one; each mark keeps its own words.

    is_decoration: what it shows stands in words beside it, and readers of the screen skip it.
    """
    import vl_convert

    described = chart.to_dict()
    described["config"] = _LOOK
    # no address is allowed, so nothing can be fetched; the data is in the chart
    svg = coloured(vl_convert.vegalite_to_svg(described, allowed_base_urls=[]))
    spoken = 'aria-hidden="true"' if is_decoration else f'role="graphics-document" aria-roledescription="chart" aria-label="{escape(name)}"'
    # the SVG is ours: the only text in it from outside was escaped when it was drawn
    return Markup(svg.replace("<svg ", f"<svg {spoken} ", 1))  # noqa: S704
