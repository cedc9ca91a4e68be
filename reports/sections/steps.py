"""Scenarios of several messages: how many people come as far as each, and how many are lost on the way."""

from __future__ import annotations

import math
from typing import Any

from reports.cells import number, said, whole
from reports.charts import bars
from reports.effects import LEAST_PEOPLE
from reports.ink import ink
from reports.page import Chart, Facts, Section, Table, unknown, unread
from reports.words import BLANK, Figure, count, listed, named, share, titled


def section(facts: Facts) -> Section:
    """One picture for each scenario, its steps from first to last."""
    scenarios: dict[str, list[dict[str, Any]]] = {}
    for row in facts.rows("steps"):
        scenarios.setdefault(said(row["scenario"]), []).append(row)
    reached = {name: rows for name, rows in sorted(scenarios.items()) if _size(rows) >= LEAST_PEOPLE}
    charts = [_chart(name, sorted(rows, key=lambda row: whole(row["step"]))) for name, rows in reached.items()]
    title = "Scenarios, step by step"
    if not charts:
        return unknown("steps", title, unread(facts, "steps") or "No scenario of several messages has reached anybody yet.")
    told = f"{listed([titled(name) for name in reached])}: how many come as far as each step."
    note = "Who does not come to the next step has bought meanwhile, was held back, or the time for it has not come."
    return Section("steps", title, told, charts=charts, note=note)


def _size(rows: list[dict[str, Any]]) -> int:
    return max((whole(row["people_count"]) for row in rows), default=0)


def _chart(scenario: str, rows: list[dict[str, Any]]) -> Chart:
    shown, cells = [], []
    for row in rows:
        people, sent, gone_on = whole(row["people_count"]), whole(row["sent_count"]), number(row["gone_on_count"])
        went = "" if math.isnan(gone_on) or not sent else f" · {share(gone_on / sent, 0)} went on"
        label, days = titled(row["campaign"]), number(row["median_days_to_next"])
        text = f"{people:,}{went}"
        shown.append({"label": label, "value": people, "text": text, "words": f"{label}: {text}", "colour": ink("accent")})
        left = [count(whole(row[name])) for name in ("ordered_count", "left_count")]
        later = [BLANK if math.isnan(number(row[name])) else count(row[name]) for name in ("gone_on_count", "waiting_count")]
        cells.append([label, count(people), count(sent), *left, *later, BLANK if math.isnan(days) else Figure(f"{days:,.1f}", days)])
    head = ["step", "people", "messages", "ordered after it", "wanted no more", "went on", "may yet go on", "days until then, half of them"]
    table = Table(f"steps_{scenario}", f"{titled(scenario)}: what came after each step", head, cells)
    first, last = rows[0], rows[-1]
    words = f"{count(whole(first['people_count']))} people got the first message, {count(whole(last['people_count']))} the last."
    if first is last:
        words = f"{count(whole(first['people_count']))} people got the first message; nobody has got as far as the next yet."
    return Chart(titled(scenario), words, bars(shown, named(scenario), room=1.8), table)
