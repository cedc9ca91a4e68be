"""What the page of delivery/messages tells: when, how many, what failed and why, what next. For people who never saw the code."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import dagster as dg
import pandas as pd

from activations.messages.report import DeliveryReport, Tally
from orchestration.assets.pictures import bars
from orchestration.assets.samples import sample

#: What a reason means and what comes next, where the reason is one of ours.
OF_OURS = {
    "suppressed": ("the provider must not write to this person", "never, unless they agree again"),
    "no_consent": ("they took their consent back since the decision", "never, unless they agree again"),
    "unreachable": ("the person has no address for this channel any more", "with the next run, if it still fits"),
    "ordered_since": ("they ordered in the meantime", "not this one"),
    "returned_since": ("they sent something back in the meantime", "not this one"),
    "waiting_for_service": ("they wait for an answer of the service", "when their ticket is closed, if it still fits"),
    "not_checked": ("a source could not be asked once more", "with the next run"),
    "row_too_large": ("the message is larger than the provider takes", "never; make its template smaller"),
    "opted_out": ("the person answered STOP", "never, unless they agree again"),
}
_FAILED = ["provider", "what happened", "reason", "messages", "in words", "what next"]


def page(report: DeliveryReport, outbox_rows: int, at: datetime, accepted_by_campaign: Mapping[str, int]) -> dict[str, Any]:
    """Metadata in the order in which it is read. at: the run's instant."""
    left = f", {report.left:,} left for the next run" if report.left else ""
    failures = _failures(report)
    told: dict[str, Any] = {
        "when": f"{at:%Y-%m-%d %H:%M} UTC; it took {report.seconds:,.1f} s, {report.rows_per_second:,.0f} messages a second",
        "how_many": dg.MetadataValue.md(
            f"**{report.accepted:,} accepted**, {report.rejected:,} rejected{left}; the outbox had {outbox_rows:,}\n\n"
            + _table(_counts(report))
        ),
        "what_failed_and_why": dg.MetadataValue.md(_table(failures) if len(failures) else "nothing failed"),
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

    heads = ["provider", "accepted", "rejected", "left", "held", "withheld in the last moment", "with another worker", "dealt with before"]
    return pd.DataFrame([row(name, tally) for name, tally in report.destinations.items()], columns=heads)


def _failures(report: DeliveryReport) -> pd.DataFrame:
    rows: list[tuple[object, ...]] = []
    for name, tally in report.destinations.items():
        if tally.stopped:
            rows.append((name, "could not be used", "", tally.left, tally.stopped, "with the next run"))
        for code, count in tally.rejected.most_common():
            words, after = OF_OURS.get(code, ("the provider refused it for good", "never; the person's record may need mending"))
            rows.append((name, "rejected", code, count, words, after))
        for reason, count in tally.withheld.most_common():
            words, after = OF_OURS.get(reason, ("seen in the moment before sending", "with the next run, if it still fits"))
            rows.append((name, "withheld", reason, count, words, after))
        if tally.unknown:
            words = "the provider's answer was lost, and it cannot say whether it has the message"
            rows.append((name, "held", "unconfirmed", tally.unknown, words, "when somebody says: regulars hold list"))
    return pd.DataFrame(rows, columns=_FAILED)


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


def _table(frame: pd.DataFrame) -> str:
    return str(sample(frame, rows=50, width=160, is_masked=True).value)
