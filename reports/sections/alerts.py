"""What is far from usual now: which step, of what, and the likely cause."""

from __future__ import annotations

from reports.cells import said
from reports.page import Facts, Section, Table, unknown, unread
from reports.words import count, day, named, titled


def section(facts: Facts) -> Section:
    """The alerts that are open, those that matter most first."""
    rows = facts.rows("alerts")
    if not rows:
        nothing = "Nothing is far from usual: sends, arrivals, opens, clicks, opt-outs and orders are as on such days."
        return unknown("alerts", "Alerts", unread(facts, "alerts") or nothing)
    bad = sorted((row for row in rows if said(row["severity"]) != "info"), key=lambda row: (said(row["severity"]), said(row["sentence"])))
    good = len(rows) - len(bad)
    told = f"{count(len(bad))} {'thing is' if len(bad) == 1 else 'things are'} worse than usual" if bad else "Nothing is worse than usual"
    told += f", {count(good)} better." if good else "."
    sentences = [said(row["sentence"]) for row in bad]
    cells = [
        [
            f"{titled(said(row['campaign']) or 'all campaigns')}, {named(row['step'])}",
            day(row["opened_at"]),
            {"error": "grave", "warn": "worth a look", "info": "for the better"}.get(said(row["severity"]), said(row["severity"])),
            named(said(row["cause"])),
            said(row["what_next"]),
        ]
        for row in [*bad, *(row for row in rows if said(row["severity"]) == "info")]
    ]
    table = Table("alerts", "What to do about each", ["where", "since", "how grave", "likely cause", "what to do"], cells)
    return Section("alerts", "Alerts", told, told, alerts=sentences, alerts_title="Open", tables=[table])
