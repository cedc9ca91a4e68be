"""Sections become one file of HTML, which needs no other file and no network; its policy forbids both, its links lead to its sisters."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Mapping, Sequence

import jinja2
from markupsafe import Markup

from reports.ink import properties
from reports.page import Facts, Section
from reports.words import Figure, day


def sheet(title: str, sections: Sequence[Section], facts: Facts, others: Mapping[str, str], lead: str = "") -> str:
    """The page. title: its heading; lead: a sentence under it; others: what the sister pages are called, by the name of their file in
    the same folder."""
    pages = jinja2.Environment(loader=jinja2.PackageLoader("reports"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    pages.tests["figure"] = lambda cell: isinstance(cell, Figure)
    pages.filters["exact"] = _exact
    style = pages.get_template("page.css").render(light=properties(is_dark=False), dark=properties(is_dark=True))
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return pages.get_template("page.html").render(
        title=title,
        lead=lead,
        sections=sections,
        briefs=[section for section in sections if section.brief],
        others=others,
        as_of=facts.as_of,
        as_of_words=f"{day(facts.as_of)}, {facts.as_of:%H:%M} UTC",
        currency=facts.currency,
        style=Markup(style),  # noqa: S704 (ours: a template and the colours of reports.ink)
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
    )


def _exact(figure: Figure) -> str:
    return "" if math.isnan(figure.value) else repr(figure.value)
