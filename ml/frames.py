"""The way from rows as the warehouse gives them to plain numbers."""

from collections.abc import Sequence

import numpy as np
import pandas as pd


class FrameError(ValueError):
    """An input frame is not what a model declared; the message names the table, the column and what to do."""


def plain(frame: pd.DataFrame, features: Sequence[str], *, table: str, needed_by: str, times: Sequence[str] = ()) -> pd.DataFrame:
    """The columns profile_id (text), as_of and `times` (naive UTC), and the features as float64 with NaN where unknown.

    Rows are sorted by origin and profile, so that a fit does not depend on the order in which the warehouse returned them.

    Raises FrameError for a missing column, one that is not numeric or no time, an empty profile_id or as_of, or a profile
    twice at one origin.
    """
    missing = [column for column in ("profile_id", "as_of", *times, *features) if column not in frame.columns]
    if missing:
        raise FrameError(
            f"{table} lacks {', '.join(missing)}, which the model {needed_by} needs: "
            f"add it to the dbt model {table}, or take it out of the declaration"
        )
    columns = {"profile_id": frame["profile_id"].astype("str")}
    columns |= {name: _naive_utc(frame[name], f"{table}.{name}") for name in ("as_of", *times)}
    columns |= {name: number(frame[name], f"{table}.{name}") for name in features}
    result = pd.DataFrame(columns)
    if frame["profile_id"].isna().any() or result["as_of"].isna().any():
        raise FrameError(f"{table} has rows without profile_id or as_of: both are its key")
    repeated = int(result.duplicated(["profile_id", "as_of"]).sum())
    if repeated:
        raise FrameError(f"{table} has {repeated} rows too many: one row per profile_id and as_of is expected")
    return result.sort_values(["as_of", "profile_id"], kind="stable", ignore_index=True)


def number(column: pd.Series, name: str) -> pd.Series:
    """A column as float64, NaN where unknown. Raises FrameError with `name` where it is not numeric."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "fiub":
        return column.astype("float64")
    try:  # the detour over object takes Decimal, nullable integers and booleans alike, and pd.NA as unknown
        return column.astype(object).where(column.notna(), np.nan).astype("float64")
    except (TypeError, ValueError) as problem:
        raise FrameError(f"{name} is not numeric: {problem}") from problem


def _naive_utc(column: pd.Series, name: str) -> pd.Series:
    try:
        return pd.to_datetime(column, utc=True).dt.tz_localize(None).dt.as_unit("us")
    except (TypeError, ValueError) as problem:
        raise FrameError(f"{name} is not a timestamp: {problem}") from problem
