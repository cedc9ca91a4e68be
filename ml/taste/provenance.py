"""What stands beside every estimate: which model and version made it, from what."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from ml.versions import LENGTH, data_version


@dataclass(frozen=True)
class Provenance:
    """The columns that say where an estimate is from. Times are naive UTC; without a model all but `model` and `data_version` are None."""

    model: str
    model_version: str | None
    trained_from: datetime | None
    trained_to: datetime | None
    data_version: str

    def beside(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the rows with the columns model, model_version, trained_from, trained_to and data_version before `reason`, their last."""
        reason = rows.pop("reason")
        told = {name: pd.Series([value] * len(rows), index=rows.index, dtype="str") for name, value in self._texts().items()}
        times = {name: pd.Series(value, index=rows.index, dtype="datetime64[us]") for name, value in self._times().items()}
        names = ("model", "model_version", "trained_from", "trained_to", "data_version")
        columns = {**told, **times}
        return rows.assign(**{name: columns[name] for name in names}, reason=reason.astype("str"))

    def _texts(self) -> dict[str, str | None]:
        return {"model": self.model, "model_version": self.model_version, "data_version": self.data_version}

    def _times(self) -> dict[str, datetime | None]:
        return {"trained_from": self.trained_from, "trained_to": self.trained_to}


def provenance(model: str, figures: object, learned_from: pd.DataFrame, since: datetime | None, until: datetime | None) -> Provenance:
    """Return where estimates are from that rest on these plain figures (None: there is no model), learned from these rows."""
    version = None
    if figures is not None:
        version = hashlib.sha256(json.dumps(figures, sort_keys=True).encode()).hexdigest()[:LENGTH]
    return Provenance(model, version, since if version else None, until if version else None, data_version(learned_from))
