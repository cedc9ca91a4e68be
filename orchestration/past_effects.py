"""What an imported experiment brought, as soon as it is there: no warehouse is asked, where the file says what came of people."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from experiments.findings import findings
from experiments.records import Finding
from experiments.trial import EVERYBODY
from experiments.words import difference, mean
from orchestration.judging import past, rules_of
from orchestration.landing import Landing
from orchestration.landing.zone import naive
from orchestration.past_sums import tallies


def effects_of(landing: Landing, experiment: str, as_of: datetime) -> list[Finding]:
    """Every arm against the control, by metric and segment. as_of: aware. Empty where the file does not say what came of people."""
    counted = tallies(landing, experiment)
    return [found for trial in past(counted) for found in findings(trial, counted, [], rules_of(), naive(as_of))]


def lines(found: Sequence[Finding], shares: Collection[str] = ()) -> list[str]:
    """The findings to be read: everybody first, then segment by segment. shares: the metrics that are 0 or 1 for each person."""
    told = []
    ordered = sorted(found, key=lambda one: (one.segment_type != EVERYBODY, one.segment_type, one.segment, one.metric, one.arm))
    for one in ordered:
        who = "everybody" if one.segment_type == EVERYBODY else f"{one.segment_type} {one.segment}"
        means = " against ".join(mean(one.metric, value, is_share=one.metric in shares) for value in (one.value, one.control_value))
        people = f"{one.people_count:,} and {one.control_people_count:,} people"
        told.append(
            f"{who}: {one.metric} of {one.arm}, {means}: {difference(one)}, p {one.adjusted_p_value or 0:.2g}, {people}: {one.state}"
        )
    return told
