"""What the page of delivery/audiences tells: when, how many, what failed and why, what next. For people who never saw the code."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import dagster as dg
import pandas as pd

from activations.syncs.report import SyncReport
from orchestration.assets.pictures import bars
from orchestration.assets.reasons import explained, table, without_zeros

_APPROVE = "regulars campaigns approve"
_COMPARE = "`regulars syncs reconcile`"


def page(
    reports: Sequence[SyncReport],
    members: Mapping[str, int],
    held: Sequence[str],
    at: datetime,
    compared: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Metadata in the order in which it is read. members: by audience; held: audiences that wait for a person; at: the run's instant;
    compared: what the last comparison of each list with its provider's came to, where there was one."""
    largest = sorted(members.items(), key=lambda pair: -pair[1])[:40]
    return {
        "when": f"{at:%Y-%m-%d %H:%M} UTC; {_speed(reports)}",
        "how_many": dg.MetadataValue.md(f"**{line(reports)}**\n\n" + table(_by_destination(reports))),
        "what_failed_and_why": dg.MetadataValue.md("\n".join(f"- {words}" for words in _failures(reports)) or "nothing failed"),
        "what_next": dg.MetadataValue.md("\n".join(f"- {words}" for words in _next(reports, held)) or "nothing to do"),
        "lists": dg.MetadataValue.md(table(_by_list(reports))),
        "last_compared_with_the_provider": dg.MetadataValue.md(table(_compared(compared)) if compared else f"never: {_COMPARE} does it"),
        "members_by_audience": bars("Members by audience", [name for name, _ in largest], [count for _, count in largest]),
    }


def line(reports: Sequence[SyncReport]) -> str:
    """All syncs in one line."""
    told = {name: sum(getattr(report, name) for report in reports) for name in ("accepted", "removed", "left")}
    rejected = sum(report.rejected.total() for report in reports)
    refused = sum(report.refused is not None for report in reports)
    asks = f", {refused} lists left as they were" if refused else ""
    return (
        f"{len(reports)} lists: {told['accepted']:,} rows accepted, {told['removed']:,} taken off, {rejected:,} rejected, "
        f"{told['left']:,} left{asks}"
    )


def _speed(reports: Sequence[SyncReport]) -> str:
    by_destination: dict[str, float] = {}
    for report in reports:
        by_destination[report.destination] = by_destination.get(report.destination, 0.0) + report.seconds
    longest = max(by_destination.values(), default=0.0)
    rows = sum(report.accepted + report.removed + report.rejected.total() for report in reports)
    return f"it took {longest:,.1f} s" + (f", {rows / longest:,.0f} rows a second" if rows and longest else "")


def _by_destination(reports: Sequence[SyncReport]) -> pd.DataFrame:
    heads = ["provider", "lists", "in step", "accepted", "taken off", "rejected", "left", "held"]
    rows = []
    for name in dict.fromkeys(report.destination for report in reports):
        own = [report for report in reports if report.destination == name]
        sums = [sum(getattr(report, field) for report in own) for field in ("accepted", "removed", "left", "held")]
        rejected = sum(report.rejected.total() for report in own)
        rows.append((name, len(own), sum(map(is_in_step, own)), sums[0], sums[1], rejected, *sums[2:]))
    return without_zeros(pd.DataFrame(rows, columns=heads))


def _by_list(reports: Sequence[SyncReport]) -> pd.DataFrame:
    heads = ["list", "provider", "members", "new", "changed", "accepted", "taken off", "rejected", "left", "is in step"]
    rows = []
    for one in reports:
        done = (one.created, one.updated, one.accepted, one.removed, one.rejected.total(), one.left)
        rows.append((one.audience, one.destination, one.members, *done, "yes" if is_in_step(one) else "no"))
    return pd.DataFrame(rows, columns=heads)


def _compared(facts: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    heads = ["list", "provider", "when", "believed", "listed", "agree", "missing there", "taken off, but there", "by others", "mended"]
    rows = []
    for one in facts:
        kinds = (one["kinds"][kind] for kind in ("missing", "returned", "strangers"))
        counts = (one["believed"], one["listed"], one["agreed"], *kinds)
        rows.append((one["audience"], one["destination"], one["at"][:16], *counts, "yes" if one["is_mended"] else "no"))
    return pd.DataFrame(rows, columns=heads)


def is_in_step(report: SyncReport) -> bool:
    """Whether the list at the provider is the audience now, but for rows that the provider refuses."""
    return not (report.refused or report.stopped or report.left or report.held)


def _failures(reports: Sequence[SyncReport]) -> list[str]:
    """What went wrong, the same at one provider in one sentence."""
    found: dict[tuple[str, str, str, str], list[tuple[str, int]]] = {}
    for one in reports:
        if one.refused:
            after = f"if it is meant: {_APPROVE} {one.audience}"
            found.setdefault((one.destination, "left as it was", one.refused, after), []).append((one.audience, 0))
        if one.stopped:
            found.setdefault((one.destination, "could not go on", one.stopped, "with the next run"), []).append((one.audience, one.left))
        for code, count in one.rejected.items():
            key = (one.destination, "rejected", *explained(code, "tried again later, and when the row changes"))
            found.setdefault(key, []).append((one.audience, count))
        if one.held:
            key = (one.destination, "held", "the answer was lost; a repeat might do harm", "when a person says")
            found.setdefault(key, []).append((one.audience, one.held))
    return [
        f"**{provider} {what}**: {sum(count for _, count in lists):,} rows of {lists[0][0] if len(lists) == 1 else f'{len(lists)} lists'}. "
        f"Why: {why}. Next: {after}."
        for (provider, what, why, after), lists in found.items()
    ]


def _next(reports: Sequence[SyncReport], held: Sequence[str]) -> list[str]:
    lines = [f"{name} would change far more than ever: it stays as it is until somebody says `{_APPROVE} {name}`" for name in held]
    stopped = sorted({one.destination for one in reports if one.stopped})
    lines += [f"{name} did not take everything: the next run goes on where this one stopped" for name in stopped]
    if any(one.refused for one in reports):
        lines.append("a list that would lose more than half of its members was left as it was: look at its audience first")
    if any(one.rejected for one in reports):
        lines.append("rejected rows: marts.sync_rows names them after the next run; mend the records")
    return lines
