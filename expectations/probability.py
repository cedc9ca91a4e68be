"""What every score must be: a probability, a number or an amount with the version that made it, or an absence with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = (
    "profile_id",
    "as_of",
    "score",
    "fallback_score",
    "horizon_days",
    "model",
    "model_version",
    "trained_from",
    "trained_to",
    "data_version",
    "reason",
)
KEY = "profile_id"
SHIFT_COLUMNS = ("finding", "scored_count", "previous_scored_count", "lost_share", "stability_index")
SHIFT_KEY = "finding"
#: The population stability index from which on a distribution counts as another one, and the scores that it takes to say so.
MOST_SHIFT = 0.25
ENOUGH_SCORES = 200


def shift_suite(name: str) -> gx.ExpectationSuite:
    """The suite for how the scores differ from the last ones, in a frame with the columns of SHIFT_COLUMNS, one row or none."""
    import great_expectations as gx
    from great_expectations.expectations.core.expect_column_values_to_be_between import ExpectColumnValuesToBeBetween
    from great_expectations.expectations.metadata_types import FailureSeverity
    from great_expectations.expectations.row_conditions import Column

    return gx.ExpectationSuite(
        name=name,
        expectations=[
            ExpectColumnValuesToBeBetween(
                column="stability_index",
                max_value=MOST_SHIFT,
                row_condition=(Column("scored_count") >= ENOUGH_SCORES) & (Column("previous_scored_count") >= ENOUGH_SCORES),
                severity=FailureSeverity.WARNING,
                meta={"todo": "The scores moved: compare the cards of the two versions, and what the features say, before trusting them."},
            ),
            ExpectColumnValuesToBeBetween(
                column="lost_share",
                max_value=0.2,
                row_condition=Column("previous_scored_count") >= ENOUGH_SCORES,
                severity=FailureSeverity.WARNING,
                meta={"todo": "Many people lost their score: the column reason says why."},
            ),
        ],
    )


def probability_suite(name: str) -> gx.ExpectationSuite:
    """The suite for a table of probabilities ("scores.churn")."""
    return _suite(name, 1, "A score is a probability: look at the model's last stage.")


def expectation_suite(name: str) -> gx.ExpectationSuite:
    """The suite for a table of expected numbers or amounts ("scores.expected_orders")."""
    return _suite(name, None, "An expected number or amount is not negative: look at the model's last stage.")


def _suite(name: str, most: float | None, todo: str) -> gx.ExpectationSuite:
    import great_expectations as gx
    from great_expectations.expectations.core.expect_column_proportion_of_non_null_values_to_be_between import (
        ExpectColumnProportionOfNonNullValuesToBeBetween,
    )
    from great_expectations.expectations.core.expect_column_values_to_be_between import ExpectColumnValuesToBeBetween
    from great_expectations.expectations.core.expect_column_values_to_not_be_null import ExpectColumnValuesToNotBeNull
    from great_expectations.expectations.core.expect_compound_columns_to_be_unique import ExpectCompoundColumnsToBeUnique
    from great_expectations.expectations.metadata_types import FailureSeverity
    from great_expectations.expectations.row_conditions import Column

    versions = [
        ExpectColumnValuesToNotBeNull(
            column=column,
            row_condition=Column("score").is_not_null(),
            severity=FailureSeverity.CRITICAL,
            meta={"todo": "A score without its version cannot be explained later: train the model again."},
        )
        for column in ("model", "model_version", "trained_from", "trained_to", "data_version", "horizon_days")
    ]
    return gx.ExpectationSuite(
        name=name,
        expectations=[
            ExpectColumnValuesToBeBetween(
                column="score",
                min_value=0,
                max_value=most,
                severity=FailureSeverity.CRITICAL,
                meta={"todo": todo},
            ),
            ExpectColumnValuesToNotBeNull(
                column="score",
                row_condition=Column("reason").is_null(),
                severity=FailureSeverity.CRITICAL,
                meta={"todo": "A person without a score needs a reason: look at how the model leaves people out."},
            ),
            ExpectCompoundColumnsToBeUnique(
                column_list=["profile_id", "as_of"],
                severity=FailureSeverity.CRITICAL,
                meta={"todo": "One score per person and day: look for doubled rows in the features."},
            ),
            ExpectColumnProportionOfNonNullValuesToBeBetween(
                column="score",
                min_value=0.01,
                severity=FailureSeverity.WARNING,
                meta={"todo": "Hardly anyone has a score: the column reason says why."},
            ),
            *versions,
        ],
    )
