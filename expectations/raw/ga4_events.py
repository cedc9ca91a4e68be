"""GA4 events: times that can be, devices that can be told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import matches, present, within

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = (
    "event_timestamp",
    "event_name",
    "event_date",
    "user_pseudo_id",
)
KEY = "event_timestamp"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.ga4_events",
        expectations=[
            matches("event_date", r"^\d{8}$", 1.0, "critical", "The export writes dates as YYYYMMDD; check what wrote these files."),
            present("event_name", 1.0, "critical", "An event without a name says nothing; check the export."),
            within(
                "event_timestamp",
                1_104_537_600_000_000,
                4_102_444_800_000_000,
                "critical",
                "Times are microseconds since 1970; check the unit.",
            ),
            present(
                "user_pseudo_id",
                0.5,
                "warning",
                "Most events have no device id: sessions cannot be built. Check the consent mode of the web site.",
            ),
        ],
    )
