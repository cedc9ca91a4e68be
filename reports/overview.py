"""The page as a whole: which sections there are, in which order, and how they become one file of HTML."""

from __future__ import annotations

import base64
import hashlib
import math
from typing import Any

import jinja2
from markupsafe import Markup

from reports.ink import properties
from reports.page import Facts
from reports.sections import audiences, cohorts, data, funnel, interests, kpis, lifecycle, messages, reach, segments
from reports.words import Figure, day

#: The order on the page. A new section is a module of `sections` and its place here.
SECTIONS = (kpis, segments, cohorts, funnel, lifecycle, interests, reach, audiences, messages, data)


def overview(facts: Facts) -> str:
    """The report as HTML that needs no other file and no network; its policy forbids both."""
    made = [module.section(facts) for module in SECTIONS]
    pages = jinja2.Environment(loader=jinja2.PackageLoader("reports"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    pages.tests["figure"] = lambda cell: isinstance(cell, Figure)
    pages.filters["exact"] = _exact
    style = pages.get_template("overview.css").render(light=properties(is_dark=False), dark=properties(is_dark=True))
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return pages.get_template("overview.html").render(
        sections=made,
        briefs=[section for section in made if section.brief],
        as_of=facts.as_of,
        as_of_words=f"{day(facts.as_of)}, {facts.as_of:%H:%M} UTC",
        currency=facts.currency,
        style=Markup(style),  # noqa: S704 (ours: a template and the colours of reports.ink)
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
    )


def figures(facts: Facts) -> dict[str, Any]:
    """What the next report compares with."""
    return {"as_of": facts.as_of.isoformat(), "audiences": audiences.figures(facts)}


def _exact(figure: Figure) -> str:
    return "" if math.isnan(figure.value) else repr(figure.value)
