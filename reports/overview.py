"""The page of what the shop knows: which sections there are, and in which order."""

from __future__ import annotations

from typing import Any

from reports.page import Facts
from reports.sections import audiences, cohorts, data, funnel, interests, kpis, lifecycle, messages, reach, segments
from reports.sheet import sheet

#: The order on the page. A new section is a module of `sections` and its place here.
SECTIONS = (kpis, segments, cohorts, funnel, lifecycle, interests, reach, audiences, messages, data)


def overview(facts: Facts) -> str:
    """The report as HTML."""
    return sheet(
        "What the shop knows", [module.section(facts) for module in SECTIONS], facts, {"campaigns.html": "What the campaigns brought"}
    )


def figures(facts: Facts) -> dict[str, Any]:
    """What the next report compares with."""
    return {"as_of": facts.as_of.isoformat(), "audiences": audiences.figures(facts)}
