"""What people are drawn to: for each kind of interest, how many hold which as their first one."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from reports.charts import bars
from reports.page import Chart, Facts, Section, Table, unknown
from reports.words import count, listed, named, share, titled

_SHOWN, _LISTED = 8, 100
#: An interest that fewer people share says more about them than about the shop.
LEAST_PEOPLE = 5
_TITLES = {
    "category": "Categories",
    "brand": "Brands",
    "price_level": "Price level",
    "discount": "Appetite for discounts",
    "topic": "Topics looked at",
}


def section(facts: Facts) -> Section:
    """One chart for each type, in the order of _TITLES and then of the alphabet."""
    types: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in facts.rows("interests"):
        if int(row["people_count"]) >= LEAST_PEOPLE:
            types[str(row["interest_type"])].append(row)
    if not types:
        return unknown("interests", "Interests", "What people are drawn to is not known yet.")
    order = [*(name for name in _TITLES if name in types), *sorted(set(types) - set(_TITLES))]
    first = types[order[0]]
    top = max(first, key=lambda row: int(row["people_count"]))
    total = sum(int(row["people_count"]) for row in first)
    told = f"{titled(top['interest'])} is what most people are drawn to: "
    told += f"the first {named(order[0])} of {count(top['people_count'])} of {count(total)}."
    charts = [_chart(kind, sorted(types[kind], key=lambda row: (-int(row["people_count"]), str(row["interest"])))) for kind in order]
    note = f"Interests that fewer than {LEAST_PEOPLE} people share are left out."
    return Section("interests", "Interests", told, charts=charts, note=note)


def _chart(kind: str, rows: list[dict[str, Any]]) -> Chart:
    total = sum(int(row["people_count"]) for row in rows)
    title = _TITLES.get(kind, titled(kind))
    shown = []
    for row in rows[:_SHOWN]:
        name, size = titled(row["interest"]), int(row["people_count"])
        words = f"{name}: the first interest of {size:,} people, {share(size / total, 0)}"
        shown.append({"label": name, "value": size, "text": f"{size:,} · {share(size / total, 0)}", "words": words})
    most = listed([str(one["label"]) for one in shown[:3]])
    words = f"First {'come' if len(shown) > 1 else 'comes'} {most}." + (
        f" {len(rows) - _SHOWN} more are in the figures." if len(rows) > _SHOWN else ""
    )
    table_rows = [
        [titled(row["interest"]), count(row["people_count"]), share(int(row["people_count"]) / total), count(row["evidence_count"])]
        for row in rows[:_LISTED]
    ]
    table = Table(f"interests_{kind}", f"{title}: people by their first one", ["interest", "people", "share", "signs of it"], table_rows)
    return Chart(title, words, bars(shown, title), table)
