"""The page of what the campaigns brought: which sections there are, and in which order."""

from __future__ import annotations

from collections.abc import Mapping

from reports.page import Facts
from reports.sections import alerts, experiments, held_back, lifts, past, programme, results, steps, verdicts
from reports.sheet import sheet

#: The order on the page: whether it helped, what is wrong, then how.
SECTIONS = (programme, alerts, lifts, experiments, verdicts, results, steps, held_back, past)


def campaigns(facts: Facts, others: Mapping[str, str]) -> str:
    """The page as HTML. others: what the sister pages are called, by the name of their file."""
    return sheet("What the campaigns brought", [module.section(facts) for module in SECTIONS], facts, others)
