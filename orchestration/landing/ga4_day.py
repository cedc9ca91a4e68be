"""Judges the events of one delivered day of the GA4 export: which are good, and why the others are not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import duckdb

from orchestration.landing.ga4_formats import Opened
from orchestration.landing.zone import naive, quoted
from orchestration.sources.ga4 import EVENTS, REQUIRED

_EARLIEST = datetime(2005, 1, 1)  # noqa: DTZ001 - compared with UTC times that are stored without a zone
_SAID = ("event_params", "ecommerce", "items")
_LARGEST = 253_402_300_799_000_000  # microseconds: the end of the year 9999


@dataclass(frozen=True)
class Day:
    """A day's delivery, judged. good, bad: how many events; copies: how many came again and are left out.
    newest: the newest good one's time (UTC, as stored). good_events: a query for the good ones in the columns to land; bad_events: for
    the others (_reason, _detail, _row_key, _payload)."""

    good: int
    bad: int
    copies: int
    newest: datetime | None
    good_events: str
    bad_events: str


def judge_day(connection: duckdb.DuckDBPyConnection, source: Opened, name: str, day: date, as_of: datetime) -> Day:
    """Judges one opened day; the answer's queries hold until the next call. name: of the delivery, for messages."""
    rules = _rules(day, as_of, source)
    reason = " ".join(f"when {condition} then {quoted(reason)}" for condition, reason, _ in rules)
    detail = " ".join(f"when {condition} then {quoted(name + ': ' + words)}" for condition, _, words in rules)
    raws = "".join(f', {expression} as "_raw_{column}"' for column, expression in source.raw.items())

    def typed(names: Iterable[str]) -> str:
        return ", ".join(f'{source.typed[column]} as "{column}"' for column in names)

    # To ask for all nested columns costs more than to judge the few that the rules look at.
    looked_at = typed(dict.fromkeys((*REQUIRED, *EVENTS.key, *source.raw)))
    read = f"select _place, {source.broken} as _broken, {looked_at}{raws} from {source.relation}"
    told = f"(select *, case {reason} end as _reason from ({read}))"
    likeness = ", ".join(f"""coalesce(cast("{column}" as varchar), '')""" for column in EVENTS.key)
    connection.execute(f"""
        create or replace temp table judged as
        select _place, _reason is not null as is_bad, event_timestamp, batch_event_index, hash({likeness}) as likeness from {told}
    """)
    # The costly comparison is made of those alone that may be the same.
    connection.execute("""
        create or replace temp table alike as select _place from judged where not is_bad and likeness in (
            select likeness from judged where not is_bad group by likeness having count(*) > 1
        )
    """)
    ((good, bad, newest, unplaced, alike),) = connection.execute("""
        select count(*) filter (not is_bad), count(*) filter (is_bad), make_timestamp(max(event_timestamp) filter (not is_bad)),
            count(*) filter (batch_event_index is null), (select count(*) from alike)
        from judged
    """).fetchall()
    # Exports before 2023 lack the place in the batch, and events of one batch have one key: there what the event says must be the same too.
    said = _SAID if unplaced else ()
    identity = " || '|' || ".join(f"""coalesce(cast("{column}" as varchar), '')""" for column in (*EVENTS.key, *said))
    connection.execute(f"""
        create or replace temp table copies as
        select _place from (
            select _place, row_number() over (partition by md5_number({identity}) order by _place) as number
            from (select _place, {typed((*EVENTS.key, *said))} from {source.relation if alike else f"{source.relation} limit 0"})
            where _place in (select _place from alike)
        ) where number > 1
    """)
    ((copies,),) = connection.execute("select count(*) from copies").fetchall()
    return Day(
        good=good - copies,
        bad=bad,
        copies=copies,
        newest=newest,
        good_events=f"select {typed(source.types)} from {source.relation}"
        + (" where _place not in (select _place from judged where is_bad union all from copies)" if bad or copies else ""),
        bad_events=f"""
            select _reason, case {detail} end as _detail, concat_ws('|', user_pseudo_id, event_timestamp, event_name) as _row_key, _payload
            from {told} join (
                select _place, {source.payload} as _payload from {source.originals}
                where _place in (select _place from judged where is_bad)
            ) using (_place)
            where _reason is not null
        """,
    )


def _rules(day: date, as_of: datetime, source: Opened) -> list[tuple[str, str, str]]:
    """Condition, reason, and what is wrong in words, in the order in which they are asked."""
    latest = datetime.combine(naive(as_of).date() + timedelta(days=3), datetime.min.time())
    impossible = (
        f"make_timestamp(event_timestamp) < timestamp {quoted(_EARLIEST)} or make_timestamp(event_timestamp) >= timestamp {quoted(latest)}"
    )
    return [
        ("_broken", "line_invalid", "a line is no JSON object. Export the day again as newline JSON, one event a line, in UTF-8."),
        *(
            (
                f'"_raw_{name}" is not null and "{name}" is null',
                f"{name}_invalid",
                f"{name} cannot be read as {source.types[name][:20]}. Correct the export.",
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
