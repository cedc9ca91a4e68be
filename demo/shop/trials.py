"""Four experiments of the shop's past, whose truth is known: one that changed nothing, one that helped a little, one that did harm, and
one that helped those alone who had ordered once.

Half of the customers who had ordered by then were treated. What it did to them is in their orders, which stand in the shop's database like
all others: some placed one more, some did not place one that they would have. All of it is noise of its own, keyed by person and
experiment, so that no one else's orders are moved. Long: one chain from the draw to the files.
"""

import csv
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from demo.shop.addresses import Addresses
from demo.shop.clock import DAY, HOUR, micros
from demo.shop.draws import Bools, Ints, noise
from demo.shop.people import People

#: Orders that a treatment brought have keys of their own among those of a person, from here on.
FIRST_PLACE = 120
_ORDERS_PER_PERSON = 128  # as in orders.py, which imports this
ARMS = ("control", "treated")
SEGMENTS = ("one_order", "more_orders")


@dataclass(frozen=True)
class Trial:
    """One experiment. Of the treated (of those in `segment`, where that is given) the share `more` placed one more order within three
    weeks, and each of their orders of the next 30 days was lost with the chance `fewer`."""

    name: str
    at: datetime
    key: str  # what the log calls a customer by: customer_id or email
    more: float = 0.0
    fewer: float = 0.0
    segment: str | None = None


TRIALS = (
    Trial("newsletter_subject", datetime(2025, 9, 15, 8, tzinfo=UTC), "email"),
    Trial("thank_you_note", datetime(2025, 10, 20, 8, tzinfo=UTC), "customer_id", more=0.033),
    Trial("second_order_nudge", datetime(2025, 12, 26, 8, tzinfo=UTC), "customer_id", more=0.09, segment="one_order"),
    Trial("daily_reminders", datetime(2026, 1, 26, 8, tzinfo=UTC), "customer_id", fewer=0.3),
)
DAYS = 30


def taken_part(people: People, trial: Trial, person: Ints, at: Ints) -> tuple[Ints, Bools, Bools]:
    """Who was in an experiment, who of them was treated, and who had ordered once, by the orders (person, time) of the plan."""
    before = np.bincount(person[at < micros(trial.at)], minlength=len(people))
    who = np.flatnonzero(people.has_account & (people.joined < micros(trial.at)) & (before > 0))
    return who, noise(people.number[who], f"{people.seed} arm {trial.name}") < 0.5, before[who] == 1


def planted(people: People, key: Ints, person: Ints, at: Ints) -> tuple[Ints, Ints, Ints]:
    """Orders (key, person, time) as the treatments made them, by person and time; before, none was treated."""
    for place, trial in enumerate(TRIALS):
        start, number = micros(trial.at), people.number
        who, treated, once = taken_part(people, trial, person, at)
        moved = who[treated & (once if trial.segment == "one_order" else True)]
        more = moved[noise(number[moved], f"{people.seed} more {trial.name}") < trial.more]
        day = 1 + np.floor(noise(number[more], f"day {trial.name}") * 20).astype(np.int64)
        hour = people.hour_utc[more] + noise(number[more], f"hour {trial.name}")
        later = start // DAY * DAY + day * DAY + (hour * HOUR).astype(np.int64) // 1000 * 1000
        lost = np.isin(person, moved) & (at >= start) & (at < start + DAYS * DAY)
        lost &= noise(key, f"{people.seed} fewer {trial.name}") < trial.fewer
        key = np.concatenate([key[~lost], number[more] * _ORDERS_PER_PERSON + FIRST_PLACE + place])
        person, at = np.concatenate([person[~lost], more]), np.concatenate([at[~lost], later])
        order = np.lexsort((at, person))
        key, person, at = key[order], person[order], at[order]
    return key, person, at


def log(people: People, addresses: Addresses, trial: Trial, person: Ints, at: Ints) -> Iterator[tuple[str, ...]]:
    """The rows of an experiment's log for the people of a chunk: experiment, arm, assigned_at, who, segment."""
    who, treated, once = taken_part(people, trial, person, at)
    for i, is_treated, is_first in zip(who.tolist(), treated.tolist(), once.tolist(), strict=True):
        name = f"C{people.number[i]:08d}" if trial.key == "customer_id" else addresses.email[i]
        yield trial.name, ARMS[is_treated], f"{trial.at:%Y-%m-%dT%H:%M:%SZ}", name, SEGMENTS[not is_first]


def truth() -> list[dict[str, Any]]:
    """What was planted, in words for a test."""
    return [
        {
            "experiment": trial.name,
            "assigned_at": trial.at.isoformat(),
            "days": DAYS,
            "more_orders_share": trial.more,
            "lost_orders_share": trial.fewer,
            "segment": trial.segment,
        }
        for trial in TRIALS
    ]


class TrialFiles:
    """experiments/<name>.csv for each experiment, filled chunk by chunk, and truth/experiments.json; whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._truth, self._stack = folder / "experiments", folder / "truth" / "experiments.json", ExitStack()
        self._folder.mkdir(parents=True, exist_ok=True)
        files = {trial.name: self._stack.enter_context(self._partial(trial).open("w", newline="")) for trial in TRIALS}
        self._writers = {name: csv.writer(file, lineterminator="\n") for name, file in files.items()}
        for trial in TRIALS:
            self._writers[trial.name].writerow(["experiment", "arm", "assigned_at", trial.key, "segment"])

    def add(self, people: People, addresses: Addresses, person: Ints, at: Ints) -> None:
        """The people of a chunk, by its orders (person, time)."""
        for trial in TRIALS:
            self._writers[trial.name].writerows(log(people, addresses, trial, person, at))

    def _partial(self, trial: Trial) -> Path:
        return self._folder / f"{trial.name}.csv.partial"

    def __enter__(self) -> "TrialFiles":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Put the files in place; after an error leave the old ones."""
        self._stack.close()
        for trial in TRIALS:
            if kind is None:
                self._partial(trial).replace(self._folder / f"{trial.name}.csv")
            else:
                self._partial(trial).unlink(missing_ok=True)
        if kind is None:
            self._truth.write_text(json.dumps(truth(), indent=2) + "\n")
