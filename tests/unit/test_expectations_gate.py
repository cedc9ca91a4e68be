"""The gates: good tables pass, empty ones too, bad ones are stopped with a sentence that shows keys and no values."""

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from landing_kit import AS_OF, fill, order

import expectations.raw
import expectations.scores
from expectations.gate import GateResult, validate
from expectations.raw import crm_contacts, quarantine, shop_orders
from expectations.scores import churn
from orchestration.landing import Landing, land_sql, landed_frame, quarantine_frame
from orchestration.sources import shop
from orchestration.sources.catalogue import TABLES

SUITES = [
    f"{package.__name__}.{module.name}"
    for package in (expectations.raw, expectations.scores)
    for module in pkgutil.iter_modules(package.__path__)
]


def judged(module: object, frame: pd.DataFrame) -> GateResult:
    return validate(frame, module.suite(), module.KEY)  # type: ignore[attr-defined]


def test_every_landed_table_has_its_gate() -> None:
    assert {f"expectations.raw.{table.raw_name}" for table in TABLES} | {"expectations.raw.quarantine"} <= set(SUITES)


@pytest.mark.parametrize("name", SUITES)
def test_a_gate_names_itself_and_its_columns_and_lets_an_empty_table_pass(name: str, tmp_path: Path) -> None:
    module = importlib.import_module(name)
    table = next((table for table in TABLES if name.endswith(f"raw.{table.raw_name}")), None)
    assert module.KEY in module.COLUMNS
    assert name == f"expectations.{module.suite().name}"
    empty = landed_frame(Landing(tmp_path), table, module.COLUMNS) if table else pd.DataFrame(columns=list(module.COLUMNS))
    assert judged(module, empty).passed


def test_what_landed_passes_and_what_is_wrong_is_named_by_key(tmp_path: Path) -> None:
    url, landing = f"sqlite:///{tmp_path / 'shop.db'}", Landing(tmp_path / "landing")
    fill(url, shop.ORDERS, [order(number) for number in range(4)])
    land_sql(shop.ORDERS, url, landing, AS_OF)
    frame = landed_frame(landing, shop.ORDERS, shop_orders.COLUMNS)
    good = judged(shop_orders, frame)
    assert (good.passed, good.failures, good.severity) == (True, (), None)
    assert good.sentence == "raw.shop_orders: all as expected in 4 rows."
    frame.loc[1, "total_amount"] = -733.5
    doubled = pd.concat([frame, frame.loc[[3]]], ignore_index=True)
    bad = judged(shop_orders, doubled)
    assert (bad.passed, bad.severity, bad.rows) == (False, "critical", 5)
    by_column = {failure.column: failure for failure in bad.failures}
    assert by_column["total_amount"].keys == ("o1",)
    assert (by_column["total_amount"].unexpected_count, by_column["total_amount"].unexpected_share) == (1, 0.2)
    assert by_column["order_id+updated_at+_landed_at"].keys == ("o3",)
    assert "refunds have their own table" in bad.sentence
    assert "733" not in str(bad)


def test_a_missing_column_is_a_critical_failure_with_its_name() -> None:
    result = judged(shop_orders, pd.DataFrame({"order_id": ["o1"], "total_amount": [1.0]}))
    assert not result.passed
    assert "column currency is missing" in result.sentence


def test_shifted_addresses_stop_the_line_and_are_not_shown() -> None:
    row = {"phone": "+49 151 1234", "country_code": "DE", "updated_at": 1, "_landed_at": 1}
    frame = pd.DataFrame([{"contact_id": f"c{number}", "email": "Ann Secretname", **row} for number in range(9)])
    result = judged(crm_contacts, frame)
    assert not result.passed
    assert result.failures[0].keys == ("c0", "c1", "c2", "c3", "c4")
    assert "Secretname" not in str(result)


def test_a_warning_lets_pass_and_is_said() -> None:
    row = {"customer_id": "c", "total_amount": 1.0, "ordered_at": None, "updated_at": 1, "_landed_at": 1}
    result = judged(shop_orders, pd.DataFrame([{"order_id": f"o{number}", "currency": "euro", **row} for number in range(3)]))
    assert (result.passed, result.severity) == (True, "warning")
    assert "ISO 4217" in result.sentence


def test_a_large_share_in_quarantine_stops_the_line(tmp_path: Path) -> None:
    url, landing = f"sqlite:///{tmp_path / 'shop.db'}", Landing(tmp_path / "landing")
    fill(url, shop.ORDERS, [order(number, status="lost" if number % 2 else "paid") for number in range(120)])
    land_sql(shop.ORDERS, url, landing, AS_OF)
    frame = quarantine_frame(landing, [shop.ORDERS, shop.REFUNDS])
    assert frame.to_dict("records")[0] == {
        "table_name": "shop_orders",
        "came_rows": 120,
        "quarantined_rows": 60,
        "quarantined_share": 0.5,
    }
    result = judged(quarantine, frame)
    assert (result.passed, result.failures[0].keys) == (False, ("shop_orders",))
    assert judged(quarantine, frame.assign(came_rows=99)).passed


def scores(**changes: object) -> pd.DataFrame:
    row = {"as_of": pd.Timestamp("2026-06-30"), "score": 0.25, "horizon_days": 90, "model": "churn", "model_version": "v1", "reason": None}
    trained = {"trained_from": pd.Timestamp("2025-01-01"), "trained_to": pd.Timestamp("2026-03-01"), "data_version": "d1"}
    frame = pd.DataFrame([{"profile_id": f"p{number}", **row, **trained} for number in range(4)])
    for column, value in changes.items():
        frame[column] = frame[column].astype(object)
        frame.loc[1, column] = value
    frame["score"] = frame["score"].astype(float)
    return frame


def test_good_scores_and_absences_with_a_reason_pass() -> None:
    assert judged(churn, scores()).failures == ()
    assert judged(churn, scores(score=None, reason="too few orders")).failures == ()
    nobody = scores().assign(score=float("nan"), reason="too few people to learn from")
    assert judged(churn, nobody).passed


@pytest.mark.parametrize(
    "changes", [{"score": 1.5}, {"score": -0.1}, {"score": None}, {"model_version": None}, {"trained_to": None}, {"profile_id": "p0"}]
)
def test_bad_scores_are_stopped(changes: dict[str, object]) -> None:
    result = judged(churn, scores(**changes))
    assert not result.passed
    assert set(result.failures[0].keys) <= {"p0", "p1"}


def test_importing_the_gates_is_cheap_and_validating_leaves_nothing_behind(tmp_path: Path) -> None:
    code = """
import sys
import expectations.gate, expectations.raw.shop_orders as gate
assert "great_expectations" not in sys.modules
import pandas as pd
result = expectations.gate.validate(pd.DataFrame({name: ["x"] for name in gate.COLUMNS}), gate.suite(), gate.KEY)
assert not result.passed
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False, timeout=120, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
    assert "Calculating" not in done.stdout + done.stderr
