"""What the page of delivery/messages tells: when, how many, what failed and why, what next. For people who never saw the code."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import dagster as dg
import pandas as pd

from activations.messages.report import DeliveryReport, Tally
from orchestration.assets.pictures import bars
from orchestration.assets.reasons import explained, table, without_zeros


def page(report: DeliveryReport, outbox_rows: int, at: datetime, accepted_by_campaign: Mapping[str, int]) -> dict[str, Any]:
    """Metadata in the order in which it is read. at: the run's instant."""
    left = f", {report.left:,} left for the next run" if report.left else ""
    told: dict[str, Any] = {
        "when": f"{at:%Y-%m-%d %H:%M} UTC; it took {report.seconds:,.1f} s, {report.rows_per_second:,.0f} messages a second",
        "how_many": dg.MetadataValue.md(
            f"**{report.accepted:,} accepted**, {report.rejected:,} rejected{left}; the outbox had {outbox_rows:,}\n\n"
            + table(_counts(report))
        ),
        "what_failed_and_why": dg.MetadataValue.md("\n".join(f"- {words}" for words in _failures(report)) or "nothing failed"),
        "what_next": dg.MetadataValue.md("\n".join(f"- {line}" for line in _next(report)) or "nothing to do"),
    }
    if accepted_by_campaign:
        best = sorted(accepted_by_campaign.items(), key=lambda pair: -pair[1])[:20]
        told["accepted_by_campaign"] = bars(
            "Messages that providers took, by campaign", [name for name, _ in best], [count for _, count in best]
        )
    return told


def line(report: DeliveryReport) -> str:
    """The delivery in one line."""
    parts = [f"{report.accepted:,} accepted", f"{report.rejected:,} rejected", f"{report.left:,} left"]
    parts += [f"{report.unknown:,} held"] if report.unknown else []
    withheld = sum(tally.withheld.total() for tally in report.destinations.values())
    parts += [f"{withheld:,} withheld in the last moment"] if withheld else []
    return f"{', '.join(parts)}; {report.rows_per_second:,.0f} messages a second"


def _counts(report: DeliveryReport) -> pd.DataFrame:
    def row(name: str, tally: Tally) -> tuple[object, ...]:
        withheld, before = tally.withheld.total(), tally.already.total()
        return name, tally.accepted, tally.rejected.total(), tally.left, tally.unknown, withheld, tally.elsewhere, before

    heads = ["provider", "accepted", "rejected", "left", "held", "withheld", "other workers'", "sent before"]
    return without_zeros(pd.DataFrame([row(name, tally) for name, tally in report.destinations.items()], columns=heads))


def _failures(report: DeliveryReport) -> list[str]:
    found: list[tuple[str, int, str, str]] = []
    for name, tally in report.destinations.items():
        if tally.stopped:
            found.append((f"{name} could not be used", tally.left, tally.stopped, "with the next run"))
        for code, count in tally.rejected.most_common():
            found.append((f"{name} rejected", count, *explained(code, "never; their record may need mending")))
        for reason, count in tally.withheld.most_common():
            found.append((f"withheld just before {name} was asked", count, *explained(reason, "with the next run, if it still fits")))
        if tally.unknown:
            found.append((f"held at {name}", tally.unknown, "the answer was lost, nobody knows whether they arrived", "when a person says"))
    return [f"**{what}**: {count:,} messages. Why: {why}. Next: {after}." for what, count, why, after in found]


def _next(report: DeliveryReport) -> list[str]:
    lines = [
        f"{name} could not be used: {tally.left:,} messages stay in the outbox, and the next run sends what is still decided then"
        for name, tally in report.destinations.items()
        if tally.stopped
    ]
    if report.held_count:
        lines.append(
            f"{report.held_count:,} messages wait for a person: `regulars hold list` shows them; look them up at the provider, then "
            "`regulars hold sent ID`, `send-again ID` or `drop ID`"
        )
    return lines
