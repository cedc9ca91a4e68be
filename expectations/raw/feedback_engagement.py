"""Engagement: each event once, and never more bad news than good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import matches, present

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = (
    "event_id",
    "status",
    "occurred_at",
)
KEY = "event_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx
    from great_expectations.expectations.core.expect_column_values_to_be_unique import ExpectColumnValuesToBeUnique
    from great_expectations.expectations.metadata_types import FailureSeverity

    return gx.ExpectationSuite(
        name="raw.feedback_engagement",
        expectations=[
            ExpectColumnValuesToBeUnique(
                column="event_id", severity=FailureSeverity.CRITICAL, meta={"todo": "An event was landed twice; caps would count it twice."}
            ),
            present("occurred_at", 1.0, "critical", "An event without a time cannot be placed."),
            matches(
                "status",
                "^(?!bounced|complained|failed)",
                0.5,
                "warning",
                "Most messages bounce or annoy: stop the campaign and look at the list.",
            ),
        ],
    )
