"""The figures that alerts go by: `vars.alerts` of dbt_project.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: The steps of a message, in the order in which one follows from the other.
STEPS = ("requested", "decided", "sent", "delivered", "bounced", "opened", "clicked", "converted", "unsubscribed", "complained")
#: Where more is worse; elsewhere less is, and of COUNTED both are.
BAD = frozenset({"bounced", "unsubscribed", "complained"})
COUNTED = frozenset({"requested", "sent", "decided"})
#: Weeks that the measures look back (models/proof/alert_measures).
WEEKS = 8
_LOOKS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class Policy:
    """false_alarms_a_month: so many may come by chance alone, all series and runs together, where a run an hour is a look of its own;
    least_days: days of history below which a series is not judged; least_count: below it neither a count nor what it usually is says
    anything; least_cases: the same of what a share is a share of; least_change: no band is narrower than this part of the usual."""

    false_alarms_a_month: float = 0.5
    least_days: int = 28
    least_count: int = 15
    least_cases: int = 50
    least_change: float = 0.05

    def __post_init__(self) -> None:
        if not (self.false_alarms_a_month > 0 and 7 <= self.least_days <= 7 * WEEKS):
            raise ValueError(f"vars.alerts: false_alarms_a_month is above 0 and least_days from 7 to {7 * WEEKS}")

    @property
    def alpha(self) -> float:
        """What one run may come to by chance, over all its series."""
        return self.false_alarms_a_month / (30 * _LOOKS_A_DAY)

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Policy:
        """Reads it off the variable. Raises ValueError, TypeError for a figure that it does not know or that makes no sense."""
        return cls(**said)
