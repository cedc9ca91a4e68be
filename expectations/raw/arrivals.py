"""What arrived: rows of the last whole day, missing values and unknown references, each against what is usual for the table.

One day may be quiet: a table with hardly any rows blocks only where other tables did as always on that day, and where no such low was seen
in 8 weeks. Nothing blocks with too little history, on a table's first landing, or once a person has accepted it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import great_expectations as gx

KEY = "finding"
COLUMNS = (
    "finding",
    "measure",
    "cases_count",
    "value",
    "usual_cases_count",
    "usual_value",
    "share_of_usual",
    "rise",
    "spreads_away",
    "share_of_lowest",
    "weeks_known",
    "others_share",
    "others_count",
    "can_block",
)

#: So many rows, in the period judged and as a rule, before anything is said of them.
ENOUGH_ROWS = 20
ENOUGH_CASES = 50
ENOUGH_WEEKS = 6

_LAND = (
    "Look whether the source gave all of it, mend it there, and run again: what changed is landed again"
    " (a day of GA4: materialize its partition of raw/ga4_events)."
)
_ACCEPT = " If it is true, run raw/arrivals once with the tag regulars/accept_arrivals = the table's name: it lets that day pass."


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx
    from great_expectations.expectations.core.expect_column_values_to_be_between import ExpectColumnValuesToBeBetween
    from great_expectations.expectations.metadata_types import FailureSeverity
    from great_expectations.expectations.row_conditions import Column

    def between(severity: str, todo: str, condition: Any, column: str, low: float | None = None, high: float | None = None) -> Any:
        return ExpectColumnValuesToBeBetween(
            column=column,
            min_value=low,
            max_value=high,
            row_condition=condition,
            severity=FailureSeverity(severity),
            meta={"todo": todo},
        )

    can_block = Column("can_block") == True  # noqa: E712  a condition on the column, not a comparison
    enough = (Column("cases_count") >= ENOUGH_CASES) & (Column("usual_cases_count") >= ENOUGH_CASES)
    rows = (Column("measure") == "rows") & (Column("usual_value") >= ENOUGH_ROWS) & (Column("weeks_known") >= ENOUGH_WEEKS)
    as_always_elsewhere = Column("others_share") >= 0.6
    missing = (Column("measure") == "missing") & enough
    unknown = (Column("measure") == "unknown") & enough
    unnamed = (Column("measure") == "unnamed") & enough
    purchases = (Column("measure") == "purchases") & (Column("cases_count") >= ENOUGH_ROWS) & (Column("usual_cases_count") >= ENOUGH_CASES)
    seldom = Column("usual_value") <= 0.2
    export = "Look at the source's export: a column was masked, shifted or left out. Mend it and land the rows again."
    order = "Look whether both tables were read whole: rows of the other one did not come, or come later."
    tag = "Look at the shop's export of orders: customers bought, as the web site tells, and the orders are not here."

    return gx.ExpectationSuite(
        name="raw.arrivals",
        expectations=[
            between(
                "critical",
                _LAND + _ACCEPT,
                rows & can_block & as_always_elsewhere & (Column("others_count") >= 1) & (Column("share_of_lowest") < 0.5),
                "share_of_usual",
                low=0.1,
            ),
            between("critical", export + _ACCEPT, missing & can_block & seldom, "value", high=0.95),
            between("critical", order + _ACCEPT, unknown & can_block & seldom, "value", high=0.5),
            between("critical", order + _ACCEPT, unnamed & can_block & seldom, "value", high=0.5),
            between("critical", tag + _ACCEPT, purchases & can_block, "share_of_usual", high=4),
            between("warning", _LAND, rows & as_always_elsewhere, "spreads_away", low=-5),
            between("warning", "Look whether rows came twice.", rows & (Column("spreads_away") > 10), "share_of_usual", high=4),
            between("warning", export, missing, "rise", high=0.25),
            between("warning", order, unknown, "rise", high=0.05),
            between("warning", order, unnamed, "rise", high=0.05),
            between("warning", tag, purchases, "share_of_usual", high=2),
            between("warning", "Look at the tag of the web site: it misses purchases.", purchases, "share_of_usual", low=0.5),
        ],
    )
