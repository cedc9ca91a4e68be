"""How far the figures can be trusted: how old the newest row of each source is, what the gates say, which rows were refused, and
whether predictions came true."""

from __future__ import annotations

from typing import Any

from reports.charts import bars
from reports.ink import ink
from reports.page import Chart, Facts, Section, Table, unknown
from reports.words import BLANK, Figure, count, day, listed, named, titled

_GATES = {"passed": "passed", "warned": "warned", "failed": "failed", "unknown": "not judged yet"}


def section(facts: Facts) -> Section:
    """Freshness against what each source promises, gates as they last said, open rows in quarantine."""
    sources, gates, refused = facts.rows("freshness"), facts.rows("gates"), facts.rows("quarantine")
    judged_scores = [row for row in facts.rows("drift") if _is(row["served_at"])]
    if not sources and not gates and not refused and not judged_scores:
        return unknown("data", "Data: freshness and quality", "Nothing has landed yet.")
    late = sorted({str(row["table_name"]) for row in sources if not row["is_fresh"]})
    shut = [str(row["table_name"]) for row in gates if row["outcome"] in ("warned", "failed")]
    open_rows = sum(int(row["open_count"]) for row in refused)
    fresh = f"Late: {listed([named(name) for name in late])}." if late else "Every source is as fresh as it promises."
    judged = f"Gates that object: {listed(sorted(map(named, shut)))}." if shut else "No gate objects."
    told = f"{fresh} {judged} {count(open_rows)} rows wait in quarantine."
    aged = any(_is(row["age_hours"]) for row in sources)
    charts = [*([_ages(sources)] if aged else []), *([_refused(refused)] if open_rows else [])]
    tables = [*([_sources(sources)] if sources and not aged else []), *([_gates(gates)] if gates else [])]
    tables += [_drift(judged_scores)] if judged_scores else []
    doubted = [f"The score {named(row['model'])} is in doubt. {row['words']}." for row in judged_scores if row["is_alarmed"]]
    return Section("data", "Data: freshness and quality", told, told, charts=charts, tables=tables, alerts=doubted)


def _is(value: Any) -> bool:
    return value is not None and value == value


def _hours(hours: float) -> str:
    hours = max(0.0, hours)  # a rehearsal of a past day knows rows that are younger than it
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} days"


def _ages(sources: list[dict[str, Any]]) -> Chart:
    """Of each source the table that comes closest to being late, or is latest; as a share of what it may be."""
    known = sorted(
        (row for row in sources if _is(row["age_hours"])), key=lambda row: -float(row["age_hours"]) / float(row["allowed_hours"])
    )
    shown = [
        {
            "label": titled(row["table_name"]),
            "value": max(0.0, float(row["age_hours"]) / float(row["allowed_hours"])),
            "text": f"{_hours(float(row['age_hours']))} of {_hours(float(row['allowed_hours']))}",
            "words": f"{titled(row['table_name'])}: the newest row is {_hours(float(row['age_hours']))} old",
            "colour": ink("accent" if row["is_fresh"] else "warm"),
        }
        for row in known[:14]
    ]
    late = [row for row in known if not row["is_fresh"]]
    words = (
        f"{titled(known[0]['table_name'])} comes closest to its limit."
        if not late
        else f"{len(late)} of {len(known)} tables are older than promised: ask who answers for them."
    )
    return Chart("Age of the newest row, against what may be", words, bars(shown, "Age of the newest row", room=0.7), _sources(sources))


def _sources(sources: list[dict[str, Any]]) -> Table:
    rows: list[list[str]] = []
    for row in sorted(sources, key=lambda row: str(row["table_name"])):
        age = Figure(_hours(float(row["age_hours"])), float(row["age_hours"])) if _is(row["age_hours"]) else BLANK
        allowed = Figure(_hours(float(row["allowed_hours"])), float(row["allowed_hours"]))
        rows.append(
            [str(row["table_name"]), count(row["rows_count"]), age, allowed, "fresh" if row["is_fresh"] else "late", str(row["owner"])]
        )
    return Table("freshness", "Age of the newest row of each source", ["table", "rows", "newest row", "may be", "state", "ask"], rows)


def _refused(refused: list[dict[str, Any]]) -> Chart:
    ranked = sorted(
        (row for row in refused if int(row["open_count"])),
        key=lambda row: (-int(row["open_count"]), str(row["table_name"]), str(row["reason"])),
    )
    shown = [
        {
            "label": f"{titled(row['table_name'])}: {named(row['reason'])}",
            "value": int(row["open_count"]),
            "text": f"{int(row['open_count']):,}",
            "words": f"{titled(row['table_name'])}: {int(row['open_count']):,} rows, {named(row['reason'])}",
            "colour": ink("warm"),
        }
        for row in ranked[:12]
    ]
    rows = [[f"{row['table_name']}: {named(row['reason'])}", count(row["open_count"]), count(row["closed_count"])] for row in ranked]
    table = Table("quarantine", "Rows in quarantine", ["table and rule", "open", "mended or superseded"], rows)
    words = "They wait for somebody to mend them: regulars quarantine list says what to do with each."
    return Chart("Rows that were refused", words, bars(shown, "Rows in quarantine"), table)


def _drift(judged: list[dict[str, Any]]) -> Table:
    """Each model's latest scores whose time is over, against what came of them."""
    rows = [
        [
            titled(row["model"]),
            day(row["served_at"]),
            count(row["people_count"]),
            *(count(round(float(row[what]))) if _is(row[what]) else BLANK for what in ("expected", "observed")),
            "in doubt" if row["is_alarmed"] else "holds",
        ]
        for row in sorted(judged, key=lambda row: str(row["model"]))
    ]
    return Table("drift", "Predictions, against what came of them", ["score", "said on", "people", "expected", "observed", "verdict"], rows)


def _gates(gates: list[dict[str, Any]]) -> Table:
    order = {"failed": 0, "warned": 1, "passed": 2, "unknown": 3}
    ranked = sorted(gates, key=lambda row: (order[str(row["outcome"])], str(row["table_name"])))
    rows = [[str(row["table_name"]), _GATES[str(row["outcome"])], str(row["sentence"])] for row in ranked]
    return Table("gates", "Gates, as they last said", ["table", "outcome", "in words"], rows)
