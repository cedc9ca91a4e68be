"""Journeys played through the whole programme: landed as sources land, unified by dbt once, then decided instant by instant.

A little longer than others: the world, its timelines and what is expected of them are read together.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from orchestration.landing import Landing
from orchestration.replay.compiling import built, compiled, parsed
from orchestration.replay.invariants import Invariants, window
from orchestration.replay.journey_rows import SYSTEMS, JourneyRows
from orchestration.replay.journeys import Expectation, Journeys
from orchestration.replay.played import play
from orchestration.replay.project import holdouts_of
from orchestration.replay.scratch import Scratch
from orchestration.warehouse import Warehouse

#: What identity decides once, at the end of the journeys; the rest is worked out at each instant.
IDENTITY = ("+identifiers", "+account_members", "+int_phones_parsed", "+profile_ids")
#: How long after something happened every instant is looked at; later, four times a day is enough.
CLOSELY = timedelta(hours=6)


@dataclass
class Line:
    """Of a person's timeline. what: `happens` (said), `sent` or `held` (of a campaign, by a channel or for a reason)."""

    at: datetime
    what: str
    said: str
    campaign: str = ""
    channel: str = ""
    reason: str = ""


@dataclass
class Simulation:
    """timelines: of each person, by name. unmet: expectations that did not come true; broken: invariants that did not hold."""

    timelines: dict[str, list[Line]] = field(default_factory=dict)
    unmet: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    instants: int = 0

    @property
    def sent(self) -> dict[str, list[tuple[datetime, str, str]]]:
        """What each person got: (when, campaign, channel)."""
        return {
            name: [(one.at, one.campaign, one.channel) for one in lines if one.what == "sent"] for name, lines in self.timelines.items()
        }


class World:
    """The journeys as a warehouse of their own, below `folder`, ready to be played under several rules."""

    def __init__(self, journeys: Journeys, project: Path, folder: Path, variables: dict[str, Any], manifest: Any = None) -> None:
        self.journeys, self.folder = journeys, folder
        self.variables = json.dumps({**variables, **SYSTEMS})
        self.manifest = manifest or parsed(project, folder, self.variables)
        policy, campaigns = policy_of(project, variables)
        self.rows = JourneyRows(journeys, holdouts_of(self.manifest, campaigns, policy), policy)
        self.rows.land(Landing(folder / "landing"))
        built(project, folder, self.variables, self.manifest, journeys.last, IDENTITY)
        self.live = Warehouse(data=str(folder))

    @contextmanager
    def scratch(self, project: Path, variables: dict[str, Any], manifest: Any = None) -> Iterator[Scratch]:
        """A scratch copy under the rules of a project."""
        with tempfile.TemporaryDirectory(prefix="regulars_replay_") as name:
            text = json.dumps({**variables, **SYSTEMS})
            made = compiled(project, Path(name), text, manifest)
            scratch = Scratch(made, self.live, made.campaigns("message"))
            # a handful of rows: to plan a statement well would take longer than to run it
            scratch.connection.execute("set threads = 1; pragma disable_optimizer")
            try:
                yield scratch
            finally:
                scratch.close()

    def play(self, scratch: Scratch, progress: Callable[[datetime], None] = lambda instant: None) -> Simulation:
        """Plays all journeys, checks the invariants and the expectations."""
        instants, invariants = ticks(self.journeys), Invariants(scratch)
        play(scratch, instants, scratch.project.campaigns("message"), progress, invariants.look)
        found = Simulation(self._timelines(scratch), broken=invariants.broken(), instants=len(instants))
        for person in self.journeys.people:
            for expectation in person.expect:
                if why := unmet(expectation, found.timelines[person.name], scratch.project.campaigns()):
                    found.unmet.append(f"{person.name}: {why}")
        return found

    def _timelines(self, scratch: Scratch) -> dict[str, list[Line]]:
        ids = scratch.frame("""
            select identifiers.identifier_value as customer, identifiers.profile_id from identity.identifiers
            where identifier_type = 'shop_customer_id'
        """).set_index("customer")["profile_id"]
        # each change of mind once: what is held for the same reason as the last time is no news
        told = scratch.frame("""
            select profile_id, decided_at, campaign, channel, reason from (
                select *, row_number() over told as number, lag(coalesce(reason, '')) over told as before
                from replay.played
                window told as (partition by message_id order by decided_at)
            )
            where number = 1 or before <> coalesce(reason, '') order by decided_at, priority
        """)
        found = {}
        for person in self.journeys.people:
            lines = [Line(event.at, "happens", " ".join([event.does, *map(str, event.more.values())])) for event in person.events]
            own = told[told["profile_id"] == ids.get(self.rows.customers[person.name])]
            for row in own.to_dict("records"):
                is_held = isinstance(row["reason"], str)
                said = f"{row['campaign']} held: {row['reason'].replace('_', ' ')}" if is_held else f"{row['campaign']} by {row['channel']}"
                reason = row["reason"] if is_held else ""
                at = row["decided_at"].to_pydatetime()
                lines.append(Line(at, "held" if is_held else "sent", said, row["campaign"], row["channel"], reason))
            found[person.name] = sorted(lines, key=lambda line: (line.at, line.what != "happens"))
        return found


def policy_of(project: Path, variables: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The variables of a project with some changed, and the names of its campaigns."""
    import yaml

    policy = yaml.safe_load((project / "dbt_project.yml").read_text())["vars"] | variables
    listed = [*(policy.get("triggers") or []), *(policy.get("audiences") or [])]
    return policy, [next(iter(one)) if isinstance(one, dict) else str(one) for one in listed]


def ticks(journeys: Journeys) -> list[datetime]:
    """The instants that are decided on: all close to what happens, else four times a day."""
    happened = [event.at for person in journeys.people for event in person.events] + [event.at for _, event in journeys.changes]
    happened += [person.since for person in journeys.people]
    found = []
    for one in window(journeys.first, journeys.last, journeys.every):
        marks = (one.replace(hour=hour, minute=0) for hour in (7, 11, 15, 19))
        if any(one - journeys.every < mark <= one for mark in marks) or any(at <= one <= at + CLOSELY for at in happened):
            found.append(one)
    return found


def unmet(expectation: Expectation, lines: list[Line], known: list[str]) -> str:
    """Why an expectation did not come true, as the end of a sentence; empty when it did."""
    name = expectation.campaign or "anything"
    if expectation.campaign is not None and expectation.campaign not in known:
        return f"there is no campaign {name}"
    own = [line for line in lines if line.what != "happens" and expectation.campaign in (None, line.campaign)]
    sent = [line for line in own if line.what == "sent" and (expectation.after is None or line.at >= expectation.after)]
    sent = [line for line in sent if expectation.channel in (None, line.channel)]
    heard = "; ".join(f"{line.said} at {line.at:%Y-%m-%d %H:%M}" for line in own) or "nothing of it"
    if expectation.is_not:
        until = [line for line in sent if expectation.by is None or line.at <= expectation.by]
        if until:
            return f"{name} was to be sent never, but was: {heard}"
        if expectation.because and expectation.because not in {line.reason for line in own}:
            return f"{name} was to be held for {expectation.because}, but there was {heard}"
        return ""
    in_time = [line for line in sent if expectation.by is None or line.at <= expectation.by]
    if not in_time:
        bounds = [f"{word} {at:%Y-%m-%d %H:%M}" for word, at in (("after", expectation.after), ("by", expectation.by)) if at]
        return f"{name} was to be sent{' ' if bounds else ''}{' and '.join(bounds)}, but there was {heard}"
    if expectation.times is not None and len(in_time) != expectation.times:
        return f"{name} was to be sent {expectation.times} times, but was {len(in_time)} times: {heard}"
    return ""
