"""Newline JSON read as a whole and line by line: the same events land, and a fault is never passed over."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from landing_kit import AS_OF, event, landed

from orchestration.landing import QUARANTINE, Landed, Landing, land_ga4
from orchestration.sources import ga4

DAY = "20260629"
PARAMS = [{"key": "page_title", "value": {"string_value": "Tea"}}, {"key": "ga_session_id", "value": {"int_value": "77"}}]
EVENTS = [
    event(DAY, 1, event_params=PARAMS, items=[{"item_id": "p1", "quantity": "2", "price": 4.5}], user_id=""),
    event(DAY, 2, stream_id=123, batch_event_index="3", event_value_in_usd="1.5", ecommerce={}, geo={"city": "Bonn"}),
    event(DAY, 3, device=None, is_active_user=True, platform=5, event_bundle_sequence_id=3.0),
]


def land(folder: Path, lines: Sequence[str], end: str = "\n") -> tuple[Landing, Landed]:
    (folder / "ga4").mkdir(parents=True)
    (folder / "ga4" / f"events_{DAY}.jsonl").write_text(end.join(lines), newline="")
    landing = Landing(folder / "landing")
    return landing, land_ga4(folder / "ga4", landing, AS_OF)


def good(landing: Landing) -> list[object]:
    return landed(landing, ga4.EVENTS, "*", "order by event_timestamp")


@pytest.mark.parametrize("fault", ['{"event_name": "cut', "[1]", "3", "null", "hello", json.dumps(event(DAY, 9, items="nonsense"))])
def test_a_fault_in_one_line_changes_nothing_of_the_others(tmp_path: Path, fault: str) -> None:
    lines = [json.dumps(line) for line in EVENTS]
    clean, result = land(tmp_path / "clean", lines)
    assert (result.rows, result.failures, dict(result.quarantined)) == (3, [], {})
    faulty, result = land(tmp_path / "faulty", [*lines[:2], fault, lines[2]])
    assert (result.rows, result.failures, sum(result.quarantined.values())) == (3, [], 1)
    assert good(faulty) == good(clean)
    ((payload, detail),) = landed(faulty, QUARANTINE, "payload, detail")
    assert json.loads(json.loads(payload)) == json.loads(fault) if fault[0] == "{" and fault[-1] == "}" else json.loads(payload) == fault
    assert detail.startswith(f"events_{DAY}.jsonl: ")


def test_a_value_of_another_kind_is_refused_in_however_many_lines_it_hides(tmp_path: Path) -> None:
    items = [{"item_id": "p1"}]
    lines = [json.dumps(event(DAY, number % 50, user_pseudo_id=f"d{number}", items=items)) for number in range(6000)]
    lines[4321] = json.dumps(event(DAY, 1, items="nonsense"))
    landing, result = land(tmp_path, lines)
    assert (result.rows, dict(result.quarantined), result.failures) == (5999, {"items_invalid": 1}, [])
    assert len(good(landing)) == 5999


def test_ends_of_lines_and_empty_lines_count_for_nothing(tmp_path: Path) -> None:
    lines = [json.dumps(line) for line in EVENTS]
    one, _ = land(tmp_path / "one", lines)
    other, result = land(tmp_path / "other", [lines[0], "", f"  {lines[1]} ", lines[2], lines[2], ""], end="\r\n")
    assert (result.rows, result.warnings) == (3, [f"events_{DAY}.jsonl: 1 events came twice and are landed once."])
    assert good(other) == good(one)


def test_a_file_of_one_odd_character_is_no_empty_day(tmp_path: Path) -> None:
    _, result = land(tmp_path, ["3"])
    assert (result.files, dict(result.quarantined)) == ([], {"line_invalid": 1})
