"""The review of a quarter: of each campaign what it brought, whom it reached and tired, what it cost, and whether to keep it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from reports.page import Card, Facts, Section, Table, unknown
from reports.quarters import Quarter
from reports.review import CALLS, RULES
from reports.reviewed import Reviewed, reviewed
from reports.sections import programme
from reports.sheet import sheet
from reports.words import count, day, listed, titled

_TONES = {"stop": "bad", "fix": "warm", "keep": "good", "keep for now": ""}


def review(facts: Facts, quarter: Quarter, others: Mapping[str, str]) -> str:
    """The page as HTML. others: what the sister pages are called, by the name of their file."""
    found = reviewed(facts, quarter)
    is_over = facts.as_of >= quarter.end
    lead = f"From {day(quarter.start)} to {day(quarter.end - timedelta(days=1) if is_over else facts.as_of)}."
    lead += "" if is_over else " The quarter is not over: this is what it shows so far."
    messages = [one for one in found if one.kind == "message"]
    lists = [one for one in found if one.kind != "message"]
    sections = [_calls(messages, facts), programme.section(facts), _each(messages), _lists(lists), _rules()]
    return sheet(f"Review of {quarter.year} Q{quarter.number}", sections, facts, others, lead)


def _calls(found: list[Reviewed], facts: Facts) -> Section:
    title = "Keep, fix or stop"
    if not found:
        return unknown("calls", title, "No campaign is declared yet.")
    numbers = {call: sum(one.advice.call == call for one in found) for call in CALLS}
    told = f"{count(len(found))} {'campaign' if len(found) == 1 else 'campaigns'}: "
    told += f"{listed([f'{call} {number:,}' for call, number in numbers.items() if number])}."
    overdue = [f"{titled(one.campaign)}: {one.review_on}; {one.owner} answers for it." for one in found if one.is_overdue]
    rows = [[titled(one.campaign), one.advice.call, one.lift, one.sent, one.opt_outs, one.cost, one.owner, one.review_on] for one in found]
    head = ["campaign", "advice", "lift", "people sent to", "opted out", "cost", "owner", "review on"]
    table = Table("calls", "All campaigns, what to stop first", head, rows)
    return Section("calls", title, told, told, alerts=overdue, alerts_title="Their review date has passed", lists=[table])


def _each(found: list[Reviewed]) -> Section:
    if not found:
        return unknown("each", "Campaign by campaign", "None.")
    cards = [
        Card(
            f"campaign-{one.campaign}",
            titled(one.campaign),
            f"{one.advice.call}{', review overdue' if one.is_overdue else ''}",
            _TONES[one.advice.call],
            f"{one.advice.why} {one.advice.do}",
            one.facts,
        )
        for one in found
    ]
    return Section(
        "each", "Campaign by campaign", "In the order of what to do: stop, fix, keep, and those without a verdict yet.", cards=cards
    )


def _lists(found: list[Reviewed]) -> Section:
    title = "Lists at the providers"
    if not found:
        return unknown("lists", title, "There are none.")
    rows = [[titled(one.campaign), one.sent, one.held_out, one.lift, one.owner, one.review_on] for one in found]
    head = ["list", "people put on it", "held out", "lift", "owner", "review on"]
    late = sum(one.is_overdue for one in found)
    told = f"{count(len(found))} lists" + (f"; the review dates of {late:,} have passed." if late else "; no review date has passed.")
    return Section("lists", title, told, lists=[Table("lists", "Lists of the quarter", head, rows)])


def _rules() -> Section:
    return Section("rules", "How this is judged", " ".join(RULES))
