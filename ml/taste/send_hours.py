"""From the rows of features.activity_hours to the hour to write at, for each customer, and how good it was."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.taste import hours
from ml.taste.declaration import SendHour
from ml.taste.hours import HOURS, Floats
from ml.taste.provenance import Provenance, provenance

#: Visits are counted for so long; orders and answers to messages for ever.
HISTORY = pd.Timedelta(days=365)
COLUMNS = ("profile_id", "as_of", "send_hour", "share", "evidence_count")


@dataclass(frozen=True)
class HourModel:
    """shared: everybody's hours (24). quiet: hours at which nothing is sent. reason: why nobody has an answer; None where some have."""

    declared: SendHour
    shared: Floats
    quiet: frozenset[int]
    made: Provenance
    reason: str | None

    def answers(self, counts: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
        """Return a row for each person (COLUMNS, provenance, reason).

        counts: profile_id and the columns 0 to 23, how often each person did something at that hour. `share` is how likely what they do
        next is at that hour (0 to 1).
        """
        done = counts[list(range(HOURS))].to_numpy(np.float64)
        evidence = done.sum(axis=1).astype(np.int64)
        shares = hours.hours_of_each(done, self.shared)
        open_hours = [hour for hour in range(HOURS) if hour not in self.quiet] or list(range(HOURS))
        best = np.array(open_hours)[shares[:, open_hours].argmax(axis=1)] if len(counts) else np.empty(0, dtype=np.int64)
        enough = (evidence >= self.declared.least_activities) & (self.reason is None)
        rows = pd.DataFrame({"profile_id": counts["profile_id"].astype("str"), "as_of": as_of})
        rows["as_of"] = rows["as_of"].astype("datetime64[us]")
        rows["send_hour"] = pd.Series(best, index=rows.index, dtype="Int64").where(enough)
        rows["share"] = np.where(enough, shares[np.arange(len(rows)), best], np.nan)
        rows["evidence_count"] = evidence
        few = f"fewer than {self.declared.least_activities} orders, visits, opens and clicks are known"
        rows["reason"] = pd.Series([None if known else self.reason or few for known in enough], index=rows.index, dtype=object)
        return self.made.beside(rows[[*COLUMNS, "reason"]])


def train(declared: SendHour, histogram: Sequence[float], quiet: Iterable[int], as_of: pd.Timestamp) -> HourModel:
    """Learn everybody's hours from how often anything was done at each hour (24), and the hours at which nothing is sent."""
    shared = hours.everybody(np.array([histogram], dtype=np.float64))
    done = int(sum(histogram))
    reason = None
    if done < declared.least_shop_activities:
        reason = f"not estimated: {done} orders, visits, opens and clicks in all, at least {declared.least_shop_activities} are needed"
    learned = pd.DataFrame({"hour": range(HOURS), "count": histogram})
    figures = None if reason else [round(float(share), 12) for share in shared]
    made = provenance(declared.name, figures, learned, (as_of - HISTORY).to_pydatetime(), as_of.to_pydatetime())
    return HourModel(declared, shared, frozenset(quiet), made, reason)


def backtest(declared: SendHour, before: pd.DataFrame, now: pd.DataFrame) -> list[tuple[str, int, float, float]]:
    """How well what people did since `before` was expected; both frames have profile_id and the columns 0 to 23. [] with too little.

    Returns (band of history, activities, log-loss, log-loss of everybody's histogram).
    """
    hour_columns = list(range(HOURS))
    past = before[hour_columns].to_numpy(np.float64)
    if past.sum() < declared.least_shop_activities:
        return []
    since = now.set_index("profile_id")[hour_columns].reindex(before["profile_id"]).fillna(0.0).to_numpy(np.float64)
    return hours.log_loss_by_band(past, hours.everybody(past), np.maximum(since - past, 0.0))
