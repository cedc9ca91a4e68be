"""Time: which past instants a model may learn from, and what had happened by their end.

An origin is an instant of features.training_snapshots. It is closed at `now` once its horizon and some days for late rows are
over; only then is "no order" an outcome, and only closed origins are learned from or judged by.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ml.declaration import Kind

#: Days after the end of a horizon until its late rows are taken to be there.
MATURITY_DAYS = 3
#: One fit learns from the windows of a year, with all its seasons; where there is no whole year yet, from the latest ones. And where there
#: are enough others, not from those of a shop so young that it would not be scored: everybody looks new then.
YEAR_ORIGINS = 12
LATEST_ORIGINS = 6
YOUNG_DAYS = 180
#: And so many rows, unless a shop says otherwise.
MOST_ROWS = 75_000
#: Days that the counted outcomes of features.training_snapshots cover.
COUNTED_DAYS = 90
_COUNTED = {"orders": "next_90d_orders_count", "spend": "next_90d_revenue_amount"}


def label_columns(kind: Kind) -> tuple[str, ...]:
    """The columns of the snapshots that outcomes of this kind come from."""
    return ("next_order_at",) if kind == "purchase" else (_COUNTED[kind],)


def closed_origins(origins: Sequence[pd.Timestamp], horizon_days: int, now: pd.Timestamp) -> list[pd.Timestamp]:
    """The origins whose outcomes are known at `now`, the earliest first. All naive UTC."""
    wait = pd.Timedelta(days=horizon_days + MATURITY_DAYS)
    return sorted(origin for origin in set(origins) if origin + wait <= now)


def judged_origins(origins: Sequence[pd.Timestamp], horizon_days: int, now: pd.Timestamp) -> list[pd.Timestamp]:
    """The closed origins at which there was already one to learn from, the earliest first."""
    closed = closed_origins(origins, horizon_days, now)
    return [origin for origin in closed if closed_origins(closed, horizon_days, origin)]


def training_origins(origins: Sequence[pd.Timestamp], horizon_days: int, now: pd.Timestamp) -> list[pd.Timestamp]:
    """The closed origins that a fit at `now` may learn from, the earliest first: of a year, or the latest where there is no whole year."""
    year = closed_origins(origins, horizon_days, now)[-YEAR_ORIGINS:]
    return year if len(year) == YEAR_ORIGINS else year[-LATEST_ORIGINS:]


def needed_origins(origins: Sequence[pd.Timestamp], horizon_days: int, now: pd.Timestamp, judged: int) -> list[pd.Timestamp]:
    """The origins that are looked at by a backtest over so many of the latest and a fit at `now`, and the latest of all."""
    moments = [*judged_origins(origins, horizon_days, now)[-judged:], now]
    learned = [origin for moment in moments for origin in training_origins(origins, horizon_days, moment)]
    return sorted({*moments[:-1], *learned, *([max(origins)] if origins else [])})


def with_outcome(snapshots: pd.DataFrame, kind: Kind, horizon_days: int) -> pd.DataFrame:
    """The rows with a column `outcome` (float64): for "purchase" 1.0 where an order came within the horizon, else the counted figure.

    ValueError where a count is asked for another horizon than the snapshots count.
    """
    if kind == "purchase":
        end = snapshots["as_of"] + pd.Timedelta(days=horizon_days)
        outcome = (snapshots["next_order_at"] < end).to_numpy(dtype=np.float64)  # an absent order compares as false
    elif horizon_days != COUNTED_DAYS:
        raise ValueError(f"{kind} within {horizon_days} days: the training snapshots count {COUNTED_DAYS} days")
    else:
        outcome = snapshots[_COUNTED[kind]].fillna(0).to_numpy(dtype=np.float64)
    return snapshots.assign(outcome=outcome)


def learned_from(rows: pd.DataFrame, horizon_days: int, now: pd.Timestamp, most_rows: int = MOST_ROWS) -> pd.DataFrame:
    """Of rows with outcomes those that a fit at `now` learns from: of its training origins, when the shop was no longer young; `most_rows`.

    Where there are more, rows are drawn by a hash of person and origin: the same ones in every run, and few of one person's, whose rows
    say much the same.
    """
    history_days = rows.groupby("as_of")["tenure_days"].max()
    origins = training_origins(list(history_days.index), horizon_days, now)
    grown = sum(history_days[origin] >= YOUNG_DAYS for origin in origins)
    origins = origins[-max(grown, LATEST_ORIGINS) :]
    places = np.flatnonzero(rows["as_of"].isin(origins))
    if len(places) > most_rows:
        drawn = pd.util.hash_pandas_object(rows[["profile_id", "as_of"]].iloc[places], index=False).to_numpy()
        places = places[drawn <= np.partition(drawn, most_rows - 1)[most_rows - 1]]
    return rows.iloc[places].reset_index(drop=True)
