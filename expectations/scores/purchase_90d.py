"""Purchase within 90 days: the probability of an order in that time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.probability import COLUMNS, KEY, probability_suite

if TYPE_CHECKING:
    import great_expectations as gx

__all__ = ["COLUMNS", "KEY", "suite"]


def suite() -> gx.ExpectationSuite:
    """What must hold, and what to do where it does not."""
    return probability_suite("scores.purchase_90d")
