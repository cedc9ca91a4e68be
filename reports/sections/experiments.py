"""The experiments that vary something: what each asks, how far it is, and what it found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from reports.cells import is_true, number, said, whole
from reports.effects import Effect, effects
from reports.outcomes import metric_words
from reports.page import Card, Facts, Section, Table, unknown
from reports.sections.verdicts import DECISIONS
from reports.words import BLANK, Figure, count, day, listed, named, share, titled

_STATES = {
    "running": "runs",
    "watching": "winner in use, loser watched",
    "settled": "settled",
    "backed_out": "backed out",
    "stopped": "stopped",
}
_TONES = {"running": "", "watching": "good", "settled": "good", "backed_out": "bad", "stopped": "bad"}


def section(facts: Facts) -> Section:
    """A card for each declared experiment, the running ones first."""
    declared: dict[str, list[dict[str, Any]]] = {}
    for row in facts.rows("experiments"):
        if said(row["kind"]) == "variants":
            declared.setdefault(said(row["experiment"]), []).append(row)
    found = effects(facts.rows("effects"))
    title = "Experiments"
    if not declared:
        told = "No experiment runs yet: a campaign declares one in its own file, and it is here from the next run on."
        return unknown("experiments", title, told)
    order = list(_STATES)
    ranked = sorted(declared, key=lambda name: (order.index(state) if (state := said(declared[name][0]["status"])) in order else 9, name))
    cards = [_card(declared[name], found, facts) for name in ranked]
    states = [said(declared[name][0]["status"]) for name in ranked]
    parts = [f"{states.count(state):,} {'runs' if states.count(state) == 1 else 'run'}" for state in ("running",) if state in states]
    parts += [f"of {states.count(state):,} the {words}" for state, words in (("watching", "winner is in use"),) if state in states]
    parts += [f"{states.count(state):,} {_STATES[state]}" for state in ("settled", "backed_out", "stopped") if state in states]
    told = (
        f"Of {count(len(ranked))} experiments {listed(parts)}."
        if len(ranked) > 1
        else f"One experiment: {cards[0].title}, {cards[0].status}."
    )
    alarms = [one for one in found if one.is_ratio_alarm and not one.is_holdout and one.is_primary]
    alerts = [f"{titled(one.experiment.replace(':', ', '))}: {one.sentence}." for one in alarms]
    return Section("experiments", title, told, told, alerts=alerts, alerts_title="Do not trust these yet", cards=cards)


def _card(arms: Sequence[dict[str, Any]], found: Sequence[Effect], facts: Facts) -> Card:
    first = arms[0]
    name, phase, state = said(first["experiment"]), said(first["phase"]), said(first["status"])
    campaign, _, what = name.partition(":")
    own = [one for one in found if one.experiment == name and one.phase == phase and one.is_primary]
    rows = [
        row
        for row in facts.rows("effects")
        if said(row["experiment"]) == name and said(row["phase"]) == phase and is_true(row["is_primary"])
    ]
    verdict = _last(facts, name)
    words = said(first["hypothesis"])
    listed_facts = [
        ("Varies", said(first["varies"])),
        ("Judged by", f"{metric_words(said(first['metric']))} within {whole(first['outcome_days'])} days"),
    ]
    listed_facts += [("Where it stands", _standing(rows[0], state)), ("How much longer", _longer(rows, arms, facts))] if rows else []
    listed_facts += [("Decided last", verdict)] if verdict else []
    listed_facts += [("Answers for it", said(first["owner"]))]
    return Card(
        f"experiment-{name.replace(':', '-')}",
        f"{titled(campaign)}: {named(what)}",
        _STATES.get(state, state),
        _TONES.get(state, ""),
        words,
        [(term, text) for term, text in listed_facts if text],
        _arms(arms, own, facts),
    )


def _arms(arms: Sequence[dict[str, Any]], own: Sequence[Effect], facts: Facts) -> Table:
    name, phase = said(arms[0]["experiment"]), said(arms[0]["phase"])
    counted = {said(row["arm"]): row for row in facts.rows("arms") if (said(row["experiment"]), said(row["phase"])) == (name, phase)}
    values = {one.arm: (one.people, one.value) for one in own} | {one.control_arm: (one.control_people, one.control_value) for one in own}
    lifts = {one.arm: one.sentence for one in own}
    rows = []
    for row in arms:
        arm = said(row["arm"])
        people, value = values.get(arm, (whole(counted.get(arm, {}).get("people_count")), math.nan))
        assigned = whole(counted.get(arm, {}).get("assigned_count"))
        metric = said(row["metric"])
        against = lifts.get(arm, "what was in use" if is_true(row["is_control"]) else "")
        if said(row["status"]) == "running" and not number(row["share"]):
            against = f"taken out, its people get what was in use; {against}"
        shown = BLANK if math.isnan(value) else share(value) if metric not in ("orders", "revenue") else Figure(f"{value:,.2f}", value)
        rows.append(
            [
                named(arm),
                share(number(row["share"]), 0),
                count(assigned),
                count(people),
                shown,
                against,
            ]
        )
    head = ["variant", "share", "people", "their days are over", metric_words(said(arms[0]["metric"])), "against what was in use"]
    return Table(f"arms_{name.replace(':', '_')}", "Variants", head, rows)


def _standing(row: dict[str, Any], state: str) -> str:
    looks, look = whole(row["looks"]), whole(row["look"])
    if state not in ("running", "watching") or not looks:
        return ""
    due = " (due now)" if is_true(row["is_look_due"]) else ""
    information = number(row["information"])
    part = "" if math.isnan(information) else f"; {share(min(information, 1.0), 0)} of the planned figures are there"
    return f"look {look} of {looks}{due}{part}" if look else f"before the first of {looks} looks{part}"


def _longer(rows: Sequence[dict[str, Any]], arms: Sequence[dict[str, Any]], facts: Facts) -> str:
    """By how fast people came so far; nothing where that cannot be said."""
    missing = max((number(row["needed_count"]) for row in rows), default=math.nan)
    if math.isnan(missing):
        return ""
    if missing <= 0:
        return "all people it planned with are there"
    name, phase = said(arms[0]["experiment"]), said(arms[0]["phase"])
    own = [row for row in facts.rows("arms") if (said(row["experiment"]), said(row["phase"])) == (name, phase)]
    days = max((number(row["days_open"]) for row in own), default=math.nan)
    slowest = min((number(row["assigned_count"]) / days for row in own if days > 0), default=0.0)
    need = f"{count(missing)} more people for each variant"
    if not slowest > 0:
        return need
    left = missing / slowest
    return f"{need}, about {left / 7:,.0f} weeks" if left >= 14 else f"{need}, about {max(round(left), 1):,} days"


def _last(facts: Facts, name: str) -> str:
    own = [row for row in facts.rows("verdicts") if said(row["experiment"]) == name]
    if not own:
        return ""
    row = max(own, key=lambda one: one["decided_at"])
    return f"{day(row['decided_at'])}: {DECISIONS.get(said(row['decision']), named(row['decision']))}. {said(row['reason'])}"
