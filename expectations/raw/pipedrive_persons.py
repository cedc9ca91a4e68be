"""Persons of Pipedrive: addresses that look like addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import each_version_once, looks_like_email, matches

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = ("person_id", "email", "phone", "updated_at", "_landed_at", "_is_deleted")
KEY = "person_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.pipedrive_persons",
        expectations=[
            each_version_once("person_id", "updated_at", "_is_deleted"),
            looks_like_email("email", 0.5, "critical"),
            looks_like_email("email", 0.95, "warning"),
            matches("phone", r"\d{3}", 0.5, "critical", "Check that the column holds phone numbers, and that the mapping still fits."),
        ],
    )
