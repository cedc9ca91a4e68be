"""What each campaign brought against its own control group, and by kind of customer."""

from __future__ import annotations

import math

from reports.cells import number, said, whole
from reports.charts import forest
from reports.effects import LEAST_PEOPLE, Effect, effect, effects, of_campaigns
from reports.ink import ink
from reports.outcomes import metric_words
from reports.page import Chart, Facts, Section, Table, unknown
from reports.words import BLANK, Figure, between, count, listed, money, named, share, signed, titled

_COLOURS = {"better": "good", "worse": "bad"}
_VERDICTS = {"better": "helps", "worse": "does harm", "open": "no verdict yet", "unknown": "not known yet"}


def section(facts: Facts) -> Section:
    """All campaigns in one picture, those with a verdict first."""
    own = of_campaigns(effects(facts.rows("effects")))
    if not own:
        return unknown("lifts", "What each campaign brought", "Not known yet: no campaign has a control group whose days are over.")
    if all(one.verdict == "unknown" for one in own):
        told = f"{count(len(own))} campaigns and lists hold people out; nobody's days are over yet, so nothing can be said."
        return unknown("lifts", "What each campaign brought", told)
    verdicts = {verdict: [one for one in own if one.verdict == verdict] for verdict in _VERDICTS}
    parts = [f"{len(some):,} {'helps' if len(some) == 1 else 'help'}" for some in (verdicts["better"],) if some]
    parts += [f"{len(some):,} {'does' if len(some) == 1 else 'do'} harm" for some in (verdicts["worse"],) if some]
    waiting = len(verdicts["open"]) + len(verdicts["unknown"])
    parts += [f"for {waiting:,} it is too early to say"] if waiting else []
    told = f"Of {count(len(own))} campaigns and lists {listed(parts)}." if len(own) > 1 else f"{titled(own[0].campaign)} {own[0].sentence}."
    harm = [f"{titled(one.campaign)} {one.sentence}." for one in verdicts["worse"]]
    harm += [f"{titled(one.campaign)}: {one.sentence}." for one in own if one.is_ratio_alarm]
    segments = _segments(facts, own)
    return Section(
        "lifts",
        "What each campaign brought",
        told,
        told,
        charts=[_forest(own)],
        alerts=harm,
        alerts_title="Look at these first",
        tables=[table for table in (_claimed(facts), segments) if table],
        note=(
            "A bar says between which figures the truth lies, and may be looked at on any day; where a planned look is due, it is that of "
            "the plan. Grey: the bar holds zero, so nothing is proven, wherever its middle lies. Green and red alone are verdicts."
        ),
    )


def _forest(own: list[Effect]) -> Chart:
    names = _names(own)
    shown, rows = [], []
    for one in own:
        name = names[one.experiment, one.arm, one.metric]
        colour = _COLOURS.get(one.verdict, "soft")
        # without an interval there is nothing to draw; the table has it
        if one.verdict != "unknown":
            shown.append(
                {
                    "label": name,
                    "value": one.lift,
                    "low": one.lift_low,
                    "high": one.lift_high,
                    "text": one.words,
                    "colour": ink(colour),
                    "words": f"{name}: {one.sentence}",
                }
            )
        bounds = [BLANK if math.isnan(cell) else Figure(signed(cell, "share"), cell) for cell in (one.lift, one.lift_low, one.lift_high)]
        sees = BLANK if math.isnan(one.detectable) else Figure(signed(one.detectable, "share"), one.detectable)
        people = [count(one.people), count(one.control_people), _value(one.value, one.metric), _value(one.control_value, one.metric)]
        rows.append([name, metric_words(one.metric), *people, *bounds, sees, _VERDICTS[one.verdict]])
    head = ["campaign", "measured by", "treated", "control", "treated: value", "control: value", "lift", "at least", "at most"]
    table = Table("lifts", "Lift of each campaign against its own control group", [*head, "sees from", "verdict"], rows)
    words = (
        "So much more (or less) than their control groups did those whom the campaign was meant for, whether or not the message went out."
    )
    return Chart("Lift by campaign", words, forest(shown, "Lift by campaign"), table, is_wide=True)


def _names(own: list[Effect]) -> dict[tuple[str, str, str], str]:
    """A label of its own for each row: the picture puts rows of one label on one line."""
    made = {}
    for one in own:
        several = sum(other.campaign == one.campaign for other in own) > 1
        made[one.experiment, one.arm, one.metric] = titled(one.campaign) + (f", {named(one.metric)}" if several else "")
    return made


def _value(value: float, metric: str) -> Figure:
    if math.isnan(value):
        return BLANK
    return share(value) if metric not in ("orders", "revenue") else Figure(f"{value:,.2f}", value)


def _segments(facts: Facts, own: list[Effect]) -> Table | None:
    """Where the same campaign does not do the same to all; groups too small to be told apart are left out."""
    primary = {(one.experiment, one.phase, one.metric) for one in own}
    rows = []
    for one in map(effect, facts.rows("effects")):
        if one.segment_type in ("all", "") or (one.experiment, one.phase, one.metric) not in primary:
            continue
        if min(one.people, one.control_people) < LEAST_PEOPLE or one.verdict == "unknown":
            continue
        people = [count(one.people), count(one.control_people)]
        rows.append([titled(one.campaign), named(one.segment_type), titled(one.segment), *people, one.words, _VERDICTS[one.verdict]])
    head = ["campaign", "by", "group", "treated", "control", "lift", "verdict"]
    caption = "Lift by kind of customer: of so many comparisons some stand out by chance, so take them for questions"
    return Table("lifts_by_segment", caption, head, sorted(rows)) if rows else None


def _claimed(facts: Facts) -> Table | None:
    """What each brought in all beside what attribution would claim of the same people."""
    found = {(one.campaign, one.metric): one for one in effects(facts.rows("effects")) if one.is_holdout and one.campaign}
    rows = []
    for row in sorted(facts.rows("campaign_results"), key=lambda row: said(row["campaign"])):
        campaign = said(row["campaign"])
        sums = [found.get((campaign, metric)) for metric in ("ordered", "revenue")]
        brought = [_sum(one, unit, facts.currency) for one, unit in zip(sums, ("count", "money"), strict=True)]
        people = [count(whole(row[f"{model}_people_count"])) for model in ("last_click", "last_touch")]
        revenue = [money(number(row[f"{model}_revenue_amount"]), facts.currency) for model in ("last_click", "last_touch")]
        rows.append([titled(campaign), *brought, *people, *revenue])
    head = ["campaign", "more people who ordered", "more revenue", *("last click: people", "last touch: people", "last click: revenue")]
    caption = "Proven, and claimed by attribution, of the same people"
    return Table("claimed", caption, [*head, "last touch: revenue"], rows) if rows else None


def _sum(one: Effect | None, unit: str, currency: str) -> str:
    if one is None or one.verdict == "unknown" or one.is_ratio_alarm:
        return "not known yet"
    low, high = one.low * one.people, one.high * one.people
    told = between(low, high, unit, currency)
    return f"{told}: no verdict yet" if one.verdict == "open" else f"{signed(one.effect * one.people, unit, currency)}, {told}"
