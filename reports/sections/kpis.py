"""The key figures: what marts.metric_definitions names, each with its last whole month, the month before and the way there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reports.charts import sparkline
from reports.page import Facts, Section, Table, Tile, unknown
from reports.words import BLANK, change, is_known, listed, month, of_unit, titled

_SHOWN = 13
_PERIODS = ("month", "week", "day")


@dataclass(frozen=True)
class Kpi:
    """One metric. history: its whole periods, the oldest first."""

    name: str
    label: str
    note: str
    unit: str
    better: str
    history: list[tuple[Any, float]]

    @property
    def now(self) -> float:
        return self.history[-1][1]

    @property
    def before(self) -> float | None:
        return self.history[-2][1] if len(self.history) > 1 else None

    @property
    def moved(self) -> float:
        """How much it changed against the period before, as a part of it; 0 where that is not known."""
        return (self.now - self.before) / abs(self.before) if self.before else 0.0

    @property
    def tone(self) -> str:
        if self.before is None or self.now == self.before:
            return "same"
        return "better" if (self.now > self.before) == (self.better != "down") else "worse"


def section(facts: Facts) -> Section:
    """Figures are shown in the order of their place; one with no whole period yet is told as not known."""
    defined = sorted(facts.rows("metric_definitions"), key=_place)
    if not defined:
        return unknown("kpis", "Key figures", "No key figures are known yet.")
    kpis = [_kpi(one, facts.rows("metrics")) for one in defined]
    known = [kpi for kpi in kpis if kpi.history]
    headline, brief = _headline(known, facts.currency)
    silent = [kpi.label for kpi in kpis if not kpi.history]
    return Section(
        "kpis",
        "Key figures",
        headline,
        brief,
        tiles=[_tile(kpi, facts.currency) for kpi in known],
        tables=[_table(known, facts.currency)] if known else [],
        alerts=[str(row["sentence"]) for row in facts.rows("metric_alerts") if row["severity"] == "warn"],
        note=f"Not known yet: {listed(silent)}." if silent else "",
    )


def _place(one: dict[str, Any]) -> tuple[int, float, str]:
    place = str(one.get("place", ""))
    try:
        return (0, float(place), str(one["metric"]))
    except ValueError:
        return (1, 0.0, f"{place} {one['metric']}")


def _kpi(one: dict[str, Any], metrics: list[dict[str, Any]]) -> Kpi:
    rows = [row for row in metrics if row["metric"] == one["metric"] and row["is_complete"] and is_known(row["value"])]
    for period in _PERIODS:
        history = sorted((row["period_start"], float(row["value"])) for row in rows if row["period_type"] == period)
        if history:
            break
    else:
        history = []
    return Kpi(str(one["metric"]), str(one["label"]), str(one["description"]), str(one["unit"]), str(one["better"]), history[-_SHOWN:])


def _tile(kpi: Kpi, currency: str) -> Tile:
    told = "first one" if kpi.before is None else change(kpi.now, kpi.before, kpi.unit)
    direction = "level" if kpi.before in (None, kpi.now) else "up" if kpi.now > float(kpi.before or 0) else "down"
    picture = sparkline([value for _, value in kpi.history], kpi.label) if len(kpi.history) > 2 else None
    return Tile(kpi.name, kpi.label, of_unit(kpi.now, kpi.unit, currency), told, kpi.tone, direction, kpi.note, picture)


def _headline(kpis: list[Kpi], currency: str) -> tuple[str, str]:
    """What changed most for the better and for the worse."""
    compared = sorted((kpi for kpi in kpis if kpi.before), key=lambda kpi: -abs(kpi.moved))
    if not kpis:
        return "No whole month is known yet.", ""
    when = month(max(kpi.history[-1][0] for kpi in kpis))
    told = [_told(kpi, currency) for tone in ("better", "worse") for kpi in [*(one for one in compared if one.tone == tone)][:1]]
    if not told:
        return f"{when}, the last whole month; there is none before it to compare with.", ""
    return f"{when} against the month before: {'; '.join(told)}.", f"In {when} {'; '.join(told)}."


def _told(kpi: Kpi, currency: str) -> str:
    before = 0.0 if kpi.before is None else kpi.before
    verb = "rose" if kpi.now > before else "fell"
    name = kpi.label[:1].lower() + kpi.label[1:] if kpi.label[1:2].islower() else kpi.label
    return f"{name} {verb} to {of_unit(kpi.now, kpi.unit, currency)} ({change(kpi.now, before, kpi.unit)})"


def _table(kpis: list[Kpi], currency: str) -> Table:
    periods = sorted({start for kpi in kpis for start, _ in kpi.history})[-_SHOWN:]
    rows: list[list[str]] = []
    for kpi in kpis:
        values = dict(kpi.history)
        shown = [of_unit(values[start], kpi.unit, currency) if start in values else BLANK for start in periods]
        rows.append([titled(kpi.label), kpi.note, *shown])
    head = ["figure", "what it is", *(f"{start:%b %Y}" for start in periods)]
    return Table("kpis", "Key figures by month, and what they are", head, rows)
