"""The demo shop's experiments of the past, brought in as a person would by `regulars experiments import`, so that its pages have verdicts
from the first run on: of people and orders that are there, not of what nobody could know yet."""

from __future__ import annotations

from pathlib import Path

from orchestration.landing import Landing
from orchestration.past_declared import Past
from orchestration.past_file import load
from orchestration.resources import now

#: What the column is called in the identities, by what the log calls a customer.
_PERSONS = {"customer_id": "shop_customer_id", "email": "email"}


def bring_in(folder: Path, data: Path) -> dict[str, int]:
    """Loads the logs that the shop in `folder` has kept, where there are any; people by experiment. Loaded again they take their own
    place. Raises ImportFault."""
    from demo.shop.trials import DAYS, TRIALS

    landing, found = Landing(data / "landing"), {}
    for trial in TRIALS:
        log = folder / "experiments" / f"{trial.name}.csv"
        if log.is_file():
            past = Past(trial.name, "control", person=trial.key, person_type=_PERSONS[trial.key], segments=("segment",), days=DAYS)
            found[trial.name] = sum(load(log, past, landing, now()).people.values())
    return found
