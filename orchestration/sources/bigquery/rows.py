"""Rows as BigQuery's REST API writes them, `{"f": [{"v": ...}]}`, as Arrow columns: a column at a time, a page has a million cells.

Source: https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/list
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from google.cloud.bigquery import SchemaField

#: What is not here (BYTES, JSON, GEOGRAPHY, TIME, …) stays the text that it comes as.
_TYPES: dict[str, pa.DataType] = {
    "INTEGER": pa.int64(),
    "INT64": pa.int64(),
    "FLOAT": pa.float64(),
    "FLOAT64": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "BOOL": pa.bool_(),
    "NUMERIC": pa.decimal128(38, 9),
    "DATE": pa.date32(),
    "DATETIME": pa.timestamp("us"),
    "TIMESTAMP": pa.timestamp("us"),  # UTC, without saying so, as everywhere here
}
_RECORDS = ("RECORD", "STRUCT")


def arrow_type(field: SchemaField) -> pa.DataType:
    """The type of a column."""
    single = (
        pa.struct([(part.name, arrow_type(part)) for part in field.fields])
        if _is_record(field)
        else _TYPES.get(field.field_type, pa.string())
    )
    return pa.list_(single) if field.mode == "REPEATED" else single


def arrow_schema(fields: Sequence[SchemaField]) -> pa.Schema:
    """The columns of a table, in its order."""
    return pa.schema([(field.name, arrow_type(field)) for field in fields])


def arrow_rows(rows: Sequence[dict[str, Any]], fields: Sequence[SchemaField]) -> pa.Table:
    """The rows of a page. Raises ValueError, KeyError or IndexError where they do not have the table's columns."""
    if any(len(row["f"]) != len(fields) for row in rows):
        raise ValueError("a row has other columns than the table")
    return pa.table([_column([row["f"][place]["v"] for row in rows], field) for place, field in enumerate(fields)], arrow_schema(fields))


def _column(cells: list[Any], field: SchemaField) -> pa.Array:
    if field.mode != "REPEATED":
        return _single(cells, field)
    offsets, items = [0], []
    for cell in cells:
        items += [item["v"] for item in cell or ()]
        offsets.append(len(items))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), _single(items, field), type=arrow_type(field))


def _single(cells: list[Any], field: SchemaField) -> pa.Array:
    if not _is_record(field):
        return _plain(cells, field)
    nothing = [{"v": None}] * len(field.fields)
    rows = [nothing if cell is None else cell["f"] for cell in cells]
    parts = [_column([row[place]["v"] for row in rows], part) for place, part in enumerate(field.fields)]
    named = [pa.field(part.name, arrow_type(part)) for part in field.fields]
    return pa.StructArray.from_arrays(parts, fields=named, mask=pa.array([cell is None for cell in cells], pa.bool_()))


def _plain(cells: list[Any], field: SchemaField) -> pa.Array:
    texts = pa.array(cells, pa.string())
    wanted = _TYPES.get(field.field_type, pa.string())
    if field.field_type != "TIMESTAMP":
        return texts.cast(wanted)
    try:  # microseconds, as the client asks for; else seconds with a fraction
        micros = texts.cast(pa.int64())
    except pa.ArrowInvalid:
        micros = pc.round(pc.multiply(texts.cast(pa.float64()), 1e6)).cast(pa.int64())
    return micros.cast(wanted)


def _is_record(field: SchemaField) -> bool:
    return field.field_type in _RECORDS
