"""What answers for a model in one run, and what it needs to know of a customer."""

from dataclasses import dataclass, field
from typing import Any

from ml.evidence import Evidence
from ml.recipes import State, Task

#: What the buy-till-you-die numbers, the bands and the RFM score read, whatever a model declares.
NEEDED_FEATURES = ("order_days_count", "orders_count", "recency_days", "tenure_days", "revenue_amount", "avg_order_amount")


@dataclass(frozen=True)
class Served:
    """What answers for a declaration in this run. Without a `state` nobody is scored, and `reason` says why.

    `fallback` is a fitted fallback recipe, whose answer stands beside every score; `evidence` is new figures, None where nothing
    was trained; `notes` are for the reader of the run.
    """

    task: Task
    recipe: str | None = None
    state: State | None = None
    fallback: State | None = None
    model_version: str | None = None
    card: dict[str, Any] = field(default_factory=dict)
    reason: str | None = None
    evidence: Evidence | None = None
    notes: tuple[str, ...] = ()
