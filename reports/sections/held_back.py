"""Whom the campaigns did not write to, and why; and who of the control groups got a message all the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from reports.cells import said, whole
from reports.charts import bars, stacked
from reports.effects import LEAST_PEOPLE
from reports.ink import ink
from reports.page import Chart, Facts, Section, Table, unknown, unread
from reports.sections.verdicts import experiment
from reports.words import count, named, share, titled

#: What went is no reason; what expired was asked for no more before its hour came.
_WENT, _REST = "allowed", "other reasons"
_TONES = ("accent", "warm", "quiet", "warm_pale", "accent_pale", "heat_5", "soft", "heat_3")
_SHOWN = 7
WHY = {
    "holdout": "are in a control group, on purpose",
    "no_consent": "have not agreed",
    "suppressed": "bounced, complained or asked to be erased",
    "unreachable": "have no address for the channel",
    "cooling_down": "got another message shortly before",
    "over_cap": "got as many messages as one may",
    "outranked": "get a more important one in its place",
    "in_stronger_scenario": "are in the midst of a more important series",
    "ordered_since": "ordered in the meantime",
    "returned_since": "sent something back in the meantime",
    "waiting_for_service": "wait for an answer of the service",
    "out_of_stock": "were to hear of what is sold out",
    "prediction_in_doubt": "were chosen by a prediction that is in doubt",
    "awaiting_approval": "wait until somebody approves of so many",
    "quiet_hours": "wait for the morning",
    "send_time": "wait for their best hour",
    "expired": "had a reason that was gone before its hour came",
}
_CONTAMINATED = {
    "merged_arms": "turned out to be one person who stood in two groups",
    "got_it_anyway": "were in the control group and got the message all the same",
    "shared_address": "share an address with somebody of another group",
}


def section(facts: Facts) -> Section:
    """The last word on each request of the last 30 and 90 days; what the control groups lost."""
    rows = facts.rows("held_back")
    title = "Who was held back, and why"
    if not rows:
        return unknown("held_back", title, unread(facts, "held_back") or "No message was asked for in the last 90 days.")
    reasons, went = _reasons(rows, "messages_90"), sum(whole(row["messages_90"]) for row in rows if row["outcome"] == _WENT)
    held = sum(reasons.values())
    told = f"Of {count(went + held)} messages asked for in the last 90 days {count(went)} could go, {count(held)} were held back"
    first = next(iter(reasons), "")
    told += f", most often because people {WHY[first]}." if first in WHY else "."
    contaminated, words = _contamination(facts)
    charts = [_campaigns(rows, list(reasons)), _whole(rows, reasons)] if reasons else []
    tables = [contaminated] if contaminated else []
    return Section("held_back", title, told, told, charts=charts, tables=tables, note=words)


def _reasons(rows: Sequence[dict[str, Any]], column: str) -> dict[str, int]:
    """Messages by reason, the most frequent first; reasons that met fewer than LEAST_PEOPLE are one."""
    sums: dict[str, int] = defaultdict(int)
    people: dict[str, int] = defaultdict(int)
    for row in rows:
        if row["outcome"] != _WENT:
            sums[said(row["outcome"])] += whole(row[column])
            people[said(row["outcome"])] += whole(row["people_90"])
    shown = {name: size for name, size in sorted(sums.items(), key=lambda item: (-item[1], item[0])) if people[name] >= LEAST_PEOPLE}
    rest = sum(size for name, size in sums.items() if name not in shown)
    return shown | ({_REST: rest} if rest else {})


def _whole(rows: Sequence[dict[str, Any]], reasons: dict[str, int]) -> Chart:
    lately = _reasons([row for row in rows if said(row["outcome"]) in reasons], "messages_30")
    total = max(sum(reasons.values()), 1)
    shown, cells = [], []
    for name, size in reasons.items():
        text = f"{size:,} · {share(size / total, 0)}"
        shown.append({"label": titled(name), "value": size, "text": text, "words": f"{titled(name)}: {text} of those held back in 90 days"})
        month = lately.get(name, 0)
        cells.append([titled(name), count(month), count(size), share(size / total), WHY.get(name, "")])
    head = ["reason", "last 30 days", "last 90 days", "share of 90 days", "which means: people"]
    table = Table("held_back", "Messages held back by reason", head, cells)
    first = next(iter(reasons))
    words = f"Most often: {named(first)}, {share(reasons[first] / total, 0)}."
    return Chart("Reasons of the last 90 days", words, bars(shown, "Messages held back by reason", room=0.6), table)


def _campaigns(rows: Sequence[dict[str, Any]], reasons: list[str]) -> Chart:
    named_apart = [_WENT, *[name for name in reasons if name != _REST][:_SHOWN]]
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        reason = said(row["outcome"]) if said(row["outcome"]) in named_apart else _REST
        # a reason that met few people of one campaign is not told apart there
        reason = _REST if whole(row["people_90"]) < LEAST_PEOPLE and reason != _WENT else reason
        sums[said(row["campaign"]), reason] += whole(row["messages_90"])
    totals: dict[str, int] = defaultdict(int)
    for (campaign, _), size in sums.items():
        totals[campaign] += size
    totals = {name: size for name, size in totals.items() if size}
    ranked = sorted(totals, key=lambda name: (-totals[name], name))
    parts = [part for part in (*named_apart, _REST) if any(sums.get((campaign, part)) for campaign in ranked)]
    labels = {part: "Could go" if part == _WENT else titled(part) for part in parts}
    shown = [
        {
            "label": f"{titled(campaign)}  {totals[campaign]:,}",
            "part": labels[part],
            "value": sums[campaign, part] / totals[campaign],
            "colour": ink(_TONES[place % len(_TONES)] if part != _REST else "line"),
            "words": f"{titled(campaign)}: {sums[campaign, part]:,} of {totals[campaign]:,} {labels[part].lower()}",
        }
        for place, part in enumerate(parts)
        for campaign in ranked
        if sums.get((campaign, part))
    ]
    cells = [[titled(campaign), *(count(sums.get((campaign, part), 0)) for part in parts)] for campaign in ranked]
    table = Table("held_back_by_campaign", "Messages of the last 90 days by campaign", ["campaign", *labels.values()], cells)
    words = "Beside each name, how many messages it asked for; the bar says what came of them, by the last word on each."
    return Chart("Asked for, let go, held back", words, stacked(shown, "Messages asked for by campaign", axis=".0%"), table, is_wide=True)


def _contamination(facts: Facts) -> tuple[Table | None, str]:
    rows = facts.rows("contamination")
    assigned = sum(whole(row["assigned_count"]) for row in facts.rows("arms"))
    if not assigned:
        return None, ""
    found = sum(whole(row["people_count"]) for row in rows)
    words = f"Of {count(assigned)} places in experiments {count(found)} are contaminated"
    words += (
        " (one person in two groups, or a control that was written to all the same): they stay counted where they were "
        "first drawn, so that a little of the effect is lost rather than a false one found."
        if found
        else ": every group got what it was to get."
    )
    cells = [
        [
            titled(experiment(said(row["experiment"]))),
            _CONTAMINATED.get(said(row["because"]), named(said(row["because"]))),
            count(whole(row["people_count"])),
        ]
        for row in rows
        if whole(row["people_count"]) >= LEAST_PEOPLE
    ]
    caption = "Contamination of the groups (fewer than 5 people are not told apart)"
    return (Table("contamination", caption, ["experiment", "people who", "people"], cells) if cells else None), words
