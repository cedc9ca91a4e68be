"""From the rows of features.customer_features to the kind of each customer; the kinds of the last time are kept."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from ml.taste.declaration import Kinds
from ml.taste.personas import FIGURES, Personas, learn, matched
from ml.taste.provenance import Provenance, provenance

COLUMNS = ("profile_id", "as_of", "persona_id", "persona", "taste")
#: Kinds are learned anew at days whose number since 1970-01-01 is divisible by this; on the days between, people change kinds, kinds stay.
LEARNED_EVERY_DAYS = 30


@dataclass(frozen=True)
class KindModel:
    """`kinds` is None where there are none to speak of; `reason` says why then."""

    declared: Kinds
    kinds: Personas | None
    made: Provenance
    reason: str | None

    def answers(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Return a row for each customer: COLUMNS, provenance, reason. `customers`: profile_id, as_of, the figures, and `taste`."""
        values = customers[list(FIGURES)].to_numpy(np.float64)
        known = np.isfinite(values).all(axis=1) & (self.kinds is not None)
        rows = pd.DataFrame({"profile_id": customers["profile_id"].astype("str"), "as_of": customers["as_of"].astype("datetime64[us]")})
        place = self.kinds.nearest(np.nan_to_num(values)) if self.kinds else np.zeros(len(rows), dtype=np.int64)
        ids, names = (self.kinds.ids, self.kinds.names) if self.kinds else ((0,), ("",))
        rows["persona_id"] = pd.Series(np.array(ids)[place], index=rows.index, dtype="Int64").where(known)
        rows["persona"] = pd.Series(np.array(names, dtype=object)[place], index=rows.index, dtype="str").where(known)
        rows["taste"] = customers["taste"].astype("str")
        unknown = "order value unknown"
        rows["reason"] = pd.Series([None if each else self.reason or unknown for each in known], index=rows.index, dtype=object)
        return self.made.beside(rows[[*COLUMNS, "reason"]])


def learned_on(day: date) -> str:
    """Return the day on which the kinds of `day` are learned, as text: the same for all days until the next."""
    number = day.toordinal() - date(1970, 1, 1).toordinal()
    return date.fromordinal(day.toordinal() - number % LEARNED_EVERY_DAYS).isoformat()


def train(declared: Kinds, customers: pd.DataFrame, day: date, before: Personas | None, seed: int = 0) -> KindModel:
    """Return the kinds of `before` where they were learned for this day or none holds now, else new ones that continue them.

    customers: as_of and the figures of everybody, or of a sample.
    """
    rows = customers[["profile_id", *FIGURES]].sort_values("profile_id", ignore_index=True)
    usable = rows[list(FIGURES)].to_numpy(np.float64)
    usable = usable[np.isfinite(usable).all(axis=1)]
    kinds, reason, when = before, None, learned_on(day)
    if len(usable) < declared.least_customers:
        kinds, reason = None, f"not estimated: {len(usable)} customers, at least {declared.least_customers} are needed"
    elif before is None or before.learned_at != when:
        new = learn(usable, seed, when, before)
        kinds = matched(new, before) if new and before else new or before
        if kinds is None:
            reason = "not estimated: no number of kinds from 3 to 6 holds when customers are drawn anew"
    until = date.fromisoformat(kinds.learned_at) if kinds else None
    moment = pd.Timestamp(until).to_pydatetime() if until else None
    first = (rows["tenure_days"].max() if len(rows) else 0) or 0
    since = (pd.Timestamp(day) - pd.Timedelta(days=int(first))).to_pydatetime() if kinds else None
    return KindModel(declared, kinds, provenance(declared.name, kinds.content() if kinds else None, rows, since, moment), reason)
