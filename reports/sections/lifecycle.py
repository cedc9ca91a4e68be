"""Where people stand, from the first contact to being lost and won back, and who moved in the last 30 days."""

from __future__ import annotations

from typing import Any

from reports.charts import bars
from reports.flows import Move, flows
from reports.ink import ink
from reports.page import Chart, Facts, Section, Table, unknown
from reports.words import against, count, gap, listed, named, share, titled

DAYS = 30
#: The stages from best to worst; one that is not here goes to the end.
ORDER = ("active", "won_back", "new", "lead", "cooling", "at_risk", "lapsed")
JOURNEY = ("awareness", "interest", "consideration", "purchase", "retention", "loyalty")
_TONES = {
    "active": "accent",
    "won_back": "accent",
    "new": "accent",
    "lead": "quiet",
    "cooling": "warm",
    "at_risk": "warm",
    "lapsed": "warm",
}


def section(facts: Facts) -> Section:
    """Stages now, the change against 30 days before, and the moves between."""
    rows = facts.rows("lifecycle")
    if not rows:
        return unknown("lifecycle", "Where people stand", "Where people stand is not known yet.")
    stages = _summed(rows, "stage", ORDER)
    moves = [row for row in facts.rows("lifecycle_moves") if row["from_stage"] != row["to_stage"]]
    # a stage 30 days ago is the stage now, less who came, plus who left
    earlier = {
        stage: stages.get(stage, 0) + _sum(moves, "from_stage", stage) - _sum(moves, "to_stage", stage) for stage in {*stages, "at_risk"}
    }
    at_risk = stages.get("at_risk", 0)
    told = "Nobody is" if not at_risk else "1 person is" if at_risk == 1 else f"{count(at_risk)} people are"
    told += " at risk of being lost"
    told += f", {against(at_risk, earlier['at_risk'], f'{DAYS} days ago')}" if moves else ""
    won = _sum(moves, "to_stage", "won_back")
    told += f"; {count(won)} {'was' if won == 1 else 'were'} won back." if moves else "."
    journey = _summed([row for row in rows if isinstance(row["journey_stage"], str)], "journey_stage", JOURNEY)
    charts = [_sizes("Stages", "lifecycle", "stage", stages, earlier if moves else {})]
    if journey:
        charts.append(_sizes("The journey", "journey", "stage of the journey", journey, {}))
    flow = _flow(moves)
    return Section("lifecycle", "Where people stand", told, told, charts=[*charts, *([flow] if flow else [])])


def _summed(rows: list[dict[str, Any]], key: str, order: tuple[str, ...]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for row in rows:
        sums[str(row[key])] = sums.get(str(row[key]), 0) + int(row["people_count"])
    return {name: sums[name] for name in [*(one for one in order if one in sums), *sorted(set(sums) - set(order))]}


def _sum(moves: list[dict[str, Any]], side: str, stage: str) -> int:
    return sum(int(row["people_count"]) for row in moves if row[side] == stage)


def _sizes(title: str, key: str, head: str, sizes: dict[str, int], earlier: dict[str, int]) -> Chart:
    total = sum(sizes.values())
    shown, rows = [], []
    for name, size in sizes.items():
        moved = f"  {gap(size, earlier[name])}" if earlier else ""
        than = f", {against(size, earlier[name], f'{DAYS} days ago')}" if earlier else ""
        text = f"{size:,}{moved}" if earlier else f"{size:,} · {share(size / total, 0)}"
        colour = ink(_TONES.get(name, "accent"))
        shown.append(
            {"label": titled(name), "value": size, "text": text, "words": f"{titled(name)}: {size:,} people{than}", "colour": colour}
        )
        rows.append([titled(name), count(size), share(size / total), *([count(earlier[name])] if earlier else [])])
    largest = max(sizes, key=lambda name: sizes[name])
    words = f"Most people are at “{named(largest)}”: {count(sizes[largest])} of {count(total)}."
    columns = [head, "people", "share", *([f"{DAYS} days ago"] if earlier else [])]
    return Chart(title, words, bars(shown, title), Table(key, f"People by {head}", columns, rows))


def _flow(moves: list[dict[str, Any]]) -> Chart | None:
    made = [_move(row) for row in moves]
    if not made:
        return None
    seen = {name for move in made for name in (move.origin, move.target)}
    order = [titled(name) for name in (*ORDER, "not known before") if titled(name) in seen]
    order += sorted(seen - set(order))
    largest = sorted(made, key=lambda move: -move.people)[:3]
    words = f"{count(sum(move.people for move in made))} people are at another stage than {DAYS} days ago. The largest moves: "
    words += listed([f"{move.people:,} from {move.origin.lower()} to {move.target.lower()}" for move in largest])
    words += ". Green goes to a better stage, orange to a weaker one, grey was not known before."
    rows = [
        [move.origin, move.target, count(move.people)] for move in sorted(made, key=lambda move: (-move.people, move.origin, move.target))
    ]
    svg = flows(made, order, "Moves between stages", height=300)
    table = Table("lifecycle_moves", f"People by their stage {DAYS} days ago and now", [f"{DAYS} days ago", "now", "people"], rows)
    return Chart(f"Who moved in the last {DAYS} days", words, svg, table, is_wide=True)


def _move(row: dict[str, Any]) -> Move:
    origin = str(row["from_stage"]) if isinstance(row["from_stage"], str) else "not known before"
    target, number = str(row["to_stage"]), int(row["people_count"])
    places = {name: place for place, name in enumerate(ORDER)}
    is_better = origin == "not known before" or places.get(target, 0) < places.get(origin, 0)
    colour = "quiet" if origin == "not known before" else "accent" if is_better else "warm"
    return Move(titled(origin), titled(target), number, ink(colour), f"{number:,} people from {named(origin)} to {named(target)}")
