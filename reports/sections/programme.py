"""What all campaigns together brought: against those who get none of them, and beside it what attribution would claim."""

from __future__ import annotations

import math
from typing import Any

from reports.cells import number, whole
from reports.charts import forest
from reports.effects import Effect, effects, programme
from reports.ink import ink
from reports.page import Chart, Facts, Section, Table, Tile, unknown
from reports.words import BLANK, Figure, between, count, money, share, signed

_MODELS = {"last_click": "Last click", "last_touch": "Last touch"}
#: The metrics that add up to something: what a row of the picture is called, its unit, and the column of the claims.
_SUMS = {"orders": ("orders", "count", "people_count"), "revenue": ("revenue", "money", "revenue_amount")}
_WITHOUT = {
    "ordered": "People who would not have ordered",
    "orders": "Orders that would not have come",
    "revenue": "Revenue that would not have come",
}
_BROUGHT = {"ordered": "people who order", "orders": "orders", "revenue": "revenue"}


def section(facts: Facts) -> Section:
    """Incremental orders and revenue, each with its interval or with what would be seen; nothing is a win before its verdict."""
    found = effects(facts.rows("effects"))
    sums = {metric: one for metric in _SUMS if (one := _of_sum(found, metric))}
    claims = facts.rows("claims")
    if all(one.verdict == "unknown" for one in sums.values()):
        told = "Not known yet: there is no control group whose days are over."
        return unknown("programme", "What the programme brought", told)
    told = _headline(sums, facts.currency)
    charts = [_chart(metric, one, claims, facts.currency) for metric, one in sums.items()]
    if (revenue := sums.get("revenue")) or claims:
        told += _beside(revenue, claims, facts.currency)
    note = (
        "The control group is drawn by chance from the same people and gets no marketing from any campaign; what the others did more is "
        "what the programme brought. Attribution gives a message every order that followed it, also those that would have come anyway."
    )
    tiles = [*(_tile(metric, one, facts.currency) for metric, one in sums.items()), *_claimed(claims, facts.currency)]
    return Section("programme", "What the programme brought", told, told, charts=charts, tiles=tiles, note=note)


def _of_sum(found: list[Effect], metric: str) -> Effect | None:
    """Orders are counted by their own metric, else by who ordered at all."""
    return programme(found, metric) or (programme(found, "ordered") if metric == "orders" else None)


def _headline(sums: dict[str, Effect], currency: str) -> str:
    """Each sum with its interval where it is proven, else what would be seen."""
    parts = []
    for metric, one in sums.items():
        name, unit = _BROUGHT[one.metric], _SUMS[metric][1]
        if one.verdict in ("open", "unknown"):
            parts.append(f"About {name}: {one.sentence}.")
            continue
        low, high = (bound * one.people for bound in (one.low, one.high))
        brought = "brought" if one.verdict == "better" else "cost"
        sum_said = f"{signed(one.effect * one.people, unit, currency)} {'of ' if unit == 'money' else ''}{name}"
        parts.append(f"Against the control group the programme {brought} {sum_said}, {between(low, high, unit, currency)}.")
    return " ".join(parts)


def _beside(revenue: Effect | None, claims: list[dict[str, Any]], currency: str) -> str:
    claimed = {str(row["model"]): number(row["revenue_amount"]) for row in claims}
    if "last_click" not in claimed:
        return ""
    return f" Attribution by last click would claim {money(claimed['last_click'], currency)} of the same people."


def _tile(metric: str, one: Effect, currency: str) -> Tile:
    label, unit = _WITHOUT[one.metric], _SUMS[metric][1]
    if one.verdict in ("open", "unknown"):
        sees = "too few people yet" if math.isnan(one.detectable) else f"would be seen from {signed(one.detectable, 'share')} on"
        return Tile(f"incremental_{metric}", label, Figure("no verdict yet", math.nan), sees, "same", "level", one.words)
    value = one.effect * one.people
    words = between(one.low * one.people, one.high * one.people, unit, currency)
    tone = "better" if one.verdict == "better" else "worse"
    return Tile(f"incremental_{metric}", label, Figure(signed(value, unit, currency), value), words, tone, "level", one.words)


def _claimed(claims: list[dict[str, Any]], currency: str) -> list[Tile]:
    return [
        Tile(
            f"claimed_{row['model']}",
            f"{_MODELS.get(str(row['model']), str(row['model']))} would claim",
            money(number(row["revenue_amount"]), currency),
            f"of {whole(row['people_count']):,} people's orders, not proven",
            "same",
            "level",
            "What attribution gives to the messages, whether or not it would have come anyway.",
        )
        for row in claims
    ]


def _chart(metric: str, one: Effect, claims: list[dict[str, Any]], currency: str) -> Chart:
    name, unit, column = _SUMS[metric]
    colour = {"better": "good", "worse": "bad"}.get(one.verdict, "soft")
    value, low, high = (figure * one.people for figure in (one.effect, one.low, one.high))
    shown = [(f"Against control: {_BROUGHT[one.metric]}", value, low, high, "no verdict" if colour == "soft" else "proven", colour)]
    for row in claims:
        claim = number(row[column])
        shown.append((f"{_MODELS.get(str(row['model']), str(row['model']))} claims", claim, math.nan, math.nan, "claimed", "warm"))
    drawn, rows = [], []
    for label, middle, least, most, what, tone in shown:
        span = "" if math.isnan(least) else f", {between(least, most, unit, currency)}"
        text = f"{signed(middle, unit, currency)}{span}" if not math.isnan(middle) else "not known yet"
        drawn.append(
            {
                "label": label,
                "value": middle,
                "low": least,
                "high": most,
                "text": text,
                "colour": ink(tone),
                "words": f"{label}: {text}, {what}",
            }
        )
        figures = [BLANK if math.isnan(cell) else _figure(cell, unit, currency) for cell in (middle, least, most)]
        rows.append([label, *figures, what])
    words = f"Of {count(one.people)} people who may get messages, beside {count(one.control_people)} who get none"
    words += (
        f" and of whom {share(one.control_value)} order anyway." if one.metric == "ordered" and not math.isnan(one.control_value) else "."
    )
    table = Table(
        f"programme_{metric}", f"{name.capitalize()} by how they are counted", ["counted", name, "at least", "at most", "which is"], rows
    )
    title = f"{name.capitalize()}: proven, and claimed"
    return Chart(title, words, forest(drawn, title, axis=",.2~s"), table, is_wide=True)


def _figure(value: float, unit: str, currency: str) -> Figure:
    return Figure(signed(value, unit, currency), value)
