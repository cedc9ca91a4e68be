"""Each distinct name and foreign spelling of the records is read once, in Python; the rest is joins."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from matching.names import initials_of, letters, read_name, split_name


def write_spellings(connection: duckdb.DuckDBPyConnection, columns: tuple[str, ...]) -> None:
    """Writes the table `spelled`: text with signs beyond ASCII, and its Latin letters."""
    union = " union ".join(f"select {column} as raw from records where {column} is not null" for column in columns)
    raw = [row[0] for row in connection.sql(f"select raw from ({union}) where not regexp_full_match(raw, '[\\x00-\\x7f]*')").fetchall()]
    text = pa.string()
    table = pa.table({"raw": pa.array(raw, text), "latin": pa.array([letters(value) for value in raw], text)})
    connection.register("spelled_given", table)
    connection.execute("create or replace table spelled as select * from spelled_given")
    connection.unregister("spelled_given")


def write_names(connection: duckdb.DuckDBPyConnection, variants: Mapping[str, tuple[str, ...]]) -> None:
    """Writes the tables `split_names` (both names in one field) and `names` (each name as it is compared)."""
    text, texts = pa.string(), pa.list_(pa.string())
    alone = connection.sql("""
        select distinct coalesce(first_name, last_name) from records
        where (first_name is null) <> (last_name is null)
    """).fetchall()
    parts = [(raw, *split_name(raw)) for (raw,) in alone]
    parts = [part for part in parts if part[1] and part[2]]
    connection.register(
        "split_given", pa.table({name: pa.array([p[i] for p in parts], text) for i, name in enumerate(("raw", "given", "family"))})
    )
    connection.execute("create or replace table split_names as select * from split_given")
    connection.unregister("split_given")
    connection.execute("""
        create or replace table named as
        select
            records.* replace (
                coalesce(split_names.given, records.first_name) as first_name,
                coalesce(split_names.family, records.last_name) as last_name
            )
        from records
        left join split_names
            on split_names.raw = coalesce(records.first_name, records.last_name)
            and (records.first_name is null) <> (records.last_name is null)
    """)
    raws = connection.sql(
        "select first_name from named where first_name is not null union select last_name from named where last_name is not null"
    )
    written = initials_of(variants)
    names = [read_name(raw, variants, written) for (raw,) in raws.fetchall()]
    table = pa.table(
        {
            "raw": pa.array([name.raw for name in names], text),
            "said": pa.array([" ".join(name.tokens) or None for name in names], text),
            "tokens": pa.array([list(name.tokens) for name in names], texts),
            "generation": pa.array([name.generation for name in names], text),
            "roots": pa.array([list(name.roots) for name in names], texts),
            "initials": pa.array([list(name.initials) for name in names], texts),
            "latin": pa.array([name.is_latin for name in names], pa.bool_()),
            "sound": pa.array([name.sound or None for name in names], text),
            "known": pa.array([name.is_known for name in names], pa.bool_()),
        }
    )
    connection.register("names_given", table)
    connection.execute("create or replace table names as select * from names_given")
    connection.unregister("names_given")
