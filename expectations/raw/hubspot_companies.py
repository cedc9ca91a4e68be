"""Companies of HubSpot: domains that look like domains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import each_version_once, matches

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = ("company_id", "domain", "updated_at", "_landed_at", "_is_deleted")
KEY = "company_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.hubspot_companies",
        expectations=[
            each_version_once("company_id", "updated_at", "_is_deleted"),
            matches(
                "domain",
                r"[^.\s]+[.][^.\s]+",
                0.9,
                "warning",
                "Give companies the domain of their addresses: people are told to belong by it.",
            ),
        ],
    )
