"""What a run came to, for people and for tools: the same figures on the terminal and in data/run_summary.json."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.runs import Ran


@dataclass
class Summary:
    """The figures of one run. people: profiles; reachable: by channel; audiences: members by name; messages: accepted by providers in
    this run (and by destination), held back by reason (unknown_outcome: those a person must look at), and left in the outbox by a
    provider that was down; seconds: by stage."""

    as_of: str
    people: int = 0
    reachable: dict[str, int] = field(default_factory=dict)
    audiences: dict[str, int] = field(default_factory=dict)
    messages: dict[str, Any] = field(default_factory=dict)
    quarantined: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


def summarise(data: Path, as_of: datetime, ran: Ran) -> Summary:
    """Reads the figures off the warehouse, and those of the delivery off the run."""
    summary = Summary(as_of=as_of.isoformat(), seconds=ran.seconds, failures=ran.failures)
    if ran.failures:  # the figures of an earlier run would pass for those of this one
        return summary
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as connection:

        def figures(query: str) -> dict[str, int]:
            return {str(name): int(rows) for name, rows in connection.sql(query).fetchall()}

        summary.people = connection.sql("select count(*) from profiles.profiles").fetchall()[0][0]
        summary.reachable = figures(
            "select 'email', count(*) from profiles.profiles where is_email_reachable"
            " union all select 'sms', count(*) from profiles.profiles where is_sms_reachable"
        )
        summary.audiences = figures(
            "select campaign, count(*) filter (where reason is null) from decisions.decisions"
            " where kind = 'membership' group by all order by campaign"
        )
        held = figures(
            "select reason, count(*) from decisions.decisions where kind = 'message' and reason is not null group by all order by 2 desc, 1"
        )
        summary.quarantined = figures(
            "select table_name || ': ' || reason, count(*) from raw.quarantine where coalesce(state, 'open') = 'open'"
            " group by all order by 2 desc, 1"
        )
    if ran.unknown:
        held["unknown_outcome"] = ran.unknown
    summary.messages = {"accepted": sum(ran.accepted.values()), "accepted_by": ran.accepted, "held": held, "left": ran.left}
    return summary


def write(summary: Summary, data: Path) -> None:
    """Writes run_summary.json, whole."""
    unfinished = data / ".run_summary.json"
    unfinished.write_text(json.dumps(asdict(summary), indent=2) + "\n")
    unfinished.replace(data / "run_summary.json")


def lines(summary: Summary) -> list[str]:
    """The summary as a person reads it."""
    failed = [f"FAILED {sentence}" for sentence in summary.failures]
    if failed:
        return [f"as of {summary.as_of}", *failed]
    held = summary.messages.get("held", {})
    by = ", ".join(f"{name} {count:,}" for name, count in sorted(summary.messages.get("accepted_by", {}).items()))
    return [
        f"as of {summary.as_of}",
        f"{summary.people:,} people, reachable by " + " and ".join(f"{name} {count:,}" for name, count in summary.reachable.items()),
        "audiences: " + (", ".join(f"{name} {count:,}" for name, count in summary.audiences.items()) or "none"),
        f"messages accepted: {summary.messages.get('accepted', 0):,}" + (f" ({by})" if by else ""),
        *([f"messages left in the outbox, for the next run: {left:,}"] if (left := summary.messages.get("left", 0)) else []),
        "messages held back: " + (", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in held.items()) or "none"),
        "rows in quarantine: " + (", ".join(f"{name} {count:,}" for name, count in summary.quarantined.items()) or "none"),
        "seconds: " + ", ".join(f"{stage} {seconds:g}" for stage, seconds in summary.seconds.items()),
    ]
