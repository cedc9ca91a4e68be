"""Who can be written to: of all people, those with an address, with consent, and those that nothing stands against."""

from __future__ import annotations

from typing import Any

from reports.charts import bars
from reports.ink import ink
from reports.page import Chart, Facts, Section, Table, unknown
from reports.words import count, listed, named, share, titled

_NAMES = {"email": "e-mail", "sms": "SMS"}
_STEPS = (
    ("people_count", "Known"),
    ("address_count", "With an address"),
    ("consent_count", "With consent"),
    ("reachable_count", "Can be reached"),
)


def section(facts: Facts) -> Section:
    """One chart for each channel and purpose."""
    rows = [row for row in facts.rows("reach") if int(row["people_count"])]
    if not rows:
        return unknown("reach", "Reach and consent", "Who can be reached is not known yet.")
    rows.sort(key=lambda row: (_purpose(row) != "marketing", -int(row["reachable_count"]), str(row["channel"])))
    first = [row for row in rows if _purpose(row) == _purpose(rows[0])]
    parts = [
        f"{count(row['reachable_count'])} by {_channel(row)} ({share(int(row['reachable_count']) / int(row['people_count']), 0)})"
        for row in first
    ]
    told = f"Of {count(rows[0]['people_count'])} people, {listed(parts)} may be written to."
    return Section("reach", "Reach and consent", told, told, charts=[_chart(row) for row in rows])


def _purpose(row: dict[str, Any]) -> str:
    value = row.get("purpose")
    return value if isinstance(value, str) else "marketing"


def _channel(row: dict[str, Any]) -> str:
    return _NAMES.get(str(row["channel"]), named(row["channel"]))


def _chart(row: dict[str, Any]) -> Chart:
    everybody = int(row["people_count"])
    purpose = _purpose(row)
    title = f"{titled(_channel(row))}" + ("" if purpose == "marketing" else f", {named(purpose)}")
    shown, rows = [], []
    for column, name in _STEPS:
        size = int(row[column])
        words = f"{name}: {size:,} people, {share(size / everybody, 0)} of all"
        colour = ink("accent" if column == "reachable_count" else "accent_pale")
        shown.append({"label": name, "value": size, "text": f"{size:,} · {share(size / everybody, 0)}", "words": words, "colour": colour})
        rows.append([name, count(size), share(size / everybody)])
    rows.append(
        ["Suppressed (bounced, complained, erased)", count(row["suppressed_count"]), share(int(row["suppressed_count"]) / everybody)]
    )
    lost = int(row["address_count"]) - int(row["consent_count"])
    words = f"{share(int(row['reachable_count']) / everybody)} can be reached"
    words += f"; {count(lost)} have an address and have not agreed." if lost > 0 else "."
    name = f"reach_{row['channel']}" + ("" if purpose == "marketing" else f"_{purpose}")
    return Chart(title, words, bars(shown, title), Table(name, f"Reach by {title}", ["people", "count", "share of all"], rows))
