"""The hour to write at: one of the day, with its share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.estimate import KEY, MADE, estimate_suite

if TYPE_CHECKING:
    import great_expectations as gx

__all__ = ["COLUMNS", "KEY", "suite"]
COLUMNS = ("profile_id", "as_of", "send_hour", "share", "evidence_count", *MADE)


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    from great_expectations.expectations.core.expect_column_values_to_be_between import ExpectColumnValuesToBeBetween
    from great_expectations.expectations.metadata_types import FailureSeverity

    within = [
        ExpectColumnValuesToBeBetween(
            column=column,
            min_value=0,
            max_value=most,
            severity=FailureSeverity.CRITICAL,
            meta={"todo": "Hours are 0 to 23 and shares 0 to 1: look at ml.taste.hours."},
        )
        for column, most in (("send_hour", 23), ("share", 1))
    ]
    return estimate_suite("scores.send_hour", "send_hour", *within)
