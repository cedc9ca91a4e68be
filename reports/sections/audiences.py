"""The audiences: who is in, who is on the providers' lists, what changed since the report before, and how they overlap."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from reports.charts import bars, squares
from reports.page import Chart, Facts, Section, Table, unknown
from reports.words import BLANK, against, count, day, gap, named, share, titled

#: Above the columns there is room for so many names of so many letters; else they are numbered.
_NAMED, _LETTERS = 3, 12
#: The overlap of the largest is drawn; all of fifty would be a wall.
_LARGEST = 12


def section(facts: Facts) -> Section:
    """Every table of the schema audiences is one; a new one is here by itself."""
    rows = sorted(facts.rows("audiences"), key=lambda row: (-int(row["members_count"]), str(row["audience"])))
    if not rows:
        return unknown("audiences", "Audiences", "There are no audiences yet.")
    earlier = (facts.earlier or {}).get("audiences", {})
    since = f"on {day(datetime.fromisoformat(str(facts.earlier['as_of'])))}" if facts.earlier else ""
    listed_now = {str(row["audience"]): int(row["listed_count"]) for row in rows}
    changed = sorted((name for name in listed_now if name in earlier), key=lambda name: -abs(listed_now[name] - earlier[name]))
    largest = max(listed_now, key=lambda name: listed_now[name])
    told = f"{titled(largest)} is the largest list with {count(listed_now[largest])} people."
    brief = ""
    if changed:
        name = changed[0]
        brief = f"{count(listed_now[name])} people are on the list of {named(name)}, {against(listed_now[name], earlier[name], since)}."
        told = brief if name == largest else f"{told} {brief}"
    charts = [_sizes(rows, earlier, since)]
    overlaps = facts.rows("overlaps")
    if len(rows) > 1 and overlaps:
        charts.append(_overlap(rows, overlaps))
    return Section("audiences", "Audiences", told, brief, charts=charts)


def figures(facts: Facts) -> dict[str, int]:
    """What the next report compares with: people on each list."""
    return {str(row["audience"]): int(row["listed_count"]) for row in facts.rows("audiences")}


def _sizes(rows: list[dict[str, Any]], earlier: dict[str, int], since: str) -> Chart:
    shown, table_rows = [], []
    for row in rows:
        name, members, on_list = str(row["audience"]), int(row["members_count"]), int(row["listed_count"])
        moved = f"  {gap(on_list, earlier[name])}" if name in earlier else ""
        words = f"{titled(name)}: {on_list:,} on the list of {members:,} who belong to it"
        shown.append({"label": titled(name), "value": on_list, "text": f"{on_list:,} of {members:,}{moved}", "words": words})
        held = [count(members - on_list), share(on_list / members) if members else BLANK]
        before = [count(earlier[name]) if name in earlier else BLANK] if earlier else []
        table_rows.append([titled(name), count(members), count(on_list), *held, *before])
    head = ["audience", "belong to it", "on the list", "held back", "share on the list", *([f"on the list {since}"] if earlier else [])]
    members, on_list = (sum(int(row[column]) for row in rows) for column in ("members_count", "listed_count"))
    words = f"Of {count(members)} memberships {count(on_list)} go to the providers; "
    words += "the others have not agreed, cannot be reached, or are in the control group."
    return Chart("Size of the lists", words, bars(shown, "Size of the lists", room=0.9), Table("audiences", "Audiences", head, table_rows))


def _overlap(rows: list[dict[str, Any]], overlaps: list[dict[str, Any]]) -> Chart:
    rows = rows[:_LARGEST]
    names = [str(row["audience"]) for row in rows]
    sizes = {str(row["audience"]): int(row["members_count"]) for row in rows}
    both = {(str(row["audience"]), str(row["other"])): int(row["people_count"]) for row in overlaps}
    both |= {(other, one): people for (one, other), people in both.items()}
    is_named = len(names) <= _NAMED and max(map(len, names)) <= _LETTERS
    columns = {name: titled(name) if is_named else str(place) for place, name in enumerate(names, start=1)}
    rows_named = {name: titled(name) if is_named else f"{titled(name)}  {columns[name]}" for name in names}
    shown = []
    for one in names:
        for other in names:
            if one == other or not sizes[one]:
                continue
            people = both.get((one, other), 0)
            words = f"{people:,} of {sizes[one]:,} in {named(one)} are also in {named(other)}"
            text = share(people / sizes[one], 0)
            shown.append({"x": columns[other], "y": rows_named[one], "value": people / sizes[one], "text": text, "words": words})
    table_rows = [[titled(one), *(count(sizes[one] if one == other else both.get((one, other), 0)) for other in names)] for one in names]
    table = Table("overlaps", "People in both audiences", ["audience", *map(titled, names)], table_rows)
    if not shown:
        shown = [{"x": "none", "y": "none", "value": 0.0, "text": "0", "words": "no overlap"}]
    most = max(shown, key=lambda cell: float(cell["value"]))  # type: ignore[arg-type]
    words = f"The largest overlap: {most['words']}."
    return Chart(
        "Who is in two of them, share of the row",
        words,
        squares(shown, "Overlap of the audiences", top=True, sort=list(columns.values())),
        table,
    )
