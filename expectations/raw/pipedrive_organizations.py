"""Organizations of Pipedrive: most have a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import each_version_once, present

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = ("organization_id", "name", "updated_at", "_landed_at", "_is_deleted")
KEY = "organization_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name="raw.pipedrive_organizations",
        expectations=[
            each_version_once("organization_id", "updated_at", "_is_deleted"),
            present("name", 0.9, "warning", "Name the organizations in Pipedrive: reports show them by it."),
        ],
    )
