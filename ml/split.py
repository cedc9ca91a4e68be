"""The temporal split: learn from the past, be checked on what came after it."""

from dataclasses import dataclass

import pandas as pd

from ml.declaration import Declaration


def label_ends(frame: pd.DataFrame, declaration: Declaration) -> pd.Series:
    """Return, per row, the moment at which its label is known: the origin plus the horizon."""
    if declaration.horizon_days is not None:
        return frame["as_of"] + pd.Timedelta(days=declaration.horizon_days)
    return frame["as_of"] + pd.to_timedelta(frame["horizon_days"].astype("float64"), unit="D")


def closed(frame: pd.DataFrame, declaration: Declaration, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return the rows whose label is known at `as_of` (naive UTC); an open or absent label is not a "no"."""
    known = (label_ends(frame, declaration) <= as_of) & frame["outcome"].notna()
    return frame[known].reset_index(drop=True)


@dataclass(frozen=True)
class Split:
    """`past` to learn from and `latest` to be checked on; `note` says what is weak about it, if anything."""

    past: pd.DataFrame
    latest: pd.DataFrame
    note: str | None


def temporal(frame: pd.DataFrame, declaration: Declaration) -> Split | None:
    """Split closed snapshots at their latest origin; None when there is only one origin.

    Only snapshots whose label was known at that origin are learned from, as on the day itself. Where the origins lie
    so close together that none is left, all earlier ones are taken, and the note says that the figures flatter.
    """
    origin = frame["as_of"].max()
    latest = frame[frame["as_of"] == origin]
    earlier = frame[frame["as_of"] < origin]
    if earlier.empty:
        return None
    strict = earlier[label_ends(earlier, declaration) <= origin]
    if strict.empty:
        note = "the labels of all earlier snapshots reach past the latest origin: the metrics are flattering"
        return Split(past=earlier, latest=latest, note=note)
    return Split(past=strict, latest=latest, note=None)
