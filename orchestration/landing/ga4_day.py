"""Judges the events of one delivered day of the GA4 export: which are good, and why the others are not."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from orchestration.landing.ga4_formats import Delivery, read_json, read_parquet
from orchestration.landing.zone import connect, naive, quoted
from orchestration.sources.ga4 import REQUIRED
from orchestration.sources.ga4_schema import DEFINITION

_EARLIEST = datetime(2005, 1, 1)  # noqa: DTZ001 - compared with UTC times that are stored without a zone
_LARGEST = 253_402_300_799_000_000  # microseconds: the end of the year 9999


@dataclass(frozen=True)
class Day:
    """A day file, judged. good, bad: how many events. newest: the newest good one's time (UTC, as stored).
    good_events: a query for the good ones in the canonical columns; bad_events: for the others (_reason, _detail, _row_key, _payload)."""

    good: int
    bad: int
    newest: datetime | None
    good_events: str
    bad_events: str


@functools.cache
def canonical_columns() -> dict[str, str]:
    """The columns and types of the export."""
    with connect() as connection:
        connection.execute(f"create temp table canonical ({DEFINITION})")
        return {name: kind for name, kind, *_ in connection.execute("describe canonical").fetchall()}


def read_day(connection: duckdb.DuckDBPyConnection, path: Path, day: date, as_of: datetime, warnings: list[str]) -> Day:
    """Judges one day file; the answer's queries hold until the next call. Raises SourceError for a file that is not what its name says."""
    canonical = canonical_columns()
    source = (read_parquet if ".parquet" in path.name else read_json)(connection, path, canonical, warnings)
    rules = _rules(day, as_of, canonical, source)
    reason = " ".join(f"when {condition} then {quoted(reason)}" for condition, reason, _ in rules)
    detail = " ".join(f"when {condition} then {quoted(path.name + ': ' + words)}" for condition, _, words in rules)
    raws = "".join(f", {expression} as _raw_{name}" for name, expression in source.raw.items())
    columns = ", ".join(f'"{name}"' for name in canonical)

    def events(names: Iterable[str]) -> str:
        typed = ", ".join(f'{source.typed[name]} as "{name}"' for name in names)
        read = f"select _place, {source.broken} as _broken, {typed}{raws} from {source.relation}"
        return f"(select *, case {reason} end as _reason from ({read}))"

    # To ask for all 31 nested columns costs more than to judge the few that the rules look at.
    judged = events(dict.fromkeys((*REQUIRED, "user_pseudo_id", *source.raw)))
    ((good, bad, newest),) = connection.execute(f"""
        select count(*) filter (_reason is null), count(*) filter (_reason is not null),
            make_timestamp(max(event_timestamp) filter (_reason is null)) from {judged}
    """).fetchall()
    return Day(
        good=good,
        bad=bad,
        newest=newest,
        good_events=f"select {columns} from {events(canonical)} where _reason is null",
        bad_events=f"""
            select _reason, case {detail} end as _detail, concat_ws('|', user_pseudo_id, event_timestamp, event_name) as _row_key, _payload
            from {judged} join (
                select _place, {source.payload} as _payload from (
                    select * from {source.relation} where _place in (select _place from {judged} where _reason is not null)
                )
            ) using (_place)
            where _reason is not null
        """,
    )


def _rules(day: date, as_of: datetime, canonical: dict[str, str], source: Delivery) -> list[tuple[str, str, str]]:
    """Condition, reason, and what is wrong in words, in the order in which they are asked."""
    latest = datetime.combine(naive(as_of).date() + timedelta(days=3), datetime.min.time())
    impossible = (
        f"make_timestamp(event_timestamp) < timestamp {quoted(_EARLIEST)} or make_timestamp(event_timestamp) >= timestamp {quoted(latest)}"
    )
    return [
        ("_broken", "line_invalid", "a line is no JSON object. Export the day again."),
        *(
            (
                f'_raw_{name} is not null and "{name}" is null',
                f"{name}_invalid",
                f"{name} cannot be read as {canonical[name]}. Correct the export.",
            )
            for name in source.raw
        ),
        *((f"coalesce({name}::varchar, '') = ''", f"{name}_missing", f"an event has no {name}. Correct the export.") for name in REQUIRED),
        (
            f"event_date <> {quoted(f'{day:%Y%m%d}')}",
            "event_date_mismatch",
            f"an event is dated otherwise than the file's day {day:%Y%m%d}. Put it into its own day's file.",
        ),
        (
            # Numbers too large to be a time at all must not stop the day.
            f"case when event_timestamp between 0 and {_LARGEST} then {impossible} else true end",
            "event_timestamp_impossible",
            f"event_timestamp (microseconds, UTC) must lie between {_EARLIEST:%Y-%m-%d} and {latest:%Y-%m-%d}.",
        ),
    ]
