"""Expected spend: what orders come to within 90 days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.probability import COLUMNS, KEY, expectation_suite

if TYPE_CHECKING:
    import great_expectations as gx

__all__ = ["COLUMNS", "KEY", "suite"]


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    return expectation_suite("scores.expected_spend")
