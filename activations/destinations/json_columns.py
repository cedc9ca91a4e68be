"""Rows as JSON, a column at a time: the same bytes as `as_json` gives row by row, for a fraction of the time.

What a provider takes as one flat object, or nearly, is put together from the texts of its columns without making a mapping of each row.
"""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from activations.destinations.as_json import as_json

_ESCAPED = r'["\\\x00-\x1f]'
_NOTHING = pa.scalar("", pa.string())
Text: TypeAlias = "str | pa.Array"
"""The same in all rows, or a text for each."""


def json_object(fields: Iterable[tuple[str, pa.Array]]) -> list[Text]:
    """The parts of an object with these names and values, to be joined."""
    parts: list[Text] = ["{"]
    for number, (name, column) in enumerate(fields):
        parts += [f"{',' if number else ''}{as_json(name).decode()}:", *_value(column)]
    return [*parts, "}"]


def json_if_given(name: str, column: pa.Array) -> list[Text]:
    """`"name":value,` where the value is neither null nor an empty text, else nothing."""
    parts = [f"{as_json(name).decode()}:", *_value(column), ","]
    is_given = pc.fill_null(pc.not_equal(column, ""), False) if _is_text(column) else pc.is_valid(column)
    return parts if pc.all(is_given).as_py() is not False else [pc.if_else(is_given, _joined(parts), _NOTHING)]


def rows_of(parts: Sequence[Text]) -> list[bytes]:
    """The parts one after the other, a row each; at least one of them is a column."""
    rows: list[bytes] = _joined(parts).cast(pa.binary()).to_pylist()
    return rows


def _joined(parts: Sequence[Text]) -> pa.Array:
    fewer: list[Text] = []
    for part in parts:
        if isinstance(part, str) and fewer and isinstance(fewer[-1], str):
            fewer[-1] = f"{fewer[-1]}{part}"
        else:
            fewer.append(part)
    return pc.binary_join_element_wise(*(pa.scalar(part, pa.string()) if isinstance(part, str) else part for part in fewer), "")


def _value(column: pa.Array) -> list[Text]:
    """Each value as JSON; null where there is none."""
    kind = column.type
    if pa.types.is_null(kind):
        return [pa.array(["null"] * len(column), pa.string())]
    if _is_text(column):
        column = column.cast(pa.string())
        return ['"', column, '"'] if column.null_count == 0 and not _may_need_escapes(column) else [_texts(column)]
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return [pc.fill_null(column.cast(pa.string()), "null")]
    if pa.types.is_float64(kind) or pa.types.is_float32(kind):
        return [_floats(column)]
    return [pa.array([as_json(value).decode() for value in column.to_pylist()], pa.string())]


def _is_text(column: pa.Array) -> bool:
    return bool(pa.types.is_string(column.type) or pa.types.is_large_string(column.type))


def _texts(column: pa.Array) -> pa.Array:
    quoted = pc.binary_join_element_wise('"', column, '"', "")
    if _may_need_escapes(column):
        is_escaped = pc.fill_null(pc.match_substring_regex(column, _ESCAPED), False)
        escaped = [orjson.dumps(value).decode() for value in column.filter(is_escaped).to_pylist()]
        quoted = pc.replace_with_mask(quoted, is_escaped, pa.array(escaped, pa.string()))
    return pc.fill_null(quoted, "null")


def _may_need_escapes(column: pa.Array) -> bool:
    """Whether a byte of the column's texts is one that JSON escapes. Seen in the bytes of all rows at once."""
    _, offsets, data = column.buffers()
    if data is None:
        return False
    ends = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    text = np.frombuffer(data, np.uint8)[ends[0] : ends[-1]] if len(ends) else np.empty(0, np.uint8)
    return len(text) > 0 and bool(np.any(text < ord(" ")) or np.any(text == ord('"')) or np.any(text == ord("\\")))


def _floats(column: pa.Array) -> pa.Array:
    numbers = np.ascontiguousarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False))
    text = orjson.dumps(numbers, option=orjson.OPT_SERIALIZE_NUMPY).decode()
    return pa.array(text[1:-1].split(",") if len(numbers) else [], pa.string())
