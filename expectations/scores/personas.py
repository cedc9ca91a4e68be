"""Kinds of customers: each with its number and name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.estimate import KEY, MADE, estimate_suite

if TYPE_CHECKING:
    import great_expectations as gx

__all__ = ["COLUMNS", "KEY", "suite"]
COLUMNS = ("profile_id", "as_of", "persona_id", "persona", *MADE)


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    from great_expectations.expectations.core.expect_column_values_to_be_between import ExpectColumnValuesToBeBetween
    from great_expectations.expectations.core.expect_column_values_to_not_be_null import ExpectColumnValuesToNotBeNull
    from great_expectations.expectations.metadata_types import FailureSeverity
    from great_expectations.expectations.row_conditions import Column

    named = ExpectColumnValuesToNotBeNull(
        column="persona",
        row_condition=Column("persona_id").is_not_null(),
        severity=FailureSeverity.CRITICAL,
        meta={"todo": "A kind without a name says nothing: look at the names in data/models/personas."},
    )
    numbered = ExpectColumnValuesToBeBetween(
        column="persona_id",
        min_value=1,
        severity=FailureSeverity.CRITICAL,
        meta={"todo": "Kinds are numbered from 1 on: look at the ids in data/models/personas."},
    )
    return estimate_suite("scores.personas", "persona_id", named, numbered)
