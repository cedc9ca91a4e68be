"""Shelves of products: each product once, in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.estimate import KEY, MADE, estimate_suite

if TYPE_CHECKING:
    import great_expectations as gx

__all__ = ["COLUMNS", "KEY", "suite"]
COLUMNS = ("profile_id", "as_of", "shelf", "place", "product_id", "weight", *MADE)


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    from great_expectations.expectations.core.expect_column_values_to_be_between import ExpectColumnValuesToBeBetween
    from great_expectations.expectations.core.expect_column_values_to_be_in_set import ExpectColumnValuesToBeInSet
    from great_expectations.expectations.metadata_types import FailureSeverity

    shelves = ExpectColumnValuesToBeInSet(
        column="shelf",
        value_set=["buy_again", "new_for_you"],
        severity=FailureSeverity.CRITICAL,
        meta={"todo": "There are two shelves: look at ml.taste.shelves."},
    )
    places = ExpectColumnValuesToBeBetween(
        column="place",
        min_value=1,
        severity=FailureSeverity.CRITICAL,
        meta={"todo": "Places are counted from 1: look at ml.taste.shelves."},
    )
    key = ("profile_id", "as_of", "shelf", "product_id")
    return estimate_suite("scores.recommendations", "product_id", shelves, places, key=key)
