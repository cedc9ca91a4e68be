"""Values of a row as a provider's JSON: dates as text, decimals as numbers, and nothing that JSON cannot hold."""

import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson


def as_json(value: object) -> bytes:
    """Compact UTF-8. A time without zone is UTC; NaN and infinity are null; half a surrogate pair is a question mark."""
    try:
        return orjson.dumps(value, default=_plain, option=orjson.OPT_NAIVE_UTC)
    except TypeError:  # a character or a number that orjson does not take: rare, so it may be slow
        return json.dumps(_clean(value), ensure_ascii=False, separators=(",", ":")).encode()


def as_text(value: object, between: str = ";") -> str:
    """One value as text, for providers whose fields are all texts; a list's items stand between `between`, None is nothing."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if not math.isfinite(value):
            return ""
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case Decimal() if not value.is_finite():
            return ""
        case Decimal():
            return format(value, "f")
        case datetime():
            return _with_zone(value).isoformat()
        case date():
            return value.isoformat()
        case list() | tuple() | set():
            return between.join(as_text(item, between) for item in value)
        case dict():
            return as_json(value).decode()
    return _without_halves(str(value))


def _with_zone(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value) if value.is_finite() else None
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _clean(value: Any) -> Any:
    match value:
        case None | bool():
            return value
        case int():
            return value if value.bit_length() <= 256 else None
        case float():
            return value if math.isfinite(value) else None
        case str():
            return _without_halves(value)
        case datetime():
            return _with_zone(value).isoformat()
        case dict():
            return {_without_halves(str(key)): _clean(item) for key, item in value.items()}
        case list() | tuple():
            return [_clean(item) for item in value]
    return _clean(_plain(value))


def _without_halves(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
