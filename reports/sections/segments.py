"""Customers by how lately, how often and for how much they buy, and who moved between the segments. One file: three pictures
of the same people."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from reports.charts import bars, squares
from reports.flows import Move, flows
from reports.ink import ink
from reports.page import Chart, Facts, Section, Table, unknown
from reports.words import against, count, gap, listed, money, month, named, share, titled

#: More bands than these cover each other.
_BANDS = 24
#: Where whoever bought for the first time comes from, in marts.rfm_moves.
_NEW = "none"


def section(facts: Facts) -> Section:
    """The grid of recency and frequency, the segments with their change against the end of the month before, and the moves."""
    rows = facts.rows("rfm")
    if not rows:
        return unknown("segments", "Customers and segments", "Nobody has bought anything yet, so there are no segments.")
    total = sum(int(row["customers_count"]) for row in rows)
    segments = _segments(rows)
    earlier, since = _earlier(facts.rows("rfm_history"))
    charts = [_grid(rows, total), _sizes(segments, earlier, since, total, facts.currency)]
    moved = _moves(facts.rows("rfm_moves"), list(segments))
    grown = sorted((name for name in segments if name in earlier), key=lambda name: -abs(segments[name]["people"] - earlier[name]))
    told = ""
    if grown and segments[grown[0]]["people"] != earlier[grown[0]]:
        first = grown[0]
        size = segments[first]["people"]
        told = f" {titled(first)} changed most: {count(size)}, {against(size, earlier[first], since)}."
    biggest = max(segments, key=lambda name: segments[name]["people"])
    part = share(segments[biggest]["people"] / total, 0)
    return Section(
        "segments",
        "Customers and segments",
        f"{count(total)} people have bought so far; the largest segment is {named(biggest)} with {part} of them.{told}",
        brief=f"{count(total)} people have bought so far.{told}",
        charts=[*charts, *([moved] if moved else [])],
    )


def _segments(rows: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """People and revenue by segment; the best scores first, so that a segment somebody adds finds its place by itself."""
    sums: dict[str, dict[str, float]] = defaultdict(lambda: {"people": 0, "revenue": 0.0, "scores": 0.0})
    for row in rows:
        one = sums[str(row["segment"])]
        one["people"] += int(row["customers_count"])
        one["revenue"] += float(row["revenue_amount"])
        one["scores"] += float(row["scores_sum"])
    return dict(sorted(sums.items(), key=lambda item: (-item[1]["scores"] / item[1]["people"], item[0])))


def _earlier(history: list[dict[str, Any]]) -> tuple[dict[str, int], str]:
    """The segments as they were at the end of the last month that is over, and how to say when that was."""
    if not history:
        return {}, ""
    latest = max(row["month"] for row in history)
    return {str(row["segment"]): int(row["customers_count"]) for row in history if row["month"] == latest}, f"at the end of {month(latest)}"


def _grid(rows: list[dict[str, Any]], total: int) -> Chart:
    cells: dict[tuple[int, int], int] = defaultdict(int)
    for row in rows:
        cells[int(row["f_score"]), int(row["r_score"])] += int(row["customers_count"])
    scores = [(f, r) for f in range(5, 0, -1) for r in range(1, 6)]
    shown = [
        {
            "x": str(r),
            "y": str(f),
            "value": cells[f, r],
            "text": f"{cells[f, r]:,}",
            "words": f"recency {r}, frequency {f}: {cells[f, r]:,} customers",
        }
        for f, r in scores
    ]
    best = cells[5, 5] + cells[5, 4] + cells[4, 5] + cells[4, 4]
    gone = cells[5, 1] + cells[5, 2] + cells[4, 1] + cells[4, 2]
    words = (
        f"{count(best)} customers ({share(best / total, 0)}) buy often and bought lately (top right); "
        f"{count(gone)} used to buy often and have not for long (top left)."
    )
    table = Table(
        "rfm",
        "Customers by frequency score (rows) and recency score (columns)",
        ["frequency", *(f"recency {r}" for r in range(1, 6))],
        [[str(f), *(count(cells[f, r]) for r in range(1, 6))] for f in range(5, 0, -1)],
    )
    svg = squares(shown, "Customers by recency and frequency", x="recency: 5 bought lately", y="frequency: 5 buys most often", row=46)
    return Chart("Recency and frequency", words, svg, table)


def _sizes(segments: dict[str, dict[str, float]], earlier: dict[str, int], since: str, total: int, currency: str) -> Chart:
    shown, rows = [], []
    for name, one in segments.items():
        size = int(one["people"])
        moved = f"  {gap(size, earlier.get(name, 0))}" if earlier else ""
        than = f", {against(size, earlier.get(name, 0), since)}" if earlier else ""
        shown.append(
            {"label": titled(name), "value": size, "text": f"{size:,}{moved}", "words": f"{titled(name)}: {size:,} customers{than}"}
        )
        known = [count(earlier.get(name, 0))] if earlier else []
        rows.append([titled(name), count(size), *known, share(size / total), money(one["revenue"], currency)])
    head = ["segment", "customers", *([since.removeprefix("at the ")] if earlier else []), "share", "revenue so far"]
    revenue = sum(one["revenue"] for one in segments.values())
    first = next(iter(segments))
    part = f", {share(segments[first]['revenue'] / revenue, 0)} of the revenue" if revenue > 0 else ""
    words = f"{titled(first)} are {share(segments[first]['people'] / total, 0)} of the customers{part}."
    return Chart(
        "Segments" + (f", and the change since {since.removeprefix('at ')}" if earlier else ""),
        words,
        bars(shown, "Customers by segment"),
        Table("segments", "Customers by segment", head, rows),
    )


def _moves(moves: list[dict[str, Any]], order: list[str]) -> Chart | None:
    """Who moved in the last month that is over; whoever stayed is not in the picture."""
    if not moves:
        return None
    latest = max(row["month"] for row in moves)
    told = [row for row in moves if row["month"] == latest and _is(row["from_segment"]) and _is(row["to_segment"])]
    told = [row for row in told if row["from_segment"] != row["to_segment"]]
    if not told:
        return None
    seen = {str(row[side]) for row in told for side in ("from_segment", "to_segment")} - {_NEW}
    names = [*order, *sorted(seen - set(order)), _NEW]
    made = [_move(row, names) for row in told]
    up = sum(move.people for move in made if move.colour == ink("accent"))
    down = sum(move.people for move in made if move.colour == ink("warm"))
    largest = sorted((move for move in made if move.colour != ink("quiet")), key=lambda move: -move.people)[:3]
    words = (
        f"In {month(latest)} {count(up)} customers moved to a better segment and {count(down)} to a weaker one. The largest moves: "
        + listed([f"{move.people:,} from {move.origin.lower()} to {move.target.lower()}" for move in largest])
        + "."
    )
    words += " Green goes to a better segment, orange to a weaker one, grey comes with a first order."
    if len(made) > _BANDS:
        words += f" The picture has the {_BANDS} largest; the others are in the figures."
    shown = sorted(made, key=lambda move: -move.people)[:_BANDS]
    svg = flows(shown, [_called(name) for name in names], "Moves between segments", height=420)
    rows = [
        [move.origin, move.target, count(move.people)] for move in sorted(made, key=lambda move: (-move.people, move.origin, move.target))
    ]
    table = Table("rfm_moves", f"Moves between segments in {month(latest)}", ["from", "to", "customers"], rows)
    return Chart("Who moved between the segments", words, svg, table, is_wide=True)


def _move(row: dict[str, Any], order: list[str]) -> Move:
    origin, target, people = str(row["from_segment"]), str(row["to_segment"]), int(row["customers_count"])
    colour = "quiet" if origin == _NEW else "accent" if order.index(target) < order.index(origin) else "warm"
    words = f"{people:,} customers from {_called(origin).lower()} to {named(target)}"
    return Move(_called(origin), titled(target), people, ink(colour), words)


def _called(segment: str) -> str:
    return "First order" if segment == _NEW else titled(segment)


def _is(name: Any) -> bool:
    return isinstance(name, str) and bool(name)
