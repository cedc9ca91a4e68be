"""The key figures: what marts.metric_definitions names, each with its last whole month, the month before and the way there. One file,
though longer than most: the card, its words and its line are read together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

from reports.charts import sparkline
from reports.page import Facts, Section, Table, Tile, unknown
from reports.words import BLANK, change, day, is_known, listed, month, of_unit, titled

_SHOWN = 13
#: What is told of; of a shop that is younger than a month, weeks, and then days.
_PERIODS = ("month", "week", "day")


@dataclass(frozen=True)
class Kpi:
    """One metric. history: its whole periods, the oldest first; NaN where there was nothing to count."""

    name: str
    label: str
    note: str
    unit: str
    better: str
    period: str
    history: list[tuple[date, float]]

    @property
    def now(self) -> float:
        return self.history[-1][1]

    @property
    def before(self) -> float:
        return self.history[-2][1] if len(self.history) > 1 else math.nan

    @property
    def is_compared(self) -> bool:
        return is_known(self.now) and is_known(self.before)

    @property
    def moved(self) -> float:
        """How much it changed against the period before, as a part of it; 0 where that is not known."""
        return abs(self.now - self.before) / abs(self.before) if self.is_compared and self.before else 0.0

    @property
    def direction(self) -> str:
        if not self.is_compared or self.now == self.before:
            return "level"
        return "up" if self.now > self.before else "down"

    @property
    def tone(self) -> str:
        if self.direction == "level":
            return "same"
        return "better" if (self.direction == "up") == (self.better != "down") else "worse"

    @property
    def when(self) -> str:
        """Its last period, as in `in May 2026`."""
        start = self.history[-1][0]
        return {"month": f"in {month(start)}", "week": f"in the week of {day(start)}", "day": f"on {day(start)}"}[self.period]


def section(facts: Facts) -> Section:
    """Figures are shown in the order of their place; one with no whole period yet is told as not known."""
    defined = sorted(facts.rows("metric_definitions"), key=_place)
    if not defined:
        return unknown("kpis", "Key figures", "No key figures are known yet.")
    metrics = [row for row in facts.rows("metrics") if row["is_complete"]]
    kpis = [_kpi(one, metrics) for one in defined]
    known = [kpi for kpi in kpis if any(is_known(value) for _, value in kpi.history)]
    headline, brief = _headline(known, facts.currency)
    silent = [kpi.label for kpi in kpis if kpi not in known]
    return Section(
        "kpis",
        "Key figures",
        headline,
        brief,
        tiles=[_tile(kpi, facts.currency, _usual(known)) for kpi in known],
        tables=[_table(known, facts.currency)] if known else [],
        alerts=[str(row["sentence"]) for row in facts.rows("metric_alerts") if row["severity"] == "warn"],
        note=f"Not known yet: {listed(silent)}." if silent else "",
    )


def _place(one: dict[str, Any]) -> tuple[float, str]:
    return (float(one["place"]) if is_known(one["place"]) else math.inf, str(one["metric"]))


def _kpi(one: dict[str, Any], metrics: list[dict[str, Any]]) -> Kpi:
    periods: dict[str, list[tuple[date, float]]] = {period: [] for period in _PERIODS}
    for row in metrics:
        if row["metric"] == one["metric"]:
            periods[str(row["period_type"])].append((row["period_start"], float(row["value"]) if is_known(row["value"]) else math.nan))
    period = next((period for period in _PERIODS if any(is_known(value) for _, value in periods[period])), "month")
    history = sorted(periods[period])[-_SHOWN:]
    return Kpi(str(one["metric"]), str(one["label"]), str(one["description"]), str(one["unit"]), str(one["better"]), period, history)


def _usual(kpis: list[Kpi]) -> str:
    """The last period of most figures."""
    ends = [kpi.when for kpi in kpis]
    return max(ends, key=ends.count) if ends else ""


def _tile(kpi: Kpi, currency: str, usual: str) -> Tile:
    if not is_known(kpi.now):
        told = f"nothing to count {kpi.when}"
    elif not is_known(kpi.before):
        told = "nothing before to compare with"
    else:
        told = change(kpi.now, kpi.before, kpi.unit)
    seen = [value for _, value in kpi.history if is_known(value)]
    picture = sparkline(seen, kpi.label) if len(seen) > 2 else None
    note = f"{kpi.note} ({kpi.when})" if kpi.when != usual else kpi.note
    label = kpi.label if kpi.when == usual else f"{kpi.label}, {kpi.when}"
    return Tile(kpi.name, label, of_unit(kpi.now, kpi.unit, currency), told, kpi.tone, kpi.direction, note, picture)


def _headline(kpis: list[Kpi], currency: str) -> tuple[str, str]:
    """What changed most for the better and for the worse, among the figures of the usual period."""
    usual = _usual(kpis)
    compared = sorted((kpi for kpi in kpis if kpi.when == usual and kpi.tone != "same"), key=lambda kpi: -kpi.moved)
    if not kpis:
        return "No whole month is known yet.", ""
    told = [_told(kpi, currency) for tone in ("better", "worse") for kpi in [*(one for one in compared if one.tone == tone)][:1]]
    if not told:
        return f"{titled(usual)} nothing changed, or there is nothing before it to compare with.", ""
    sentence = f"{titled(usual)} {', and '.join(told)}."
    return f"{sentence} Each figure is compared with the {compared[0].period} before.", sentence


def _told(kpi: Kpi, currency: str) -> str:
    verb = "rose" if kpi.direction == "up" else "fell"
    name = kpi.label[:1].lower() + kpi.label[1:] if kpi.label[1:2].islower() else kpi.label
    return f"{name} {verb} to {of_unit(kpi.now, kpi.unit, currency)} ({change(kpi.now, kpi.before, kpi.unit)})"


def _table(kpis: list[Kpi], currency: str) -> Table:
    periods = sorted({start for kpi in kpis for start, _ in kpi.history})[-_SHOWN:]
    rows: list[list[str]] = []
    for kpi in kpis:
        values = {start: value for start, value in kpi.history if is_known(value)}
        shown = [of_unit(values[start], kpi.unit, currency) if start in values else BLANK for start in periods]
        rows.append([titled(kpi.label), kpi.note, *shown])
    spell = "%b %Y" if kpis[0].period == "month" else "%d %b"
    return Table(
        "kpis", "Key figures by period, and what they are", ["figure", "what it is", *(f"{start:{spell}}" for start in periods)], rows
    )
