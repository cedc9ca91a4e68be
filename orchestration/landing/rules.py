"""Judges rows against their declaration, in SQL: each value, text as it came, becomes its type, or its row is told the rule it broke."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from orchestration.landing.zone import naive, named, quoted
from orchestration.sources.table import EARLIEST, Column, Table

_INTEGER = r"[+-]?\d+(\.0*)?"
_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_DAY = r"\d{4}[-/]\d\d?[-/]\d\d?"
_TIME = _DAY + r"[ T]\d\d?:\d\d(:\d\d([.]\d+)?)?"
#: As most sources write a time: without an offset, or in UTC. Others are read by a dearer way, which knows offsets and regions.
_UTC = f"{_DAY}|{_TIME}Z?"
_OFFSET = r" ?(UTC|GMT|[+-](0\d|1[0-4])(:?[0-5]\d)?)| [A-Z][A-Za-z]+(/[A-Z][A-Za-z_]+)+"
_SHOWN = 60  # characters of a bad value in its message


def _typed(column: Column, raw: str) -> str:
    if column.type == "VARCHAR":
        return raw
    # Nearly every value needs no trimming, which costs more than to read it: the second try is made where the first gave nothing.
    trimmed = f"nullif(trim({raw}), '')"
    return f"coalesce({_read(column, raw)}, {_read(column, trimmed)})"


def _read(column: Column, value: str) -> str:
    if column.type == "BIGINT":
        # A plain cast would round 3.7 to 4 and read 0x1F as 31.
        return f"case when regexp_full_match({value}, {quoted(_INTEGER)}) then try_cast({value} as bigint) end"
    if column.type == "DECIMAL(18,4)":
        return f"case when regexp_full_match({value}, {quoted(_NUMBER)}) then try_cast({value} as decimal(18,4)) end"
    if column.type == "DATE":
        # The day as it is written: of what follows it no offset may make another. A plain cast would read 01-02-03 as a day of the year 1.
        is_day = f"regexp_full_match({value}, {quoted(f'({_UTC})|({_TIME})({_OFFSET})')})"
        return f"case when {is_day} then coalesce(try_cast({value} as date), cast(try_cast({value} as timestamp) as date)) end"
    if column.type == "TIMESTAMP":
        # A plain cast would read 10:00+02:00, 10:00 PM and 10:00 of any zone as 10:00 UTC.
        zoned = f"try_cast(regexp_replace({value}, ' ([+-])', '\\1') as timestamptz)"
        return f"""case when regexp_full_match({value}, {quoted(_UTC)}) then try_cast({value} as timestamp)
            when regexp_full_match({value}, {quoted(f"({_TIME})({_OFFSET})")}) then cast({zoned} as timestamp) end"""
    return f"try_cast({value} as {column.type})"


def _rules(column: Column, raw: str, typed: str, as_of: datetime) -> list[tuple[str, str, str]]:
    """Condition, reason and what is wrong in words, in the order in which they are asked."""
    blank = f"coalesce(trim({raw}), '') = ''"
    allowed = f"{raw} in ({', '.join(quoted(value) for value in column.values)})" if column.values else ""
    # What has been read, or is allowed, is not blank: the costly question is asked of the rest alone.
    rest = f"{typed} is null" if column.type != "VARCHAR" else f"({allowed}) is not true" if allowed else "true"
    rules: list[tuple[str, str, str]] = []
    if column.required:
        rules.append((f"{rest} and {blank}", f"{column.name}_missing", "must not be empty"))
    if column.type != "VARCHAR":
        rules.append((f"{rest} and not ({blank})", f"{column.name}_invalid", f"cannot be read as {column.type}"))
    if allowed:
        words = f"must be one of {', '.join(column.values)}"
        rules.append((f"({allowed}) is not true and not ({blank})", f"{column.name}_unknown", words))
    if column.minimum is not None:
        reason = f"{column.name}_{'too_low' if column.minimum else 'negative'}"
        rules.append((f"{typed} < {column.minimum}", reason, f"must not be below {column.minimum}"))
    if column.maximum is not None:
        rules.append((f"{typed} > {column.maximum}", f"{column.name}_too_high", f"must not be above {column.maximum}"))
    if column.above is not None:
        rules.append((f"{typed} <= {column.above}", f"{column.name}_not_positive", f"must be above {column.above}"))
    if column.bounded and column.type in ("TIMESTAMP", "DATE"):
        latest = naive(as_of) + timedelta(days=1)
        outside = f"{typed} < timestamp {quoted(EARLIEST)} or {typed} > timestamp {quoted(latest)}"
        words = f"must lie between {EARLIEST} and {latest:%Y-%m-%d %H:%M}, a day after this run"
        rules.append((outside, f"{column.name}_impossible", words))
    return rules


def judge(table: Table, as_of: datetime, extras: Sequence[str] = ()) -> str:
    """A query over the relation `batch` (text columns r0, r1, ...: the table's in order, then the extras): the typed columns under their
    own names, then _reason (NULL: the row is good), _detail, _row_key and _payload (of a refused row: what is wrong, and the row as JSON,
    as it came)."""
    raws = [f"r{place}" for place in range(len(table.columns))]
    more = {name: f"r{place}" for place, name in enumerate(extras, len(raws))}
    typed = ", ".join(f"{_typed(column, raw)} as t{place}" for place, (column, raw) in enumerate(zip(table.columns, raws, strict=True)))
    reasons: list[str] = []
    details: list[str] = []
    for place, (column, raw) in enumerate(zip(table.columns, raws, strict=True)):
        for condition, reason, words in _rules(column, raw, f"t{place}", as_of):
            shown = quoted("a personal value") if column.personal else f"coalesce('''' || left({raw}, {_SHOWN}) || '''', 'NULL')"
            remedy = f", which {words}. Correct the row in {table.source}.{table.name}: it is read again once it changes."
            reasons.append(f"when {condition} then {quoted(reason)}")
            details.append(f"when {quoted(reason)} then {quoted(column.name + ' is ')} || {shown} || {quoted(remedy)}")
    columns = ", ".join(f't{place} as "{column.name}"' for place, column in enumerate(table.columns))
    columns += "".join(f", {raw} as {named(name)}" for name, raw in more.items())
    payload = ", ".join(f"{quoted(name)}, {raw}" for name, raw in (*zip(table.column_names, raws, strict=True), *more.items()))
    keys = ", ".join(f"r{table.column_names.index(name)}" for name in table.key)
    return f"""
        select {columns}, _reason,
            case _reason {" ".join(details)} end as _detail,
            concat_ws('|', {keys}) as _row_key,
            case when _reason is not null then json_object({payload}) end as _payload
        from (select *, case {" ".join(reasons)} end as _reason from (select *, {typed} from batch))
    """


def keys_of(table: Table) -> str:
    """A query over the relation `batch` (text columns r0, r1, ... in the order of the table's key): the typed keys and _row_key."""
    columns = {column.name: column for column in table.columns}
    typed = ", ".join(f"{_typed(columns[name], f'r{place}')} as {named(name)}" for place, name in enumerate(table.key))
    return f"select {typed}, concat_ws('|', {', '.join(f'r{place}' for place in range(len(table.key)))}) as _row_key from batch"


def judge_malformed(table: Table) -> str:
    """The same as `judge` over the relation `malformed` (place, fault, text): lines, and records of an API, that are no rows."""
    remedy = f". Correct it in {table.source}.{table.name}: it is read again with its file, or once it changes."
    return f"""
        select 'line_malformed' as _reason, place as _row_key, to_json(text) as _payload,
            place || ' is no row: ' || fault || {quoted(remedy)} as _detail
        from malformed
    """
