"""The gates on dates, hours, kinds and shelves: what is as it must be passes, and each thing that must not be stops the line."""

import importlib
from typing import Any

import pandas as pd
import pytest

from expectations.gate import validate

DAY = pd.Timestamp("2026-06-30")
MADE = {"model": "m", "model_version": "v", "trained_from": DAY, "trained_to": DAY, "data_version": "d", "reason": None}
GOOD: dict[str, dict[str, Any]] = {
    "next_order_date": {"expected_on": DAY, "earliest_on": DAY, "latest_on": DAY + pd.Timedelta(days=9)},
    "send_hour": {"send_hour": 12, "share": 0.2, "evidence_count": 5},
    "personas": {"persona_id": 1, "persona": "loyal, active"},
    "recommendations": {"shelf": "buy_again", "place": 1, "product_id": "i1", "weight": 1.0},
}
#: What no gate lets through: the table, and what is wrong in one row.
BAD: list[tuple[str, dict[str, Any]]] = [
    ("next_order_date", {"expected_on": DAY - pd.Timedelta(days=1)}),
    ("next_order_date", {"latest_on": DAY - pd.Timedelta(days=1)}),
    ("next_order_date", {"expected_on": None}),
    ("send_hour", {"send_hour": 24}),
    ("send_hour", {"share": 1.2}),
    ("send_hour", {"model_version": None}),
    ("personas", {"persona": None}),
    ("personas", {"persona_id": 0}),
    ("personas", {"reason": "not estimated"}),
    ("recommendations", {"shelf": "third"}),
    ("recommendations", {"place": 0}),
    ("recommendations", {"product_id": None}),
]


def judged(table: str, *rows: dict[str, Any]) -> Any:
    suite = importlib.import_module(f"expectations.scores.{table}")
    plain = [{"profile_id": f"p{number}", "as_of": DAY, **GOOD[table], **MADE, **row} for number, row in enumerate(rows)]
    return validate(pd.DataFrame(plain)[list(suite.COLUMNS)], suite.suite(), suite.KEY)


@pytest.mark.parametrize("table", GOOD)
def test_what_is_as_it_must_be_passes_with_its_absences(table: str) -> None:
    absent = {name: None for name in GOOD[table] if name not in ("shelf", "evidence_count")}
    result = judged(table, {}, {**absent, "reason": "too little", "model_version": None, "trained_from": None, "trained_to": None})
    assert result.passed and not result.failures, result.sentence


@pytest.mark.parametrize(("table", "wrong"), BAD)
def test_what_must_not_be_stops_the_line(table: str, wrong: dict[str, Any]) -> None:
    assert not judged(table, {}, wrong).passed


@pytest.mark.parametrize("table", GOOD)
def test_a_row_twice_stops_the_line(table: str) -> None:
    assert not judged(table, {"profile_id": "p"}, {"profile_id": "p"}).passed
