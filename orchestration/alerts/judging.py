"""One run judged, in one file: from the measures and the delivery's answers to incidents that are written down and told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd

from alerts.causes import Evidence
from alerts.incidents import Finding, Incident, Key, moved_on
from alerts.judging import judged as judge
from alerts.naming import named
from alerts.policy import Policy
from alerts.words import finding_of
from orchestration.alerts.book import Book
from orchestration.alerts.gathering import (
    MEASURES,
    late_of,
    links_of,
    of_delivery,
    of_waiting,
    providers_of,
    refused_of,
    rules_of,
    silent_of,
    waiting_of,
)
from orchestration.alerts.telling import Webhook, tell_all
from orchestration.landing import Landing
from orchestration.sources.table import Table
from orchestration.warehouse import Warehouse

#: What ends a run before anything is sent; over as soon as one comes to its end again.
STOPPED: Key = ("sent", "all", "all", "drop")
#: Odd no longer, but not far enough from it to say that it is over.
LASTING = 0.01


@dataclass
class Alerted:
    """What a run came to: the incidents that are open, those that are new, those that are over, and why telling failed."""

    open: list[Incident] = field(default_factory=list)
    opened: list[Incident] = field(default_factory=list)
    closed: list[Incident] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    series_judged: int = 0


def judge_run(
    warehouse: Warehouse,
    landing: Landing,
    tables: Sequence[Table],
    tallies: Mapping[str, Mapping[str, Any]],
    as_of: datetime,
    policy: Policy,
    webhook: Webhook | None,
) -> Alerted:
    """Judges what the warehouse measured and the delivery met. tables: whose freshness counts; tallies: by destination."""
    with warehouse.open() as connection:
        measures = connection.execute(MEASURES).df()
        waiting = waiting_of(connection)
        judged = judge(measures, policy)
        odd = named(judged)
        rules = rules_of(connection, as_of) if waiting or len(odd) else {}
    known = Evidence(
        late=late_of(tables, landing, as_of) if len(odd) else {},
        gates=refused_of(landing, as_of) if len(odd) else (),
        providers=providers_of(tallies),
        rules=rules,
        waiting={campaign: f"{campaign} {words}" for campaign, _, words in waiting},
        silent=silent_of(judged),
        links=links_of(judged),
        answers=_as_usual(judged),
    )
    found = [finding_of(row, known) for row in odd.itertuples()]
    keys = {finding.key for finding in found}
    facts = [*of_delivery(tallies, policy.least_count), *of_waiting(waiting, known)]
    found = [*(fact for fact in facts if fact.key not in keys), *found]
    return settle(Book(landing), found, *_ending(judged, tallies, {name for name, _, _ in waiting}), as_of, webhook, len(judged))


def settle(
    book: Book,
    found: Sequence[Finding],
    lasting: Iterable[Key],
    over: Callable[[Incident], bool],
    as_of: datetime,
    webhook: Webhook | None,
    series: int = 0,
) -> Alerted:
    """Writes down what is new, lasts or is over, tells it, and writes down what was told."""
    known = book.incidents()
    before = [one for one in known if one.closed_at is None]
    changed = moved_on(before, found, set(lasting), {one.finding.key for one in before if over(one)}, as_of)
    book.write(changed)
    now = {one.alert_id: one for one in known} | {one.alert_id: one for one in changed}
    untold: list[str] = []
    if webhook is not None:
        told, untold = tell_all(webhook, list(now.values()), as_of)
        book.write(told)
        now |= {one.alert_id: one for one in told}
    ids = {one.alert_id for one in before}
    return Alerted(
        [one for one in now.values() if one.closed_at is None],
        [one for one in changed if one.alert_id not in ids],
        [one for one in changed if one.closed_at is not None],
        untold,
        series,
    )


def _ending(
    judged: pd.DataFrame, tallies: Mapping[str, Mapping[str, Any]], waiting: set[str]
) -> tuple[set[Key], Callable[[Incident], bool]]:
    """What is not quite over, and how to know of an incident that it is."""
    lasting: set[Key] = set()
    seen: set[tuple[str, str, str]] = set()
    for row in judged.itertuples():
        seen.add((str(row.step), str(row.dimension), str(row.name)))
        if float(row.p_still) <= LASTING:  # type: ignore[arg-type]
            lasting.add((str(row.step), str(row.dimension), str(row.name), str(row.direction)))

    def is_over(one: Incident) -> bool:
        finding = one.finding
        if finding.key == STOPPED and finding.value is None:
            return True
        if (finding.step, finding.dimension) == ("sent", "destination") and finding.cause == "provider":
            tally = tallies.get(finding.name)
            return tally is not None and not tally["stopped"] and (tally["accepted"] > 0 or tally["left"] == 0)
        if finding.usual is None:
            return finding.name not in waiting
        return finding.key[:3] in seen

    return lasting, is_over


def _as_usual(judged: pd.DataFrame) -> dict[str, str]:
    if judged.empty:
        return {}
    rows = judged[(judged["dimension"] == "all") & judged["is_share"] & ~judged["is_odd"] & (judged["window_hours"] == 24)]
    return {
        str(row.step): f"{100 * float(row.value):.1f} %, usually {100 * float(row.usual):.1f} %"  # type: ignore[arg-type]
        for row in rows.itertuples()
    }


def stopped(finding: Finding, landing: Landing, as_of: datetime, webhook: Webhook | None) -> Alerted:
    """A run that ended before anything was sent: one more finding, and nothing is over."""
    return settle(Book(landing), [finding], (), lambda _: False, as_of, webhook)
