"""An experiment of the past out of a CSV file: who was in which arm, and what came of each of them if the file says so.

Loaded whole or not at all, and again under its name in place of what was there; rows that cannot be read go to the quarantine.
A little long, for the steps and their order are one thought.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import pyarrow as pa

from orchestration.landing.entries import amend, entries
from orchestration.landing.quarantine import Quarantine
from orchestration.landing.result import Landed
from orchestration.landing.retyped import stop_if_retyped
from orchestration.landing.rules import judge, judge_malformed
from orchestration.landing.zone import Landing, connect, naive, quoted
from orchestration.landing.zone import named as column_of
from orchestration.past_declared import Imported, ImportFault, Past, table_of
from orchestration.sources.errors import SourceError
from orchestration.sources.experiments import OUTCOMES, UNITS
from orchestration.sources.files import csv_files
from orchestration.sources.table import Table

BATCH_ROWS = 20_000
REPEATED = "unit_repeated"


def load(path: Path, past: Past, landing: Landing, as_of: datetime) -> Imported:
    """Loads the file, in place of what was loaded under the name. as_of: aware. Raises ImportFault; then everything is as it was."""
    if path.suffix not in (".csv", ".gz") or not path.is_file():
        raise ImportFault(f"{path} is no CSV file that is there; give one that ends with .csv or .csv.gz.")
    if not past.outcomes and (not past.person or len(past.segments) > 1):
        raise ImportFault(
            "without --outcome the shop's orders say what came of people: name the column that says who they are, as --person email=email, "
            "and one --segment at most."
        )
    table, landed = table_of(past), Landed(f"experiments_past_{past.name}")
    landing.declare(UNITS, OUTCOMES)
    try:
        with landing.alone(UNITS), connect() as connection, Quarantine(connection, landing, table, as_of) as quarantine:
            _take(connection, path, past, quarantine, landed, as_of)
            stop_if_retyped(table, landed, quarantine.examples)
            _refuse_repeated(connection, past, quarantine, landed)
            imported = _imported(connection, past)
            quarantine.keep()
            _put(connection, past, landing, as_of)
            _close(connection, landing, table, as_of)
    except SourceError as error:
        remedy = "Mend the file, or name its columns as they are (regulars experiments import --help); nothing was loaded."
        raise ImportFault(f"{path.name}: {error.fault} {remedy}") from None
    return imported


def _take(connection: duckdb.DuckDBPyConnection, path: Path, past: Past, quarantine: Quarantine, landed: Landed, as_of: datetime) -> None:
    """Reads the file batch by batch into the temporary tables `good` and `bad`."""
    table = table_of(past)
    connection.execute("create or replace temp table bad (_row_key varchar, reason varchar)")
    as_file = replace(table, name=path.name.removesuffix(".gz").removesuffix(".csv"))
    rows = 0
    with csv_files.reading(as_file, f"csv://{quote(str(path.resolve().parent))}", BATCH_ROWS) as reading:
        for number, batch in enumerate(reading.read_rows(None)):
            places = pa.array([f"row {place}" for place in range(rows + 1, rows + batch.num_rows + 1)])
            rows += batch.num_rows
            connection.register("batch", batch.append_column(f"r{batch.num_columns}", places))
            judged = connection.sql(judge(table, as_of, (*reading.extras, "_place"))).to_arrow_table()
            connection.register("judged", judged)
            key = "_row_key" if past.unit else "_place"
            connection.execute(f"create or replace temp view seen as select * replace ({key} as _row_key) from judged")
            connection.execute("insert into bad select _row_key, _reason from seen where _reason is not null")
            quarantine.take("seen", landed)
            names = ", ".join(column_of(name) for name in (*table.column_names, "_place", "_row_key"))
            good = f"select {names} from seen where _reason is null"
            connection.execute(f"insert into good {good}" if number else f"create or replace temp table good as {good}")
            landed.rows += judged["_reason"].null_count
        malformed = list(reading.malformed())
    if malformed:
        connection.register("malformed", pa.Table.from_pylist([vars(line) for line in malformed]))
        connection.execute(f"create or replace temp table no_rows as {judge_malformed(table)}")
        connection.execute("insert into bad select _row_key, _reason from no_rows")
        quarantine.take("no_rows", landed)
    if not rows:
        raise SourceError(table.source, table.name, "there is no row in it.", "")


def _refuse_repeated(connection: duckdb.DuckDBPyConnection, past: Past, quarantine: Quarantine, landed: Landed) -> None:
    """A person is in an experiment once: those who are there again are refused, and both of one in two arms."""
    if not past.unit:
        return
    unit, arm = column_of(past.unit), column_of(past.arm)
    connection.execute(f"""
        create or replace temp table repeated as
        select
            *, count(distinct {arm}) over (partition by {unit}) > 1 as is_torn,
            row_number() over (partition by {unit} order by rowid) as number
        from good qualify number > 1 or is_torn
    """)
    connection.execute(f"""
        create or replace temp table again as select _row_key, {quoted(REPEATED)} as _reason,
            json_object({quoted(past.unit)}, {unit}, {quoted(past.arm)}, {arm}, 'place', _place) as _payload,
            _place || ': ' || {quoted(past.unit)} || ' is there already, in ' || case when is_torn then 'another' else 'the same' end
                || ' arm. Leave each person once.' as _detail
        from repeated
    """)
    connection.execute("insert into bad select _row_key, _reason from again")
    quarantine.take("again", landed)
    connection.execute("delete from good where _place in (select _place from repeated)")


def _imported(connection: duckdb.DuckDBPyConnection, past: Past) -> Imported:
    arm = column_of(past.arm)
    people = dict(connection.execute(f"select {arm}, count(*) from good group by all order by all").fetchall())
    refused = Counter(dict(connection.execute("select reason, count(*) from bad group by all").fetchall()))
    if past.control not in people or len(people) < 2:
        arms = ", ".join(f"{name} ({count:,})" for name, count in people.items()) or "none"
        raise ImportFault(
            f"{past.arm} must have the control {past.control!r} and another arm; it has: {arms}. Name another column with --arm, or "
            "another control with --control; nothing was loaded."
        )
    return Imported(people, refused)


def _put(connection: duckdb.DuckDBPyConnection, past: Past, landing: Landing, as_of: datetime) -> None:
    """Outcomes, then units: an experiment is there once its units are. What was there before goes first."""
    unit = column_of(past.unit) if past.unit else "_place"
    at = column_of(past.assigned_at) if isinstance(past.assigned_at, str) else f"timestamp {quoted(naive(past.assigned_at))}"
    about = f"{quoted(past.experiment)} as experiment, cast({unit} as varchar) as unit_id"
    imported = f"timestamp {quoted(naive(as_of))} as imported_at"
    none = "cast(null as varchar)"
    segment = none
    if past.segments:
        pairs = ", ".join(f"{quoted(name)}, cast({column_of(name)} as varchar)" for name in past.segments)
        segment = f"cast(json_object({pairs}) as varchar)" if past.outcomes else column_of(past.segments[0])
    units = f"""
        select {about}, {column_of(past.arm)} as arm, {column_of(past.arm)} = {quoted(past.control)} as is_control, {at} as assigned_at,
            {segment} as segment, {quoted(past.person_type) if past.person else none} as profile_key_type,
            {column_of(past.person) if past.person else none} as profile_key,
            cast({past.days} as bigint) as outcome_days, {imported}
        from good
    """
    covariate = f"cast({column_of(past.covariate)} as double)" if past.covariate else "cast(null as double)"
    outcomes = " union all ".join(
        f"select {about}, {quoted(name)} as metric, cast({column_of(name)} as double) as value, {covariate} as covariate, {imported}"
        " from good"
        for name in past.outcomes
    )
    name = f"{past.name}.parquet"
    with landing.writing(UNITS, name) as units_file:
        connection.execute(f"copy ({units}) to {quoted(units_file)} (format parquet, compression zstd)")
        if not outcomes:
            (landing.folder(UNITS) / name).unlink(missing_ok=True)
            (landing.folder(OUTCOMES) / name).unlink(missing_ok=True)
            return
        with landing.writing(OUTCOMES, name) as outcomes_file:
            connection.execute(f"copy ({outcomes}) to {quoted(outcomes_file)} (format parquet, compression zstd)")
            (landing.folder(UNITS) / name).unlink(missing_ok=True)


def _close(connection: duckdb.DuckDBPyConnection, landing: Landing, table: Table, as_of: datetime) -> None:
    """Rows that an earlier import refused and this one did not are settled."""
    bad = set(connection.execute("select _row_key, reason from bad").fetchall())
    was: list[Any] = [entry for entry in entries(landing, table=f"{table.source}_{table.name}") if (entry.row_key, entry.reason) not in bad]
    amend(landing, [replace(entry, state="superseded", closed_at=naive(as_of), closed_by="a later import of the file") for entry in was])
