"""Attempts: each version once, so that no try is counted double."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.landed import each_version_once

if TYPE_CHECKING:
    import great_expectations as gx

COLUMNS = ("message_id", "number", "updated_at", "_landed_at")
KEY = "message_id"


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    import great_expectations as gx

    return gx.ExpectationSuite(name="raw.feedback_attempts", expectations=[each_version_once("message_id", "number", "updated_at")])
