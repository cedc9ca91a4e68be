"""Consents: each belongs to a contact and says yes or no."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import each_version_once, matches, present

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = (
    "consent_id",
    "contact_id",
    "status",
    "recorded_at",
    "updated_at",
    "_landed_at",
)
KEY = "consent_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.crm_consents",
        expectations=[
            each_version_once("consent_id", "updated_at"),
            present("contact_id", 1.0, "critical", "A consent that belongs to nobody allows nothing; mend it in the CRM."),
            matches(
                "status",
                "^(?:granted|withdrawn)$",
                1.0,
                "critical",
                "Only granted and withdrawn are understood; nobody is written to on a guess.",
            ),
        ],
    )
