"""Visits from the first look to the order, where they end, and how channels and devices differ."""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import Any

from reports.charts import bars, squares
from reports.page import Chart, Facts, Section, Table, unknown
from reports.words import BLANK, Figure, change, count, share, titled

STEPS = ("sessions_count", "view_sessions", "cart_sessions", "checkout_sessions", "purchase_sessions")
_NAMES = ("all visits", "saw a product", "filled a cart", "began to pay", "bought")
_DONE = ("", "product", "cart", "checkout", "order")
DAYS = 28
_LEAST_SESSIONS = 30


def section(facts: Facts) -> Section:
    """The last DAYS days, against as many before."""
    rows = facts.rows("funnels")
    now, before = ([row for row in rows if row["stretch"] == stretch] for stretch in ("now", "before"))
    total, earlier = _summed(now), _summed(before)
    if not total[0]:
        return unknown("funnel", "From visit to order", f"No visits are known of in the last {DAYS} days.")
    bought, bought_before = total[-1] / total[0], earlier[-1] / earlier[0] if earlier[0] else None
    told = f"{share(bought)} of the visits of the last {DAYS} days ended with an order"
    told += f" ({change(bought, bought_before, 'share')} against the {DAYS} days before)." if bought_before is not None else "."
    charts = [_steps(total), *(_by(now, key, name) for key, name in (("channel", "channel"), ("device_category", "device")))]
    return Section("funnel", "From visit to order", told, told, charts=charts)


def _summed(rows: list[dict[str, Any]]) -> list[int]:
    return [sum(int(row[step]) for row in rows) for step in STEPS]


def _passed(total: list[int]) -> list[float | None]:
    """Of those at each step, the share that came from the step before; None where nobody did."""
    return [None, *(now / before if before else None for before, now in itertools.pairwise(total))]


def _steps(total: list[int]) -> Chart:
    shown, rows = [], []
    for name, number, passed in zip(_NAMES, total, _passed(total), strict=True):
        dropped = "" if passed is None else f" · {share(1 - passed, 0)} dropped off"
        words = f"{titled(name)}: {number:,} visits" + ("" if passed is None else f", {share(passed)} of those at the step before")
        shown.append({"label": titled(name), "value": number, "text": f"{number:,}{dropped}", "words": words})
        rows.append([titled(name), count(number), share(number / total[0]), BLANK if passed is None else share(1 - passed)])
    lost = {place: total[place - 1] - total[place] for place in range(1, len(total))}
    worst = max(lost, key=lambda place: lost[place])
    part = share(lost[worst] / max(total[worst - 1], 1), 0)
    words = f"Most are lost on the way to “{_NAMES[worst]}”: {count(lost[worst])} visits, {part} of those at the step before."
    table = Table("funnel", f"Visits by the furthest step, last {DAYS} days", ["step", "visits", "share of all", "drop-off"], rows)
    return Chart("How far visits get", words, bars(shown, "Visits by step", room=1.0), table)


def _by(rows: list[dict[str, Any]], key: str, name: str) -> Chart:
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[str(row[key])].append(row)
    sums = sorted(((group, _summed(found)) for group, found in groups.items()), key=lambda one: (-one[1][0], one[0]))
    shown, table_rows = [], []
    for group, total in sums:
        for step, passed in list(zip(_DONE, _passed(total), strict=True))[1:]:
            if passed is not None and total[0] >= _LEAST_SESSIONS:
                words = f"{titled(group)}: {share(passed)} of those at the step before get to the {step}"
                shown.append({"x": step, "y": titled(group), "value": passed, "text": share(passed, 0), "words": words})
        table_rows.append(
            [titled(group), *(count(number) for number in total), share(total[-1] / total[0]) if total[0] else "", *_lost(total)]
        )
    head = [name, *_NAMES, "visits that bought", *(f"drop-off before “{step}”" for step in _NAMES[1:])]
    table = Table(f"funnel_by_{name}", f"Visits by {name} and step, last {DAYS} days", head, table_rows)
    title = f"Who goes on at each step, by {name}"
    large = [(group, total) for group, total in sums if total[0] >= _LEAST_SESSIONS] or sums
    best = max(large, key=lambda one: one[1][-1] / one[1][0] if one[1][0] else 0.0)
    worst = min(large, key=lambda one: one[1][-1] / one[1][0] if one[1][0] else 0.0)
    words = f"Visits by {titled(best[0])} end with an order most often ({share(best[1][-1] / best[1][0])})"
    words += f", by {titled(worst[0])} least often ({share(worst[1][-1] / worst[1][0])})." if worst[0] != best[0] else "."
    if not best[1][-1]:
        words = "No visit ended with an order."
    if not shown:
        shown = [
            {"x": "visits", "y": titled(group), "value": total[0], "text": f"{total[0]:,}", "words": f"{group}: {total[0]} visits"}
            for group, total in sums
        ]
    return Chart(title, words, squares(shown, title, top=True), table)


def _lost(total: list[int]) -> list[Figure]:
    return [BLANK if passed is None else share(1 - passed) for passed in _passed(total)[1:]]
