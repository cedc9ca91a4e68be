"""Scenarios of several messages: how many people come as far as each, and how many are lost on the way."""

from __future__ import annotations

from typing import Any

from reports.cells import said, whole
from reports.charts import bars
from reports.effects import LEAST_PEOPLE
from reports.ink import ink
from reports.page import Chart, Facts, Section, Table, unknown
from reports.words import BLANK, count, listed, named, share, titled

DAYS = 90


def section(facts: Facts) -> Section:
    """One picture for each scenario, its steps from first to last."""
    scenarios: dict[str, list[dict[str, Any]]] = {}
    for row in facts.rows("steps"):
        scenarios.setdefault(said(row["scenario"]), []).append(row)
    reached = {name: rows for name, rows in sorted(scenarios.items()) if _size(rows) >= LEAST_PEOPLE}
    charts = [_chart(name, sorted(rows, key=lambda row: whole(row["step"]))) for name, rows in reached.items()]
    title = "Scenarios, step by step"
    if not charts:
        return unknown("steps", title, "No scenario of several messages has reached anybody yet.")
    told = f"{listed([titled(name) for name in reached])}: how many come as far as each step."
    note = "Who does not come to the next step has bought meanwhile, was held back, or the time for it has not come."
    return Section("steps", title, told, charts=charts, note=note)


def _size(rows: list[dict[str, Any]]) -> int:
    return max((whole(row["people_count"]) for row in rows), default=0)


def _chart(scenario: str, rows: list[dict[str, Any]]) -> Chart:
    shown, cells, before = [], [], 0
    for row in rows:
        people, ordered = whole(row["people_count"]), whole(row["ordered_count"])
        of_before = share(people / before, 0) if before else ""
        text = f"{people:,}" + (f" · {of_before} of the step before" if of_before else "")
        label = titled(row["campaign"])
        shown.append({"label": label, "value": people, "text": text, "words": f"{label}: {text}", "colour": ink("accent")})
        cells.append([label, count(people), share(people / before) if before else BLANK, count(ordered)])
        before = people
    table = Table(
        f"steps_{scenario}", f"{titled(scenario)}: people by step", ["step", "people", "of the step before", "ordered after it"], cells
    )
    words = f"{count(whole(rows[0]['people_count']))} people got the first message, {count(whole(rows[-1]['people_count']))} the last."
    return Chart(titled(scenario), words, bars(shown, named(scenario), room=0.9), table)
