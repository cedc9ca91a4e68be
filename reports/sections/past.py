"""Experiments of the past that were brought in from a file, judged by the same rules as those of today."""

from __future__ import annotations

import math
from collections.abc import Sequence

from reports.charts import forest
from reports.effects import Effect, effect
from reports.ink import ink
from reports.page import Chart, Facts, Section, Table, unknown
from reports.words import BLANK, Figure, count, listed, named, signed, titled

_COLOURS = {"better": "good", "worse": "bad"}
_SAYS = {"better": "helped", "worse": "did harm"}
_NOTE = (
    "A line that crosses the dashed one at nothing says that so many people show no difference, not that there is none. What differs in a "
    "segment alone is a hint for the next experiment, no verdict."
)


def section(facts: Facts) -> Section:
    """One picture of all arms against their controls, and a list of the segments in which it came out otherwise than for everybody."""
    title = "Experiments of the past"
    found = [one for one in map(effect, facts.rows("effects")) if one.experiment.startswith("past:")]
    past = [one for one in found if one.segment_type in ("all", "")]
    if not past:
        return unknown("past", title, "No experiment of the past was brought in from a file.")
    verdicts = {_key(one): one.verdict for one in past}
    apart = [one for one in found if one not in past and one.verdict in _SAYS and one.verdict != verdicts.get(_key(one))]
    head = ["experiment", "lift", "verdict", "people", "control"]
    chart = _chart(past, head)
    lists = [Table("past_by_segment", "Segments in which it came out otherwise than for everybody", head, _rows(apart))] if apart else []
    told = _told(past)
    brief = told if any(one.verdict in _SAYS for one in past) else ""
    return Section("past", title, told, brief, charts=[chart], lists=lists, note=_NOTE)


def _key(one: Effect) -> tuple[str, str, str]:
    return one.experiment, one.metric, one.arm


def _name(one: Effect) -> str:
    return titled(one.experiment.removeprefix("past:"))


def _told(past: Sequence[Effect]) -> str:
    """`4 brought in from files: Daily reminders did harm; of Newsletter subject … no difference is known.`"""
    names = list(dict.fromkeys(map(_name, past)))
    said, settled = [], set()
    for verdict, words in _SAYS.items():
        some = [name for name in names if any(_name(one) == name and one.verdict == verdict for one in past)]
        settled.update(some)
        said += [f"{listed(some)} {words}"] if some else []
    rest = [name for name in names if name not in settled]
    said += [f"{listed(rest)} showed no difference among so many people"] if rest else []
    return f"{count(len(names))} brought in from files: {'; '.join(said)}."


def _label(one: Effect) -> str:
    arm = "" if one.arm == "treated" else f" ({named(one.arm)})"
    segment = "" if one.segment_type in ("all", "") else f", {named(one.segment)}"
    return f"{_name(one)}{arm}{segment}: {named(one.metric)}"


def _rows(shown: Sequence[Effect]) -> list[list[Figure | str]]:
    lifts = [BLANK if math.isnan(one.lift) else Figure(signed(one.lift, "share"), one.lift) for one in shown]
    return [[_label(one), lift, one.sentence, count(one.people), count(one.control_people)] for one, lift in zip(shown, lifts, strict=True)]


def _chart(past: Sequence[Effect], head: list[str]) -> Chart:
    title = "What each did against its control"
    drawn = [
        {
            **{"label": _label(one), "value": one.lift, "low": one.lift_low, "high": one.lift_high, "text": one.words},
            **{"colour": ink(_COLOURS.get(one.verdict, "soft")), "words": f"{_label(one)}: {one.sentence}"},
        }
        for one in past
    ]
    words = "The lift over the control, with the interval that it lies in. Green helped, red did harm, grey may be chance."
    return Chart(title, words, forest(drawn, title), Table("past", title, head, _rows(past)), is_wide=True)
