"""From the rows of features.order_rhythms to a date with an interval for each customer, and how good it was."""

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.taste import gaps
from ml.taste.declaration import NextOrderDate
from ml.taste.provenance import Provenance, provenance

Floats = npt.NDArray[np.float64]
COLUMNS = ("profile_id", "as_of", "expected_on", "earliest_on", "latest_on")


@dataclass(frozen=True)
class DateModel:
    """`pace` is None where the shop has too little; `reason` says why then."""

    declared: NextOrderDate
    pace: gaps.GammaGaps | None
    made: Provenance
    reason: str | None

    def dates(self, rhythms: pd.DataFrame) -> pd.DataFrame:
        """Return a row for each customer of `rhythms` (COLUMNS, provenance, reason); dates are whole days (UTC), None where not known."""
        rows = pd.DataFrame({"profile_id": rhythms["profile_id"].astype("str"), "as_of": rhythms["as_of"].astype("datetime64[us]")})
        enough = (rhythms["gaps_count"] >= self.declared.least_gaps).to_numpy() & (self.pace is not None)
        days = np.full((len(rows), 3), np.nan)
        if self.pace is not None and enough.any():
            days[enough] = days_to_next(self.declared, self.pace, rhythms[enough])
        last = rhythms["last_order_on"].to_numpy(dtype="datetime64[D]")
        for name, column in zip(("earliest_on", "expected_on", "latest_on"), days.T, strict=True):
            whole = np.where(enough, np.round(np.nan_to_num(column)), 0).astype("timedelta64[D]")
            rows[name] = pd.Series(np.where(enough, last + whole, np.datetime64("NaT")).astype("datetime64[s]"), index=rows.index)
        few = f"ordered on {self.declared.least_gaps} day so far, the next order is told from {self.declared.least_gaps + 1} on"
        rows["reason"] = pd.Series([None if known else self.reason or few for known in enough], index=rows.index, dtype=object)
        return self.made.beside(rows[[*COLUMNS, "reason"]])


def days_to_next(declared: NextOrderDate, pace: gaps.GammaGaps, rhythms: pd.DataFrame) -> Floats:
    """Return n x 3: days from the last order to the next (earliest, expected, latest)."""
    return pace.quantiles(history(rhythms), declared.within_days, (declared.earliest, declared.expected, declared.latest))


def history(rhythms: pd.DataFrame) -> gaps.History:
    """Return the gaps of each customer from the columns of features.order_rhythms."""
    return gaps.History(*rhythms[["gaps_count", "gaps_days", "gaps_log_sum", "open_days"]].to_numpy(np.float64).T)


def train(declared: NextOrderDate, rhythms: pd.DataFrame, seed: int = 0) -> DateModel:
    """Learn the pace of the shop from the customers of one instant (columns of features.order_rhythms)."""
    rows = rhythms[["profile_id", "gaps_count", "gaps_days", "gaps_log_sum", "open_days"]].sort_values("profile_id", ignore_index=True)
    pace, reason = None, None
    try:
        pace = gaps.fit(history(rows), seed)
    except gaps.FitError as problem:
        reason = f"not estimated: {problem}"
    since = until = None
    if pace is not None:
        first = rhythms["last_order_on"].astype("datetime64[us]") - pd.to_timedelta(rhythms["gaps_days"].astype("int64"), unit="D")
        since, until = first.min().to_pydatetime(), rhythms["as_of"].max().to_pydatetime()
    return DateModel(declared, pace, provenance(declared.name, asdict(pace) if pace else None, rows, since, until), reason)


def backtest(declared: NextOrderDate, past: pd.DataFrame, seed: int = 0) -> dict[str, float | int]:
    """How good the dates would have been at the instant of `past`, for who had two orders and came again by now; {} where nobody did.

    mean_error_days and that of "the last order and the mean gap"; error_ratio of the two; covered: share inside the interval.
    """
    model = train(declared, past, seed)
    repeat = past[(past["gaps_count"] >= declared.least_gaps) & past["next_order_on"].notna()]
    if model.pace is None or repeat.empty:
        return {}
    waited = (repeat["next_order_on"].astype("datetime64[s]") - repeat["last_order_on"].astype("datetime64[s]")).dt.days.to_numpy()
    earliest, expected, latest = np.round(days_to_next(declared, model.pace, repeat)).T
    error = float(np.abs(expected - waited).mean())
    plain = float(np.abs(repeat["gaps_days"].to_numpy(np.float64) / repeat["gaps_count"].to_numpy(np.float64) - waited).mean())
    return {
        "customers": len(repeat),
        "mean_error_days": error,
        "mean_gap_error_days": plain,
        "error_ratio": error / plain if plain else float("nan"),
        "covered": float(((waited >= earliest) & (waited <= latest)).mean()),
    }
