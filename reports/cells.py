"""The cells of a frame as values: what a database left out comes as None, NaN or NaT."""

from __future__ import annotations

import math
from typing import Any


def number(value: Any) -> float:
    """NaN for what is not known: None, NaN, NaT, and what has no end."""
    try:
        return float(value) if math.isfinite(float(value)) else math.nan
    except (TypeError, ValueError):
        return math.nan


def whole(value: Any) -> int:
    """A count; 0 where it is not known."""
    return 0 if math.isnan(number(value)) else int(value)


def said(value: Any) -> str:
    """The text of a cell; nothing where there is none."""
    return value if isinstance(value, str) else ""


def is_true(value: Any) -> bool:
    """Whether a cell says yes; a missing one says nothing."""
    return value is not None and not (isinstance(value, float) and math.isnan(value)) and bool(value)
