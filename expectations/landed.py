"""What several gates ask of landed rows: each version of a row once, addresses that look like addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

_EMAIL = r"^\s*[^@\s]+@[^@\s]+\.[^@\s]+\s*$"


def each_version_once(*key: str) -> Expectation:
    """No version of a row twice. Versions of a row differ by the columns of `key` or by when they landed."""
    from great_expectations.expectations.core.expect_compound_columns_to_be_unique import ExpectCompoundColumnsToBeUnique
    from great_expectations.expectations.metadata_types import FailureSeverity

    return ExpectCompoundColumnsToBeUnique(
        column_list=[*key, "_landed_at"],
        severity=FailureSeverity.CRITICAL,
        meta={"todo": "The source gives a row twice: make its key unique there. Until then figures may count it double."},
    )


def once(column: str, todo: str) -> Expectation:
    """No value twice."""
    from great_expectations.expectations.core.expect_column_values_to_be_unique import ExpectColumnValuesToBeUnique
    from great_expectations.expectations.metadata_types import FailureSeverity

    return ExpectColumnValuesToBeUnique(column=column, severity=FailureSeverity.CRITICAL, meta={"todo": todo})


def looks_like_email(column: str, share: float, severity: str) -> Expectation:
    """At least `share` of the values that are there look like e-mail addresses."""
    from great_expectations.expectations.core.expect_column_values_to_match_regex import ExpectColumnValuesToMatchRegex
    from great_expectations.expectations.metadata_types import FailureSeverity

    return ExpectColumnValuesToMatchRegex(
        column=column,
        regex=_EMAIL,
        mostly=share,
        severity=FailureSeverity(severity),
        meta={"todo": "Check that the column holds e-mail addresses, and that an export did not shift or mask it."},
    )


def within(column: str, low: float | None, high: float | None, severity: str, todo: str, share: float = 1.0) -> Expectation:
    """Values that are there lie between the bounds, both included; at least `share` of them."""
    from great_expectations.expectations.core.expect_column_values_to_be_between import ExpectColumnValuesToBeBetween
    from great_expectations.expectations.metadata_types import FailureSeverity

    return ExpectColumnValuesToBeBetween(
        column=column, min_value=low, max_value=high, mostly=share, severity=FailureSeverity(severity), meta={"todo": todo}
    )


def present(column: str, share: float, severity: str, todo: str) -> Expectation:
    """At least `share` of the rows have a value."""
    from great_expectations.expectations.core.expect_column_values_to_not_be_null import ExpectColumnValuesToNotBeNull
    from great_expectations.expectations.metadata_types import FailureSeverity

    return ExpectColumnValuesToNotBeNull(column=column, mostly=share, severity=FailureSeverity(severity), meta={"todo": todo})


def matches(column: str, regex: str, share: float, severity: str, todo: str) -> Expectation:
    """At least `share` of the values that are there match."""
    from great_expectations.expectations.core.expect_column_values_to_match_regex import ExpectColumnValuesToMatchRegex
    from great_expectations.expectations.metadata_types import FailureSeverity

    return ExpectColumnValuesToMatchRegex(column=column, regex=regex, mostly=share, severity=FailureSeverity(severity), meta={"todo": todo})
