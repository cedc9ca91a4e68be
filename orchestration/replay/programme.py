"""The whole programme played on the people of the warehouse: how many get what, what holds the rest back, and what must never happen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from orchestration.replay.invariants import Invariants
from orchestration.replay.played import play
from orchestration.replay.scratch import Scratch


@dataclass
class Programme:
    """outcomes: (campaign, outcome, requests), by priority; each request as it ended. sent: (message_id, campaign, profile_id, sent_at).
    timelines: of those who got most: person, and lines. broken: as Invariants says it."""

    instants: list[datetime]
    outcomes: pd.DataFrame
    sent: pd.DataFrame
    timelines: dict[str, list[str]]
    broken: list[str]


def played(scratch: Scratch, instants: Sequence[datetime], progress: Callable[[datetime], None], people: int = 3) -> Programme:
    """Plays every message of the programme at each instant; what was really sent since the first is played anew."""
    campaigns = scratch.project.campaigns("message")
    scratch.forget_sent(campaigns, instants[0])
    invariants = Invariants(scratch)
    play(scratch, instants, campaigns, progress, invariants.look)
    outcomes = scratch.frame("""
        select campaign, outcome, count(*) as requests from (
            select campaign, any_value(priority) as priority, message_id,
                case when bool_or(reason is null) then 'sent' else arg_max(reason, decided_at) end as outcome
            from replay.played group by campaign, message_id
        )
        group by campaign, outcome order by min(priority), outcome
    """)
    sent = scratch.frame("select message_id, campaign, profile_id, decided_at as sent_at from replay.played where reason is null")
    timelines = {}
    for person in sent["profile_id"].value_counts().head(people).index:
        own = scratch.frame(
            """
            select decided_at, campaign, channel, reason from (
                select *, lag(coalesce(reason, '')) over (partition by message_id order by decided_at) as before from replay.played
                where profile_id = ?
            )
            where before is null or before <> coalesce(reason, '') order by decided_at, priority
            """,
            [person],
        )
        timelines[str(person)] = [_line(row) for row in own.to_dict("records")]
    return Programme(list(instants), outcomes, sent, timelines, invariants.broken())


def _line(row: dict[object, object]) -> str:
    is_held = isinstance(row["reason"], str)
    said = f"- {row['campaign']} held: {str(row['reason']).replace('_', ' ')}" if is_held else f"> {row['campaign']} by {row['channel']}"
    return f"  {row['decided_at']:%a %Y-%m-%d %H:%M}  {said}"


def lines(found: Programme) -> list[str]:
    """Figures by campaign, the timelines of those who got most (by their ids), and what must never happen."""
    said = [f"{found.instants[0]:%Y-%m-%d %H:%M} to {found.instants[-1]:%Y-%m-%d %H:%M} UTC, decided {len(found.instants)} times"]
    for campaign, rows in found.outcomes.groupby("campaign", sort=False):
        counts = dict(zip(rows["outcome"], rows["requests"], strict=True))
        held = ", ".join(f"{reason.replace('_', ' ')} {count:,}" for reason, count in counts.items() if reason != "sent")
        said.append(f"  {campaign:<28}{counts.get('sent', 0):>7,} sent" + (f"; {held}" if held else ""))
    for person, told in found.timelines.items():
        said += ["", person, *told]
    broken = [f"BROKEN: {line}" for line in found.broken]
    return [*said, "", *(broken or ["no cap, consent, quiet hour, cooldown or control group was broken, nothing went out twice"])]


def beside(before: Programme, after: Programme) -> list[str]:
    """How many more or fewer each campaign sends, and to how many people that makes a difference."""
    old, new = (set(zip(one.sent["campaign"], one.sent["profile_id"], one.sent["message_id"], strict=True)) for one in (before, after))
    said = []
    for campaign in dict.fromkeys([*before.outcomes["campaign"], *after.outcomes["campaign"]]):
        gone, come = ({one for one in some if one[0] == campaign} for some in (old - new, new - old))
        if gone or come:
            both = sum(one[0] == campaign for one in old)
            said.append(f"  {campaign:<28}{both:>7,} -> {both - len(gone) + len(come):>7,}  (+{len(come):,} -{len(gone):,})")
    people = {one[1] for one in old ^ new}
    return [*said, f"  {len(people):,} people get something else"] if said else ["  nobody gets anything else"]
