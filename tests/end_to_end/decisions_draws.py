"""Who is drawn into what, as the policy is told: control groups, the arms of experiments, and the log that is kept of both."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decisions_reference import Verdict
    from decisions_world import Person, Policy, World


@dataclass
class Arm:
    """One arm of an experiment. share: of all people, together 1."""

    name: str
    share: float
    content: str | None = None
    channel: str | None = None
    send_hour: int | None = None


@dataclass
class Experiment:
    """What is tried on a campaign's people. phase: test or watch, in which people are drawn; others are over."""

    campaign: str
    varies: str
    arms: list[Arm]
    phase: str = "test"

    @property
    def name(self) -> str:
        return f"{self.campaign}:tried"

    def needed(self, usual: str) -> set[str]:
        """The channels that whoever takes part must be reachable by. usual: what the campaign asks for."""
        if self.varies != "channel":
            return set()
        return {arm.channel or usual for arm in self.arms if arm.share > 0} - {"best"}

    def arm_of(self, person: "Person", log: "Log") -> Arm:
        """As it was logged under the first of the person's ids; else by the smallest of their numbers."""
        known = {arm.name: arm for arm in self.arms}
        logged = log.arm_of(self.name, self.phase, person)
        if logged in known:
            return known[logged]
        number, upto = min(percent(f"{self.name}:{self.phase}:{key}") for key in person.ids) / 100, 0.0
        for arm in self.arms:
            upto += arm.share
            if number < round(upto, 12):
                return arm
        raise AssertionError("the shares are not 1 together")


@dataclass
class Log:
    """Who was assigned when to which arm: (experiment, phase, profile id) -> (when, number, arm)."""

    rows: dict[tuple[str, str, str], tuple[datetime, float, str]] = field(default_factory=dict)

    def arm_of(self, experiment: str, phase: str, person: "Person") -> str | None:
        found = [row for key in person.ids if (row := self.rows.get((experiment, phase, key)))]
        return min(found)[2] if found else None


def percent(text: str) -> float:
    """The stable number from 0 to below 100 that control groups and variants are drawn by: a whole one, and what is left of the hash."""
    digits = int(hashlib.md5(text.encode()).hexdigest()[:8], 16)
    return digits % 100 + digits // 100 / 42949673


def campaign_pct(campaign: str, world: "World", policy: "Policy") -> float:
    found: float = world.holdouts.get(campaign, policy["holdout_campaign_pct"])
    return found


def own_number(verdict: "Verdict") -> float:
    """Of the draw of the campaign's own control group, by the smallest of all ids that the person ever had."""
    return min(percent(f"{verdict.request.campaign}:{key}") for key in verdict.person.ids)


def write_down(verdicts: dict[str, "Verdict"], world: "World", policy: "Policy", now: datetime) -> None:
    """Adds to the world's log whoever nothing but the draw stands against for the first time."""
    from decisions_reads import is_marketing

    whole = policy["holdout_global_pct"]
    for verdict in verdicts.values():
        if verdict.request.purpose != "marketing":
            continue
        campaign, person, is_last = verdict.request.campaign, verdict.person, verdict.reason in (None, "holdout")
        pct, own, is_everybodys = campaign_pct(campaign, world, policy), own_number(verdict), person.bucket < whole
        if is_last and whole:
            _add(world.log, "holdout", "test", person, now, person.bucket / 100, "control" if is_everybodys else "treated")
        if is_last and pct and not is_everybodys and is_marketing(campaign):
            _add(world.log, f"holdout:{campaign}", "test", person, now, own / 100, "control" if own < pct else "treated")
        tried = world.experiments.get(campaign)
        waits = tried is not None and tried.varies == "send_time" and verdict.reason == "send_time" and not verdict.is_too_much
        if tried and verdict.arm and not verdict.is_control and (is_last or waits):
            number = min(percent(f"{tried.name}:{tried.phase}:{key}") for key in person.ids) / 100
            _add(world.log, tried.name, tried.phase, person, now, number, verdict.arm.name)


def _add(log: Log, experiment: str, phase: str, person: "Person", now: datetime, number: float, arm: str) -> None:
    if log.arm_of(experiment, phase, person) is None:
        log.rows[experiment, phase, person.profile_id] = (now, number, arm)
