"""What is written down of an experiment: what it was found to bring, and what was decided about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """What one arm brings against the control in one metric and segment, as of an instant: a row of `proof.effects`, where every column
    is described. Numbers that cannot be told are None."""

    as_of: datetime
    experiment: str
    phase: str
    segment_type: str
    segment: str
    metric: str
    arm: str
    control_arm: str
    people_count: int
    control_people_count: int
    value: float | None = None
    control_value: float | None = None
    effect: float | None = None
    effect_low: float | None = None
    effect_high: float | None = None
    lift: float | None = None
    lift_low: float | None = None
    lift_high: float | None = None
    always_low: float | None = None
    always_high: float | None = None
    p_value: float | None = None
    adjusted_p_value: float | None = None
    is_primary: bool = False
    plan: str | None = None
    look: int | None = None
    looks: int | None = None
    information: float | None = None
    boundary_z: float | None = None
    is_look_due: bool = False
    minimum_effect: float | None = None
    needed_count: int | None = None
    ratio_p_value: float | None = None
    is_ratio_alarm: bool = False
    is_adjusted: bool = False
    state: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided at one moment, and why: a row of `raw.experiments_verdicts`.

    look: the planned look that was taken; 0: the plan itself; None: between looks, or a person's word. decision: continue, retire, promote,
    stop, back_out, settle, no_verdict. winner: what everybody gets from then on. retired: the arms that are out from then on, with commas
    between, while the others go on. people_count: of the plan (look 0) the people needed in
    all arms; else those whose time was over. decided_at: naive UTC.
    """

    verdict_id: str
    experiment: str
    phase: str
    decided_at: datetime
    decision: str
    next_phase: str
    reason: str
    look: int | None = None
    winner: str | None = None
    decided_by: str = "rules"
    metric: str | None = None
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    information: float | None = None
    boundary_z: float | None = None
    people_count: int | None = None
    rule_version: str = ""
    retired: str | None = None
