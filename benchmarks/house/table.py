"""The tables that a person reads: the figures beside their anchors and goals, what each measure took, before and after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import wrap

from benchmarks.house.figures import Figure
from benchmarks.house.measures import Taken
from benchmarks.house.record import Record

MET = {True: "yes", False: "NO", None: ""}
BUSY_PCT = 10.0


def rows_of(lines: Sequence[Sequence[str]], right: Iterable[int] = ()) -> list[str]:
    """Cells in columns as wide as they must be; `right` ones end where their column ends."""
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    ends = set(right)

    def cell(place: int, text: str) -> str:
        return text.rjust(widths[place]) if place in ends else text.ljust(widths[place])

    return ["  ".join(cell(place, text) for place, text in enumerate(line)).rstrip() for line in lines]


def number(value: float | None, unit: str = "") -> str:
    """Three digits that matter, thousands apart."""
    if value is None:
        return ""
    size = abs(value)
    shown = f"{value:,.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 0.1 else f"{value:.2g}"
    return f"{shown}x" if unit == "x" else f"{shown} {unit}".rstrip()


def _cells(name: str, figure: Figure) -> list[str]:
    beside = f"{number(figure.anchor_value, figure.unit)}, {figure.anchor}" if figure.anchor_value is not None else figure.anchor
    ours = number(figure.value, figure.unit) if figure.value is not None else "not taken"
    return [name, figure.name, ours, beside, number(figure.ratio, "x") if figure.ratio else "", figure.goal, MET[figure.is_met]]


def _remark(one: Taken, figure: Figure) -> str:
    """What to know of a figure; of one that misses its goal, also how busy the machine was, and that nobody has said why."""
    if figure.is_met is not False:
        return figure.note
    busy = f"others had {one.elsewhere_pct:.0f} % of the machine meanwhile" if one.elsewhere_pct > BUSY_PCT else ""
    return "; ".join(part for part in (figure.note or "nobody has said why yet", busy) if part)


def figures(taken: Sequence[Taken]) -> list[str]:
    """One line a figure, under it why it is not what it should be, or what else to know; one line for a measure without."""
    lines, remarks = [["measure", "figure", "ours", "beside it", "ratio", "goal", "met"]], [""]
    for one in taken:
        for figure in one.figures:
            lines.append(_cells(one.measure, figure))
            remarks.append(_remark(one, figure))
        if one.failure:
            lines.append([one.measure, "", "not taken", "", "", "", ""])
            remarks.append(one.failure)
    told = []
    for line, remark in zip(rows_of(lines, right=(2, 4)), remarks, strict=True):
        told += [line, *(f"    {part}" for part in wrap(remark, 130))]
    return told


def markdown(taken: Sequence[Taken]) -> list[str]:
    """The same for a page: busy measures are marked, remarks are the last column."""
    lines = [
        "| measure | figure | ours | beside it | ratio | goal | met | remarks |",
        "| --- | --- | ---: | --- | ---: | --- | --- | --- |",
    ]
    for one in taken:
        name = f"{one.measure} (busy)" if one.elsewhere_pct > BUSY_PCT else one.measure
        lines += [f"| {' | '.join([*_cells(name, figure), figure.note])} |" for figure in one.figures]
        if one.failure:
            lines.append(f"| {name} | | not taken | | | | | {one.failure} |")
    return lines


def costs(taken: Sequence[Taken]) -> list[str]:
    """What each measure took of the machine, and what others did meanwhile."""
    lines = [["measure", "wall", "processor", "largest process", "others had"]]
    for one in taken:
        if one.seconds:
            busy = f"{one.elsewhere_pct:.0f} % of the machine{' (busy)' if one.elsewhere_pct > BUSY_PCT else ''}"
            lines.append([one.measure, f"{one.seconds:.0f} s", f"{one.cpu_seconds:.0f} s", f"{one.peak_gib:.2f} GiB", busy])
    return rows_of(lines, right=(1, 2, 3)) if len(lines) > 1 else []


def heading(record: Record) -> str:
    """What was measured, on what."""
    on = record.machine
    versions = ", ".join(f"{name} {said}" for name, said in on.get("versions", {}).items())
    facts = f"{on['cores']} cores ({on['processor']}), {on['memory_gib']} GiB, Python {on['python']}, {versions}"
    return f"size {record.size}, commit {record.commit}, {record.at}\n{facts}; load {on['load']} at the start"


def compared(before: Record, now: Record) -> list[str]:
    """Each figure that both have, before and now; then what only one of them has."""
    was = {(one.measure, figure.name): figure for one in before.taken for figure in one.figures}
    is_now = {(one.measure, figure.name): figure for one in now.taken for figure in one.figures}
    lines = [["measure", "figure", "before", "now", "change", "ratio before", "ratio now"]]
    for key, figure in is_now.items():
        old = was.get(key)
        if old is None or old.unit != figure.unit:
            continue
        change = number(figure.value / old.value, "x") if figure.value is not None and old.value else ""
        values = [number(one.value, one.unit) for one in (old, figure)]
        lines.append([*key, *values, change, *(number(one.ratio, "x") for one in (old, figure))])
    told = [f"before: {before.commit}, {before.at}, size {before.size}; now: {now.commit}, {now.at}, size {now.size}"]
    told += rows_of(lines, right=(2, 3, 4, 5, 6))
    for words, keys in (("only before", was.keys() - is_now.keys()), ("only now", is_now.keys() - was.keys())):
        if keys:
            told.append(f"{words}: " + ", ".join(f"{measure}/{name}" for measure, name in sorted(keys)))
    return told
