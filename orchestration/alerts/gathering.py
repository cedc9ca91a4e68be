"""What else is known when something is odd, in one file: late sources, refused rows, what providers answered, rules that changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pandas as pd
from scipy import special

from activations.masking import mask_text
from alerts.causes import REMEDIES, Evidence
from alerts.incidents import Finding
from alerts.words import sentence
from orchestration.freshness import promise
from orchestration.landing import QUARANTINE, Landing
from orchestration.landing.zone import connect
from orchestration.sources.table import Table

MEASURES = "select step, dimension, name, window_hours, is_share, day_lag, cases, hits from proof.alert_measures"
_WAITING = "select campaign, held_count, words from decisions.spikes where kind = 'message'"
_RULES = """
    select campaign, min(decided_at) as since, count(*) over (partition by campaign) as versions
    from decisions.decision_history
    where kind = 'message' and rule_version is not null
    group by campaign, rule_version
    qualify row_number() over (partition by campaign order by max(decided_at) desc, min(decided_at) desc) = 1
"""
#: What is compared with last: a rule that changed since may be why.
COMPARED = timedelta(days=7)


def waiting_of(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int, str]]:
    """Campaigns whose messages wait for a person: name, how many messages, why in words."""
    return [(str(name), int(count), str(words)) for name, count, words in connection.execute(_WAITING).fetchall()]


def rules_of(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> dict[str, str]:
    """Campaigns whose rules are others since the days that they are compared with."""
    changed = {}
    for campaign, since, versions in connection.execute(_RULES).fetchall():
        if versions > 1 and since > as_of.replace(tzinfo=None) - COMPARED:
            changed[str(campaign)] = f"the rules of {campaign} are others since {since:%Y-%m-%d %H:%M} UTC"
    return changed


def late_of(tables: Sequence[Table], landing: Landing, as_of: datetime) -> dict[str, str]:
    """Sources whose newest row is older than promised, by raw table."""
    judged = {table.raw_name: promise(table).judged(landing.watermark(table), as_of) for table in tables}
    return {name: f"{name} is late: {words}" for name, (is_fresh, words) in judged.items() if not is_fresh}


def refused_of(landing: Landing, as_of: datetime) -> tuple[str, ...]:
    """Tables of which gates on landing refused more rows within a day than their own last four weeks let expect."""
    if not landing.files(QUARANTINE):
        return ()
    query = f"""
        select source || '_' || table_name as name, date_sub('day', quarantined_at, ?) as day, count(*) as rows
        from {landing.scan(QUARANTINE)} where quarantined_at <= ? and quarantined_at > ? - interval 29 day group by all
    """
    at = as_of.replace(tzinfo=None)
    with connect() as connection:
        rows = connection.execute(query, [at, at, at]).df()
    said = []
    for name, days in rows.groupby("name"):
        today = int(days.loc[days["day"] == 0, "rows"].sum())
        usual = float(days.loc[days["day"] > 0, "rows"].sum()) / 28
        if today and special.pdtrc(today - 1, max(2 * usual, 1)) < 0.001:
            said.append(f"{today:,} rows of {name} were refused within a day, usual are {usual:.1f}: regulars quarantine list")
    return tuple(said)


def providers_of(tallies: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """What went wrong at each destination in this run's delivery, by what activations.messages.report has of it."""
    said = {}
    for name, tally in tallies.items():
        most = sorted(tally["rejected"].items(), key=lambda pair: -pair[1])[:3]
        rejected = ", ".join(f"{count:,} rejected ({code})" for code, count in most)
        lost = f"{tally['unknown']:,} answers were lost" if tally["unknown"] else ""
        left = f"{tally['left']:,} messages are left" if tally["left"] else ""
        words = "; ".join(part for part in (mask_text(str(tally["stopped"] or ""), 200), rejected, lost, left) if part)
        if words:
            said[name] = f"{name}: {words}"
    return said


def of_delivery(tallies: Mapping[str, Mapping[str, Any]], least_count: int) -> list[Finding]:
    """Findings that need no history: a provider that could not be used, or that took none of many messages."""
    found = []
    said = providers_of(tallies)
    for name, tally in tallies.items():
        handed = tally["accepted"] + sum(tally["rejected"].values()) + tally["unknown"] + tally["left"]
        if tally["stopped"] or (tally["accepted"] == 0 and handed >= least_count):
            words = f"{name} took {tally['accepted']:,} of {handed:,} messages in this run"
            found.append(
                Finding(
                    "sent",
                    "destination",
                    name,
                    "drop",
                    "error" if 2 * tally["accepted"] < handed or not handed else "warn",
                    "provider",
                    sentence(words, "provider", (said[name],)),
                    (said[name],),
                    REMEDIES["provider"],
                    float(tally["accepted"]),
                    float(handed),
                )
            )
    return found


def of_waiting(waiting: Sequence[tuple[str, int, str]], known: Evidence) -> list[Finding]:
    """Findings that the policy of spikes made: a campaign that asks for far more than ever."""
    found = []
    for campaign, count, words in waiting:
        cause = "rule_change" if campaign in known.rules else "held_for_approval"
        evidence = tuple(part for part in (known.rules.get(campaign), known.waiting[campaign]) if part)
        found.append(
            Finding(
                "requested",
                "campaign",
                campaign,
                "spike",
                "error",
                cause,
                sentence(f"{campaign} {words}; it waits for a person", cause, evidence if cause == "rule_change" else ()),
                evidence,
                REMEDIES["held_for_approval"].replace("NAME", campaign),
                float(count),
            )
        )
    return found


def links_of(judged: pd.DataFrame) -> tuple[str, ...]:
    """Hosts whose links are followed no more as they were."""
    if judged.empty:
        return ()
    rows = judged[(judged["dimension"] == "link") & judged["is_odd"]].sort_values("p_value").drop_duplicates("name")
    shown = zip(rows["name"], rows["value"].astype(float), rows["usual"].astype(float), strict=True)
    return tuple(
        f"links to {host} are followed by {100 * value:.1f} % of the readers, usually by {100 * usual:.1f} %"
        for host, value, usual in shown
    )


def silent_of(judged: pd.DataFrame) -> dict[str, str]:
    """Destinations of which deliveries or opens were told on all days before, and none are now."""
    if judged.empty:
        return {}
    rows = judged[(judged["dimension"] == "destination") & judged["step"].isin(["delivered", "opened"]) & judged["is_odd"]]
    gone = rows[rows["value"] == 0].groupby("name")["step"].agg(lambda steps: " and ".join(sorted(set(steps))))
    return {str(name): f"{name} told of nothing {steps} any more, of none of its messages" for name, steps in gone.items()}
