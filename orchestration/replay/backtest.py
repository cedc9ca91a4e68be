"""A campaign over a past period: who would have qualified, what each rule took away, who would have got it.

One file, a little long: the days, what is asked of each, and their sum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd

from activations.masking import mask
from orchestration.replay.played import play
from orchestration.replay.project import Project
from orchestration.replay.scratch import Scratch


@dataclass
class Backtest:
    """What came of a campaign. kind: message, membership. asked, people: requests, and who they are about.

    rules: each rule that took some away, in the order of the policy: (reason, how many, how many are left after it). A request is counted
    where it ended: as sent, or under the last reason it had. waited: of those sent, how many had waited before, by reason.
    weeks: (first instant of the week, asked for the first time, sent). members: of a membership (instant, in, allowed) at each instant.
    examples: (outcome, masked address, person, when it happened, the reason in words), some of each outcome. notes: what to keep in mind.
    """

    campaign: str
    kind: str
    instants: list[datetime]
    asked: int = 0
    people: int = 0
    sent: int = 0
    reached: int = 0
    rules: list[tuple[str, int, int]] = field(default_factory=list)
    waited: list[tuple[str, int]] = field(default_factory=list)
    weeks: list[tuple[datetime, int, int]] = field(default_factory=list)
    members: list[tuple[datetime, int, int]] = field(default_factory=list)
    examples: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


#: One row a request: how it ended. What was sent ended so; everything else as it was last seen.
ENDED = """
    select
        message_id,
        any_value(profile_id) as profile_id,
        arg_max(address, decided_at) as address,
        arg_max(occurred_at, decided_at) as occurred_at,
        min(decided_at) as first_at,
        case
            when bool_or(reason is null and kind = 'message') then 'sent'
            else arg_max(coalesce(reason, 'member'), decided_at)
        end as outcome,
        arg_max({words}, decided_at) as words
    from replay.played
    where campaign = '{campaign}'
    group by message_id
"""


def backtest(
    scratch: Scratch,
    campaign: str,
    instants: Sequence[datetime],
    among: Sequence[str] = (),
    examples: int = 3,
    progress: Callable[[datetime], None] = lambda instant: None,
) -> Backtest:
    """Plays a campaign at each instant (naive UTC, in order); what it and those `among` which it stands would have sent counts as sent
    from then on, and what they really sent in the period is left out. What other campaigns sent stays. Raises LookupError."""
    project = scratch.project
    if campaign not in project.campaigns():
        raise LookupError(f"no campaign is called {campaign}; there are {', '.join(project.campaigns())}")
    played = sorted({campaign, *among})
    scratch.forget_sent(played, instants[0])
    play(scratch, instants, played, progress)
    kind = "message" if campaign in project.campaigns("message") else "membership"
    found = Backtest(campaign, kind, list(instants), notes=_notes(scratch, project, campaign, instants, played))
    words = "because" if "because" in scratch.frame("select * from replay.played limit 0").columns else "reason"
    ended = scratch.frame(ENDED.format(campaign=campaign, words=words))
    found.asked, found.people = len(ended), ended["profile_id"].nunique()
    gone = ended[ended["outcome"].isin(["sent", "member"])]
    found.sent, found.reached = len(gone), gone["profile_id"].nunique()
    left, counts = found.asked, ended["outcome"].value_counts()
    for reason in [*project.reasons, *sorted(set(counts.index) - {*project.reasons, "sent", "member"})]:
        if taken := int(counts.get(reason, 0)):
            left -= taken
            found.rules.append((reason, taken, left))
    found.waited = _waited(scratch, campaign) if kind == "message" else []
    if kind == "message":
        found.weeks = _weeks(scratch, campaign, instants[0])
    else:
        found.members = _rows(
            scratch,
            f"""
            select decided_at, count(*), count(*) filter (where reason is null) from replay.played
            where campaign = '{campaign}' group by decided_at order by decided_at
        """,
        )
    for outcome in dict.fromkeys(["sent", "member", *(rule for rule, *_ in found.rules)]):
        some = ended[ended["outcome"] == outcome].sort_values(["first_at", "message_id"]).head(examples)
        found.examples += [_example(row, outcome) for row in some.to_dict("records")]
    return found


def _example(row: dict[Any, Any], outcome: str) -> tuple[str, str, str, str, str]:
    address = row["address"]
    happened = row["occurred_at"]
    said = row["words"] if isinstance(row["words"], str) and row["words"] != outcome else ""
    shown = mask(address) if isinstance(address, str) else "no address"
    return outcome, shown, str(row["profile_id"]), "" if pd.isna(happened) else f"{happened:%Y-%m-%d %H:%M}", str(said)


def _waited(scratch: Scratch, campaign: str) -> list[tuple[str, int]]:
    found = _rows(
        scratch,
        f"""
        with sent as (select message_id from replay.played where campaign = '{campaign}' and reason is null)
        select reason, count(distinct message_id) from replay.played
        where campaign = '{campaign}' and reason is not null and message_id in (from sent)
        group by reason
    """,
    )
    order = {reason: place for place, reason in enumerate(scratch.project.reasons)}
    return sorted(found, key=lambda row: order.get(row[0], len(order)))


def _weeks(scratch: Scratch, campaign: str, first: datetime) -> list[tuple[datetime, int, int]]:
    return _rows(
        scratch,
        f"""
        with requests as (
            select min(decided_at) as first_at, min(decided_at) filter (where reason is null) as sent_at
            from replay.played where campaign = '{campaign}' group by message_id
        ), dated as (
            select first_at as happened_at, 1 as asked, 0 as sent from requests
            union all select sent_at, 0, 1 from requests where sent_at is not null
        )
        select time_bucket(interval 7 days, happened_at, timestamp '{first}') as week, sum(asked)::bigint, sum(sent)::bigint
        from dated group by week order by week
    """,
    )


def _rows(scratch: Scratch, query: str) -> list[Any]:
    return scratch.connection.execute(query).fetchall()


def _notes(scratch: Scratch, project: Project, campaign: str, instants: Sequence[datetime], played: Sequence[str]) -> list[str]:
    """What a reader must know to read the figures right."""
    notes = []
    for name in sorted(project.models[campaign].scores):
        ((first,),) = scratch.connection.execute(f"select min(as_of) from scores.{name}").fetchall()
        blind = sum(first is None or instant < first for instant in instants)
        if blind:
            since = "there is none yet" if first is None else f"the first is of {first:%Y-%m-%d}"
            notes.append(f"it reads scores.{name}, of which {since}: {blind} of {len(instants)} instants were decided without")
    others = [name for name in project.campaigns("message") if name not in played]
    if others and project.campaigns("message").count(campaign):
        notes.append("played alone, beside what the others really sent: a stronger scenario and outranking are seen with --among")
    notes.append("who is one person is taken as known now; a first load holds each row's last version, an order its last status")
    return notes
