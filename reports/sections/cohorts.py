"""How many of those who first bought in a month came back, and what they are worth by then."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from reports.charts import bars, squares
from reports.page import Chart, Facts, Section, Table, unknown
from reports.words import BLANK, count, listed, money, month, share, titled

_MONTHS, _SHOWN = 18, 12
_NAMES = {"source": "source", "campaign": "campaign", "promotion": "promotion", "category": "first category"}
_LEAST_PEOPLE, _LISTED = 5, 100


def section(facts: Facts) -> Section:
    """The heat map holds whole months alone: one that is not over would look worse than it is."""
    rows = facts.rows("cohorts")
    whole = [row for row in rows if row["cohort_type"] == "all" and row["is_complete"]]
    if not whole:
        return unknown("cohorts", "Coming back", "No month of first orders is over yet, so nobody can be said to have come back.")
    told = _headline(whole)
    charts = [_map(whole), *(chart for kind in _NAMES if (chart := _worth(rows, kind, facts.currency)))]
    return Section("cohorts", "Coming back", told, told, charts=charts, note="Only months that are over count.")


def _after(rows: list[dict[str, Any]], months: int) -> tuple[int, int]:
    """Of how many customers that many months are over, and how many of them bought in the last of these."""
    at = [row for row in rows if int(row["months_since"]) == months]
    return sum(int(row["customers_count"]) for row in at), sum(int(row["active_customers_count"]) for row in at)


def _headline(whole: list[dict[str, Any]]) -> str:
    told: list[str] = []
    for months in (1, 3, 6, 12):
        customers, active = _after(whole, months)
        if customers:
            told.append(f"{share(active / customers)} " + (f"in month {months}" if told else "buy again in the month after"))
    if not told:
        return "The first month of first orders is over; who comes back is known from the next one on."
    return f"Of those who bought for the first time, {listed(told)}."


def _map(whole: list[dict[str, Any]]) -> Chart:
    months = sorted({row["cohort_month"] for row in whole})[-_MONTHS:]
    inside = sorted((row for row in whole if row["cohort_month"] in months), key=lambda row: (row["cohort_month"], row["months_since"]))
    cells = {(row["cohort_month"], int(row["months_since"])): row for row in inside}
    width = min(max(since for _, since in cells), _MONTHS)
    shown = [
        {
            "x": str(since),
            "y": f"{start:%b %Y}",
            "value": float(cells[start, since]["retention"]),
            "text": f"{100 * float(cells[start, since]['retention']):.0f}",
            "words": f"first order in {month(start)}, {since} months later: {share(cells[start, since]['retention'])} bought",
        }
        for start in months
        for since in range(1, width + 1)
        if (start, since) in cells
    ]
    if not shown:
        shown = [{"x": "0", "y": f"{start:%b %Y}", "value": 1.0, "text": "100", "words": f"{month(start)}: all"} for start in months]
    names = [str(since) for since in range(1, width + 1)] or ["0"]
    head = ["first order in", "customers", *(f"month {since}" for since in range(width + 1))]
    rows: list[list[str]] = []
    for start in months:
        found = [cells.get((start, since)) for since in range(width + 1)]
        shares = [BLANK if cell is None else share(cell["retention"]) for cell in found]
        rows.append([month(start), count(cells[start, 0]["customers_count"] if (start, 0) in cells else 0), *shares])
    best = max(shown, key=lambda cell: float(cell["value"]))  # type: ignore[arg-type]
    words = "Each row is a month of first orders, each square the share of these customers who bought that many months later. "
    words += f"Best: {best['words']}."
    svg = squares(
        shown, "Customers who bought again, % of the cohort", x="months since the first order", row=30, column=40, top=True, sort=names
    )
    return Chart(
        "Who bought again, %",
        words,
        svg,
        Table("cohorts", "Share of customers who bought, by months since the first order", head, rows),
        is_wide=True,
    )


def _worth(rows: list[dict[str, Any]], kind: str, currency: str) -> Chart | None:
    """What a customer is worth after the longest stretch, of 12, 6, 3 or 1 months, that a quarter of those had of whom it is known."""
    whole = [row for row in rows if row["cohort_type"] == kind and row["is_complete"] and row["cohort"] != "unknown"]
    everybody = _after(whole, 0)[0]
    months = next((months for months in (12, 6, 3, 1) if everybody and _after(whole, months)[0] >= everybody / 4), None)
    if months is None:
        return None
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in whole:
        if int(row["months_since"]) == months:
            sums[f"no {kind}" if row["cohort"] == "none" else str(row["cohort"])][0] += int(row["customers_count"])
            sums[f"no {kind}" if row["cohort"] == "none" else str(row["cohort"])][1] += float(row["cumulative_revenue_amount"])
    ranked = sorted(
        ((name, people, revenue / people) for name, (people, revenue) in sums.items() if people >= _LEAST_PEOPLE), key=lambda one: -one[2]
    )
    if len(ranked) < 2:
        return None
    shown = [
        {
            "label": titled(name),
            "value": worth,
            "text": money(worth, currency),
            "words": f"{titled(name)}: {money(worth, currency)} a customer",
        }
        for name, _, worth in ranked[:_SHOWN]
    ]
    title = (
        f"Worth of a customer after {months} months, by {_NAMES[kind]}"
        if months > 1
        else f"Worth of a customer after a month, by {_NAMES[kind]}"
    )
    first, last = ranked[0], ranked[-1]
    words = f"{titled(first[0])} brings {money(first[2], currency)} a customer, {titled(last[0])} {money(last[2], currency)}."
    table = Table(
        f"worth_by_{kind}",
        title,
        [_NAMES[kind], "customers", "revenue a customer"],
        [[titled(name), count(people), money(worth, currency)] for name, people, worth in ranked[:_LISTED]],
    )
    return Chart(title, words, bars(shown, title), table)
