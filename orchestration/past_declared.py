"""What the columns of a past experiment's file mean, as a person says it, and what each column must hold for that."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from orchestration.sources.table import Column, Table, moment, text

#: The kinds of outcomes.
KINDS = {"binary": "0 or 1 for each person", "mean": "an amount or a number for each person"}


class ImportFault(Exception):  # noqa: N818 (it is said to a person, as it is)
    """Why a file was not loaded, in words: what is wrong, and what to do."""


@dataclass(frozen=True)
class Past:
    """What the columns of the file mean.

    name: of the experiment, without `past:`. arm: the column of the arm; control: the value there of those who are compared with. unit:
    the column that names a person, "" for the place in the file. outcomes: kind by column. covariate: a column that says what they did
    before, "" for none. segments: columns that people are told apart by. assigned_at: a column, or the instant for all (aware).
    person: a column that says who they are, "" for none, and what it holds: email, phone, shop_customer_id …, or that with _sha256.
    days: after the assignment that count, where the warehouse is asked what came of them.
    """

    name: str
    control: str
    arm: str = "arm"
    unit: str = ""
    outcomes: dict[str, str] = field(default_factory=dict)
    covariate: str = ""
    segments: tuple[str, ...] = ()
    assigned_at: str | datetime = "assigned_at"
    person: str = ""
    person_type: str = ""
    days: int = 30

    @property
    def experiment(self) -> str:
        """Its id."""
        return f"past:{self.name}"


@dataclass
class Imported:
    """What was loaded: people by arm; and refused, rows by reason."""

    people: dict[str, int] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)


def table_of(past: Past) -> Table:
    """The file as a source would declare it: which columns it must have, and what each must hold."""
    columns: dict[str, Column] = {past.arm: text(past.arm, required=True)}
    if past.unit:
        columns[past.unit] = text(past.unit, required=True)
    for name, kind in past.outcomes.items():
        columns[name] = (
            Column(name, "BIGINT", required=True, minimum=0, maximum=1)
            if kind == "binary"
            else Column(name, "DECIMAL(18,4)", required=True)
        )
    if past.covariate:
        columns.setdefault(past.covariate, Column(past.covariate, "DECIMAL(18,4)", required=True))
    for name in past.segments:
        columns.setdefault(name, text(name))
    if isinstance(past.assigned_at, str):
        columns[past.assigned_at] = moment(past.assigned_at, required=True)
    if past.person:
        columns[past.person] = text(past.person, personal=True)
    return Table(
        "experiments", f"past_{past.name}", key=(past.unit or past.arm,), event_time="", watermark=None, columns=tuple(columns.values())
    )
