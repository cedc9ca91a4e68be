"""The quarantine: a few refused rows are life, a large share of a table is a broken source.

The frame has one row per raw table: table_name, came_rows, quarantined_rows, quarantined_share (0 to 1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = ("table_name", "came_rows", "quarantined_rows", "quarantined_share")
KEY = "table_name"

LARGEST_SHARE = 0.25
USUAL_SHARE = 0.05
ENOUGH_ROWS = 100


def suite() -> gx.ExpectationSuite:
    """Of the tables with enough rows to speak of a share."""
    import great_expectations as gx
    from great_expectations.expectations.core.expect_column_values_to_be_between import ExpectColumnValuesToBeBetween
    from great_expectations.expectations.metadata_types import FailureSeverity
    from great_expectations.expectations.row_conditions import Column

    todo = "See raw.quarantine for the reasons, and mend the source: refused rows count nowhere."
    return gx.ExpectationSuite(
        name="raw.quarantine",
        expectations=[
            ExpectColumnValuesToBeBetween(
                column="quarantined_share",
                max_value=share,
                severity=FailureSeverity(severity),
                row_condition=Column("came_rows") >= ENOUGH_ROWS,
                meta={"todo": todo},
            )
            for share, severity in ((LARGEST_SHARE, "critical"), (USUAL_SHARE, "warning"))
        ],
    )
