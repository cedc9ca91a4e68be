"""What is known of each campaign in a quarter, gathered from the frames, with the advice that follows from it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from reports.cells import number, said, whole
from reports.effects import LEAST_PEOPLE, Effect, effects
from reports.outcomes import metric_words
from reports.page import Facts
from reports.quarters import Quarter
from reports.review import CALLS, WANTED, Advice, Evidence, advised
from reports.sections.held_back import WHY
from reports.sections.results import summed
from reports.words import BLANK, Figure, count, day, listed, money, named, share

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Reviewed:
    """A campaign with ready words. facts: terms and what is to be said of each."""

    campaign: str
    kind: str
    advice: Advice
    lift: str
    sent: Figure
    held_out: Figure
    opt_outs: Figure
    cost: Figure
    owner: str
    review_on: str
    is_overdue: bool
    facts: Sequence[tuple[str, str]]


def reviewed(facts: Facts, quarter: Quarter) -> list[Reviewed]:
    """All campaigns, by what to do, then in their own order."""
    own = {one.campaign: one for one in effects(facts.rows("effects")) if one.is_holdout and one.campaign and one.is_primary}
    made = [
        _one(row, own.get(said(row["campaign"])), facts) for row in sorted(facts.rows("campaigns"), key=lambda row: whole(row["priority"]))
    ]
    return sorted(made, key=lambda one: CALLS.index(one.advice.call))


def _one(row: Row, effect: Effect | None, facts: Facts) -> Reviewed:
    campaign, kind = said(row["campaign"]), said(row["kind"])
    reached = _of(facts, "reached", campaign)
    sums = summed([one for one in facts.rows("results") if said(one["campaign"]) == campaign], ())
    result = sums.get((), {})
    asked, sent, held = (whole(reached.get(f"{name}_people")) for name in ("asked", "sent", "held_out"))
    reasons = sorted(
        (one for one in facts.rows("reasons") if said(one["campaign"]) == campaign), key=lambda one: -whole(one["people_count"])
    )
    evidence = Evidence(
        is_transactional=said(_of(facts, "purposes", campaign).get("purpose")) == "transactional",
        is_measured=effect is not None or held > 0 or any(said(one["campaign"]) == campaign for one in facts.rows("experiments")),
        verdict=effect.verdict if effect else "unknown",
        found=f"{effect.words} in {metric_words(effect.metric)}" if effect else "",
        detectable=effect.detectable if effect else math.nan,
        wanted=_wanted(facts, campaign),
        asked=asked,
        sent=sent,
        held_for=f"most {WHY[said(reasons[0]['outcome'])]}" if reasons and said(reasons[0]["outcome"]) in WHY else "",
        delivered=int(result.get("delivered_count", 0)),
        unsubscribed=int(result.get("unsubscribed_count", 0)),
        complained=int(result.get("complained_count", 0)),
        is_ratio_alarm=bool(effect and effect.is_ratio_alarm),
        alerts=[said(one["sentence"]) for one in facts.rows("alerts") if said(one["campaign"]) == campaign],
    )
    review_on = row["review_on"]
    is_known = isinstance(review_on, datetime) and not pd.isna(review_on)
    owner = said(row["owner"]) or "nobody"
    is_overdue = is_known and review_on.date() < facts.as_of.date()
    date = day(review_on) + (" (passed)" if is_overdue else "") if is_known else "no date"
    lift = effect.words if effect else "not measured"
    return Reviewed(
        campaign=campaign,
        kind=kind,
        advice=advised(evidence),
        lift=lift if lift != "not known yet" else "no verdict yet",
        sent=count(sent),
        held_out=count(held),
        opt_outs=count(evidence.unsubscribed) if result else BLANK,
        cost=money(result["cost_amount"], facts.currency) if result else BLANK,
        owner=owner,
        review_on=date,
        is_overdue=is_overdue,
        facts=[
            ("Meant to", said(row["purpose"])),
            ("Lift against its control group", effect.sentence if effect else "not measured"),
            ("Reach", f"{count(asked)} people were asked for, {count(sent)} could be written to, {count(held)} were held out"),
            ("Fatigue", _fatigue(evidence, _of(facts, "tired", campaign), sent)),
            ("Also reached by", _overlap(facts, campaign, sent)),
            ("Cost, and orders' worth by last click", _amounts(result, facts.currency)),
            ("Rules last changed", _changed(_of(facts, "changes", campaign))),
            ("Answers for it, review on", f"{owner}, {date}"),
        ],
    )


def _of(facts: Facts, frame: str, campaign: str) -> Row:
    return next((row for row in facts.rows(frame) if said(row["campaign"]) == campaign), {})


def _wanted(facts: Facts, campaign: str) -> float:
    own = [number(row["minimum_effect"]) for row in facts.rows("experiments") if said(row["experiment"]) == f"holdout:{campaign}"]
    known = [value for value in own if not math.isnan(value)]
    return known[0] if known else WANTED


def _fatigue(evidence: Evidence, tired: Row, sent: int) -> str:
    parts = [f"{count(evidence.unsubscribed)} opted out", f"{count(evidence.complained)} complained"] if evidence.delivered else []
    if tired and whole(tired["tired_people"]) >= LEAST_PEOPLE:
        parts.append(f"of {count(sent)} written to, {count(whole(tired['tired_people']))} are tired of messages by now")
        if whole(tired["silent_people"]) >= LEAST_PEOPLE:
            parts.append(f"{count(whole(tired['silent_people']))} of them left several in a row unanswered")
    return "; ".join(parts) or "no sign of it"


def _overlap(facts: Facts, campaign: str, sent: int) -> str:
    rows = [row for row in facts.rows("overlaps") if said(row.get("campaign")) == campaign and whole(row["people_count"]) >= LEAST_PEOPLE]
    largest = sorted(rows, key=lambda row: (-whole(row["people_count"]), said(row["other"])))
    return listed([f"{named(row['other'])} ({share(whole(row['people_count']) / max(sent, 1), 0)})" for row in largest]) or "nothing else"


def _amounts(result: Mapping[str, float], currency: str) -> str:
    if not result:
        return "nothing was sent"
    worth = money(result["last_click_revenue_amount"], currency)
    spent = money(result["cost_amount"], currency)
    return f"{spent} for {count(result['sent_count'])} messages; {worth}, in part what would have come anyway"


def _changed(changes: Row) -> str:
    if not changes:
        return "not known"
    when = day(changes["changed_at"])
    return when if whole(changes["versions_count"]) > 1 else f"unchanged since records began, {when}"
