"""What the rules (or a person) decided about each experiment, and why."""

from __future__ import annotations

from reports.cells import said
from reports.effects import GLOBAL
from reports.page import Facts, Section, Table, unknown
from reports.words import count, day, named, titled

DECISIONS = {
    "promote": "winner promoted",
    "retire": "one variant taken out",
    "back_out": "backed out",
    "stop": "stopped",
    "settle": "settled",
    "continue": "goes on",
    "no_verdict": "no verdict",
}
#: So many are told, the latest first.
_LATEST = 60


def section(facts: Facts) -> Section:
    """All decisions but that an experiment goes on, which its card says."""
    told = sorted((row for row in facts.rows("verdicts") if said(row["decision"]) != "continue"), key=lambda row: row["decided_at"])[::-1]
    title = "What was decided, and why"
    if not told:
        return unknown("verdicts", title, "No winner was promoted, backed out or stopped yet.")
    rows = [
        [
            day(row["decided_at"]),
            titled(experiment(said(row["experiment"]))),
            DECISIONS.get(said(row["decision"]), named(row["decision"])),
            named(said(row["winner"])) or "none",
            said(row["reason"]),
            "the rules" if said(row["decided_by"]) == "rules" else "a person",
        ]
        for row in told[:_LATEST]
    ]
    last = rows[0]
    words = f"{count(len(told))} {'decision' if len(told) == 1 else 'decisions'}; the last on {last[0]}: {last[1]}, {last[2]}."
    table = Table("verdicts", "The latest first", ["decided", "experiment", "decision", "winner", "why", "by"], rows)
    return Section("verdicts", title, words, lists=[table])


def experiment(name: str) -> str:
    """`cart_abandoned:subject` as `cart abandoned, subject`."""
    return "the global control" if name == GLOBAL else named(name.removeprefix("holdout:").removeprefix("past:").replace(":", ", "))
