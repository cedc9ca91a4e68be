"""What people allowed: each approval once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import each_version_once

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = ("approval_id", "approved_at", "_landed_at")
KEY = "approval_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(name="raw.operator_approvals", expectations=[each_version_once("approval_id", "approved_at")])
