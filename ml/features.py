"""The feature columns, and the way from a frame as dbt wrote it to plain numbers."""

import numpy as np
import pandas as pd

from ml.declaration import Declaration

CUSTOMER_FEATURES: tuple[str, ...] = (
    "recency_days",
    "tenure_days",
    "orders_count",
    "orders_90d",
    "orders_365d",
    "revenue_amount",
    "avg_order_amount",
    "mean_gap_days",
    "gap_ratio",
    "discount_share",
    "refund_share",
    "sessions_30d",
    "views_30d",
    "carts_30d",
    "days_since_session",
    "category_count",
)
# Read by the eligibility rules and the RFM baseline, whatever a model declares as its features.
NEEDED_COLUMNS: tuple[str, ...] = ("recency_days", "tenure_days", "orders_count", "revenue_amount")


class FrameError(ValueError):
    """An input frame is not what the model declared; the message names the frame, the column and what to do."""


def plain(frame: pd.DataFrame, declaration: Declaration, *, table: str, with_label: bool) -> pd.DataFrame:
    """Return the model's columns of `frame` as plain types, sorted by origin and profile.

    Columns of the result: profile_id (text), as_of (naive UTC), horizon_days (Int64), `outcome` (0.0, 1.0 or NaN;
    only with the label), then the features as float64 with NaN where unknown. Sorting makes a fit independent of the
    order in which the warehouse happened to return the rows. `table` is the name used in messages.

    Raises FrameError for a missing column, a column that is not numeric, an empty profile_id or as_of, or a profile
    twice at one origin.
    """
    numbers = tuple(dict.fromkeys((*declaration.features, *NEEDED_COLUMNS)))
    wanted = ("profile_id", "as_of", "horizon_days", *((declaration.label,) if with_label else ()), *numbers)
    missing = [column for column in wanted if column not in frame.columns]
    if missing:
        raise FrameError(
            f"{table} lacks {', '.join(missing)}, which the model {declaration.name} needs: "
            f"add it to the dbt model {table}, or take it out of the declaration"
        )
    result = pd.DataFrame({"profile_id": frame["profile_id"].astype("str"), "as_of": _naive_utc(frame["as_of"], table)})
    if frame["profile_id"].isna().any() or result["as_of"].isna().any():
        raise FrameError(f"{table} has rows without profile_id or as_of: both are its key")
    result["horizon_days"] = _number(frame, "horizon_days", table).astype("Int64")
    if with_label:
        result["outcome"] = _number(frame, declaration.label, table)
    for column in numbers:
        result[column] = _number(frame, column, table)
    repeated = int(result.duplicated(["profile_id", "as_of"]).sum())
    if repeated:
        raise FrameError(f"{table} has {repeated} rows too many: one row per profile_id and as_of is expected")
    return result.sort_values(["as_of", "profile_id"], kind="stable", ignore_index=True)


def infinite_reasons(frame: pd.DataFrame, names: tuple[str, ...]) -> pd.Series:
    """Return one value per row: which of the named columns is infinite, in words, or None."""
    reasons = pd.Series([None] * len(frame), index=frame.index, dtype=object)
    for column in reversed(names):  # the first named column has the last word
        reasons[np.isinf(frame[column])] = f"{column} is infinite: the value cannot be trusted"
    return reasons


def _naive_utc(column: pd.Series, table: str) -> pd.Series:
    try:
        return pd.to_datetime(column, utc=True).dt.tz_localize(None).dt.as_unit("us")
    except (TypeError, ValueError) as problem:
        raise FrameError(f"{table}.as_of is not a timestamp: {problem}") from problem


def _number(frame: pd.DataFrame, name: str, table: str) -> pd.Series:
    column = frame[name]
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "fiub":
        return column.astype("float64")
    try:  # the detour over object takes Decimal, nullable integers and booleans alike, and pd.NA as unknown
        return column.astype(object).where(column.notna(), np.nan).astype("float64")
    except (TypeError, ValueError) as problem:
        raise FrameError(f"{table}.{name} is not numeric: {problem}") from problem
