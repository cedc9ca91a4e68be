"""Events of any origin: each once, with something to tell visitors apart by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import matches, once, present

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = ("event_id", "event_name", "anonymous_id", "currency")
KEY = "event_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.collector_events",
        expectations=[
            once("event_id", "An event landed twice and would be counted twice: land the table anew."),
            present("event_name", 1.0, "critical", "An event without a name says nothing; check what sends it."),
            matches("currency", "^[A-Z]{3}$", 0.99, "warning", "Give currencies as ISO 4217 codes, for example EUR."),
            present("anonymous_id", 0.5, "warning", "Most events have no device id: visits cannot be told apart. Check the sender."),
        ],
    )
