"""Experiments of the past that were brought in from a file, judged by the same rules as those of today."""

from __future__ import annotations

import math

from reports.charts import forest
from reports.effects import effects
from reports.ink import ink
from reports.page import Chart, Facts, Section, Table, unknown
from reports.words import BLANK, Figure, count, named, signed, titled

_COLOURS = {"better": "good", "worse": "bad"}


def section(facts: Facts) -> Section:
    """One picture of all arms against their controls."""
    title = "Experiments of the past"
    past = [one for one in effects(facts.rows("effects")) if one.experiment.startswith("past:")]
    if not past:
        return unknown("past", title, "No experiment of the past was brought in from a file.")
    shown, rows = [], []
    for one in past:
        label = f"{titled(one.experiment.removeprefix('past:'))}: {named(one.arm)}, {named(one.metric)}"
        colour = ink(_COLOURS.get(one.verdict, "soft"))
        picture = {"label": label, "value": one.lift, "low": one.lift_low, "high": one.lift_high, "text": one.words, "colour": colour}
        shown.append({**picture, "words": f"{label}: {one.sentence}"})
        lift = BLANK if math.isnan(one.lift) else Figure(signed(one.lift, "share"), one.lift)
        rows.append([label, count(one.people), count(one.control_people), lift, one.sentence])
    table = Table("past", "Experiments of the past", ["experiment", "people", "control", "lift", "verdict"], rows)
    told = f"{count(len({one.experiment for one in past}))} brought in from files: what each variant did against its control."
    return Section("past", title, told, charts=[Chart("Lift by variant", told, forest(shown, "Lift by variant"), table, is_wide=True)])
