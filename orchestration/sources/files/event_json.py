"""JSON of an event: ids in full, and what nobody declared as one object that any reader of JSON takes."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from typing import Any

import orjson

from orchestration.sources.collector import EVENTS

_IDS = tuple(column.name for column in EVENTS.columns if column.type == "VARCHAR" and column.name not in ("properties", "came_from"))


def exact(line: bytes) -> Any:
    """The line as JSON; an id of more digits than 64 bits hold keeps them all, where it would become a rounded number."""
    fields = orjson.loads(line)
    if isinstance(fields, dict) and any(isinstance(fields.get(name), float) and abs(fields[name]) >= 2**53 for name in _IDS):
        return json.loads(line)
    return fields


def properties_of(given: Any, rest: dict[str, Any]) -> str | None:
    """The given properties (an object, or in a CSV its text) and the fields that are not declared, as one JSON object."""
    if isinstance(given, str) and given.strip():
        with suppress(orjson.JSONDecodeError):  # what is no JSON is kept as the text that it is
            given = orjson.loads(given)
    own = given if isinstance(given, dict) else {} if given is None or given == "" else {"properties": given}
    together = {**rest, **own}
    if not together:
        return None
    try:
        return json.dumps(together, default=str, ensure_ascii=False, sort_keys=True, allow_nan=False)
    except ValueError:  # NaN and infinity are numbers of Parquet, and none of JSON
        return json.dumps(_finite(together), default=str, ensure_ascii=False, sort_keys=True)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return (None if math.isnan(value) else str(value)) if isinstance(value, float) and not math.isfinite(value) else value
