"""What is far from usual now: which step, of what, and the likely cause."""

from __future__ import annotations

from reports.cells import said
from reports.page import Facts, Section, unknown
from reports.words import count


def section(facts: Facts) -> Section:
    """The alerts that are open, those that matter most first."""
    rows = facts.rows("alerts")
    if not rows:
        return unknown(
            "alerts", "Alerts", "Nothing is far from usual: sends, arrivals, opens, clicks, opt-outs and orders are as on such days."
        )
    told = f"{count(len(rows))} {'thing is' if len(rows) == 1 else 'things are'} far from usual."
    sentences = [said(row["sentence"]) for row in rows]
    return Section("alerts", "Alerts", told, told, alerts=sentences, alerts_title="Open")
