"""What every estimate that is no probability must be: a value with the version that made it, or an absence with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import great_expectations as gx

MADE = ("model", "model_version", "trained_from", "trained_to", "data_version", "reason")
KEY = "profile_id"


def estimate_suite(name: str, value: str, *others: Any, key: tuple[str, ...] = ("profile_id", "as_of")) -> gx.ExpectationSuite:
    """The suite for the table `name` ("scores.send_hour") whose estimate is the column `value`; `others` are expectations of its own."""
    import great_expectations as gx
    from great_expectations.expectations.core.expect_column_values_to_be_null import ExpectColumnValuesToBeNull
    from great_expectations.expectations.core.expect_column_values_to_not_be_null import ExpectColumnValuesToNotBeNull
    from great_expectations.expectations.core.expect_compound_columns_to_be_unique import ExpectCompoundColumnsToBeUnique
    from great_expectations.expectations.metadata_types import FailureSeverity
    from great_expectations.expectations.row_conditions import Column

    versions = [
        ExpectColumnValuesToNotBeNull(
            column=column,
            row_condition=Column(value).is_not_null(),
            severity=FailureSeverity.CRITICAL,
            meta={"todo": "An estimate without its version cannot be explained later: run the asset again."},
        )
        for column in ("model", "model_version", "trained_to", "data_version")
    ]
    return gx.ExpectationSuite(
        name=name,
        expectations=[
            ExpectColumnValuesToNotBeNull(
                column=value,
                row_condition=Column("reason").is_null(),
                severity=FailureSeverity.CRITICAL,
                meta={"todo": "A person without an estimate needs a reason: look at how the model leaves people out."},
            ),
            ExpectColumnValuesToBeNull(
                column=value,
                row_condition=Column("reason").is_not_null(),
                severity=FailureSeverity.CRITICAL,
                meta={"todo": "Where there is a reason against an estimate there is no estimate: look at the model's last step."},
            ),
            ExpectCompoundColumnsToBeUnique(
                column_list=list(key),
                severity=FailureSeverity.CRITICAL,
                meta={"todo": "One row each: look for doubled rows in the features."},
            ),
            *others,
            *versions,
        ],
    )
