"""Who would merge and who would split: identity as it is (schema `live`) beside identity as it would be (schema `identity`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import duckdb

from activations.masking import mask

#: Days back in which a delivery still counts as part of a running campaign.
RECENT_DAYS = 7

RECORDS = """
    create temp table pairs as
    select now_is.identifier_key as record_key, now_is.identifier_type as record_type, now_is.identifier_value as record_id,
        now_is.profile_id as before_id, would_be.profile_id as after_id
    from live.identifiers as now_is
    inner join identity.identifiers as would_be on now_is.identifier_key = would_be.identifier_key
    where now_is.identifier_type not in ('email', 'phone', 'ga_pseudo_id')"""
MERGED = """
    create temp table merged as
    select after_id, list(distinct before_id order by before_id) as ids, count(distinct before_id) as parts
    from pairs group by after_id having count(distinct before_id) > 1"""
SPLIT = """
    create temp table parted as
    select before_id, list(distinct after_id order by after_id) as ids, count(distinct after_id) as parts
    from pairs group by before_id having count(distinct after_id) > 1"""
#: One example: the records of one person, each with the id that it is told apart by (before a merge, after a split) and an address.
EXAMPLE = """
    select pairs.{told_apart} as part, pairs.record_type, pairs.record_id, max(held.identifier_value) as address
    from pairs
    left join {side}.identifiers as held
        on held.profile_id = pairs.{told_apart} and held.identifier_type = 'email'
    where pairs.{whose} = ?
    group by all order by all limit 12"""


@dataclass
class Difference:
    """profiles_before, profiles_after: persons now and then. vanishing: persons that would be nobody. merging: persons that would be
    one with another, and into how many; splitting: persons that would come apart, and into how many. examples: sentences, addresses
    masked. campaigns: of these persons, how many are in each."""

    profiles_before: int = 0
    profiles_after: int = 0
    vanishing: int = 0
    merging: int = 0
    merged_into: int = 0
    splitting: int = 0
    split_into: int = 0
    examples: list[str] = field(default_factory=list)
    campaigns: dict[str, int] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """What a person reads."""
        counts = [
            f"profiles: {self.profiles_before:,} now, {self.profiles_after:,} then",
            f"  {self.merging:,} would merge into {self.merged_into:,}",
            f"  {self.splitting:,} would split into {self.split_into:,}",
            f"  {self.vanishing:,} would be nobody: no address that is theirs would be left",
        ]
        concerned = [f"  {name}: {people:,}" for name, people in self.campaigns.items()] or ["  nobody"]
        return [*counts, *self.examples, "of those concerned, in a running campaign:", *concerned]


def difference(connection: duckdb.DuckDBPyConnection, as_of: datetime, examples: int) -> Difference:
    """Compares the two schemas of a scratch warehouse; the connection may make temporary tables."""
    for statement in (RECORDS, MERGED, SPLIT):
        connection.execute(statement)
    row = connection.execute("""
        select (select count(distinct profile_id) from live.identifiers), (select count(distinct profile_id) from identity.identifiers),
            (select coalesce(sum(parts), 0) from merged), (select count(*) from merged),
            (select count(*) from parted), (select coalesce(sum(parts), 0) from parted),
            (select count(distinct profile_id) from live.identifiers where profile_id not in (select before_id from pairs))""").fetchone()
    names = ("profiles_before", "profiles_after", "merging", "merged_into", "splitting", "split_into", "vanishing")
    found = Difference()
    for name, figure in zip(names, row or (), strict=True):
        setattr(found, name, int(figure))
    found.examples = [
        *_examples(connection, "merged", "after_id", "before_id", "would be one person", examples),
        *_examples(connection, "parted", "before_id", "after_id", "would come apart", examples),
    ]
    found.campaigns = _campaigns(connection, as_of)
    return found


def _examples(connection: duckdb.DuckDBPyConnection, table: str, whose: str, told_apart: str, sentence: str, limit: int) -> list[str]:
    side = "live" if told_apart == "before_id" else "identity"
    lines = []
    for (person,) in connection.execute(f"select {whose} from {table} order by parts desc, {whose} limit {int(limit)}").fetchall():
        lines.append(f"{sentence}:")
        for part, kind, record, address in connection.execute(
            EXAMPLE.format(whose=whose, told_apart=told_apart, side=side), [person]
        ).fetchall():
            known = f", {mask(address)}" if address else ""
            lines.append(f"  {part}: {kind} {record if kind != 'guest' else record[:8]}{known}")
    return lines


def _campaigns(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> dict[str, int]:
    """People concerned, by campaign: in the outbox, in an audience, or with a delivery in the last days."""
    tables = {
        name for (name,) in connection.execute("select table_name from information_schema.tables where table_schema = 'live'").fetchall()
    }
    since = (as_of - timedelta(days=RECENT_DAYS)).strftime("%Y-%m-%d %H:%M:%S")
    parts = {
        "outbox": "select campaign, profile_id from live.outbox",
        "memberships": "select audience as campaign, profile_id from live.memberships",
        "stg_feedback__deliveries": f"""select campaign, profile_id from live.stg_feedback__deliveries
            where coalesce(finished_at, claimed_at) > timestamp '{since}'""",
    }
    asked = " union ".join(query for name, query in parts.items() if name in tables)
    if not asked:
        return {}
    rows = connection.execute(f"""
        with concerned as (
            select unnest(ids) as profile_id from merged union select before_id from parted)
        select campaign, count(distinct profile_id) from ({asked}) as running
        inner join concerned using (profile_id) group by campaign order by campaign""").fetchall()
    return {str(campaign): int(people) for campaign, people in rows}
