"""What an experiment is made of: as it was declared, what was counted of it, and the rules that it is judged by."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

#: Metrics that are 0 or 1 for each person.
SHARES = frozenset({"ordered", "clicked", "opened", "unsubscribed", "complained"})
#: Metrics of which less is better.
HARMS = frozenset({"unsubscribed", "complained"})
EVERYBODY = "all"


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a verdict: `vars.experiments` of dbt_project.yml has them.

    alpha: two-sided, over all looks together. power: of the planned sample. least_days, least_conversions: before that no look is due, the
    conversions in each arm. watch_days: how long the loser keeps its part after a promotion. ratio_alarm: the chance of such sizes of the
    arms below which something is broken.
    """

    alpha: float = 0.05
    power: float = 0.8
    least_days: int = 14
    least_conversions: int = 100
    watch_days: int = 28
    ratio_alarm: float = 0.001


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm; share: its part of the people, 0 to 1, as it was declared."""

    name: str
    is_control: bool
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """An experiment as it is declared, in the phase in which it is.

    kind: global, campaign (both control groups), variants, past. metric: what it is judged by; None (past): by every metric that there is.
    minimum_effect: relative, what it is planned to see. plan, looks: see experiments/plans.py; `fixed` has one look, whatever is said.
    outcome_days: how long a person's outcome is waited for.
    """

    experiment: str
    kind: str
    arms: tuple[Arm, ...]
    phase: str = "test"
    metric: str | None = None
    outcome_days: int = 0
    plan: str = "obrien_fleming"
    looks: int = 4
    minimum_effect: float | None = None
    guardrails: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.plan == "fixed":
            object.__setattr__(self, "looks", 1)

    @property
    def control(self) -> str:
        """The arm that the others are compared with: what was in use before."""
        return next(arm.name for arm in self.arms if arm.is_control)

    @property
    def others(self) -> tuple[str, ...]:
        """The arms that are compared with it."""
        return tuple(arm.name for arm in self.arms if not arm.is_control)

    @property
    def shares(self) -> dict[str, float]:
        """What each arm was to get, as weights; all alike where that is not known."""
        return {arm.name: 1.0 if arm.share is None else arm.share for arm in self.arms}

    @property
    def is_judged(self) -> bool:
        """Whether verdicts end it: control groups never end, and what is past is over."""
        return self.kind == "variants"


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted of one arm: sums over the people whose time is over. A row of `proof.arms`, whose columns these are.

    value_*: of the metric x; covariate_*: of the same metric y in as many days before; value_covariate: of x times y.
    drawn_alone_count: people of one id (None: all are), by whom sizes of arms are judged: of several ids the smallest number counts.
    """

    experiment: str
    phase: str
    segment_type: str
    segment: str
    arm: str
    is_control: bool
    metric: str
    people_count: int
    assigned_count: int
    value_sum: float
    value_squares: float
    covariate_sum: float
    covariate_squares: float
    value_covariate: float
    first_assigned_at: datetime | None
    contaminated_count: int = 0
    drawn_alone_count: int | None = None

    @property
    def drawn(self) -> int:
        """People whose arm was drawn with the chance that its share says."""
        return self.assigned_count if self.drawn_alone_count is None else self.drawn_alone_count

    @property
    def is_share(self) -> bool:
        """Whether the metric is 0 or 1 for each of these people: then the squares add up to what the values do."""
        return math.isclose(self.value_squares, self.value_sum, rel_tol=1e-9, abs_tol=1e-9)
