"""The date of the next order: an interval around it, not before the last day known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.estimate import KEY, MADE, estimate_suite

if TYPE_CHECKING:
    import great_expectations as gx

__all__ = ["COLUMNS", "KEY", "suite"]
COLUMNS = ("profile_id", "as_of", "expected_on", "earliest_on", "latest_on", *MADE)


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    from great_expectations.expectations.core.expect_column_pair_values_a_to_be_greater_than_b import (
        ExpectColumnPairValuesAToBeGreaterThanB,
    )
    from great_expectations.expectations.metadata_types import FailureSeverity

    around = [
        ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=later,
            column_B=earlier,
            or_equal=True,
            ignore_row_if="either_value_is_missing",
            severity=FailureSeverity.CRITICAL,
            meta={"todo": "The interval does not hold its own middle: look at ml.taste.gaps."},
        )
        for later, earlier in (("expected_on", "earliest_on"), ("latest_on", "expected_on"))
    ]
    return estimate_suite("scores.next_order_date", "expected_on", *around)
